//! Reading a text from its front.

/// What of a text is still to be read.
pub(super) struct Rest<'t>(pub(super) &'t str);

impl<'t> Rest<'t> {
    pub(super) fn take_char(&mut self, c: char) -> bool {
        match self.0.strip_prefix(c) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    pub(super) fn take_any<const N: usize>(&mut self, chars: [char; N]) -> Option<char> {
        chars.into_iter().find(|c| self.take_char(*c))
    }

    pub(super) fn space(&mut self) {
        self.0 = self.0.trim_start();
    }

    fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'t str {
        let end = self.0.find(|c| !is_part(c)).unwrap_or(self.0.len());
        let (part, rest) = self.0.split_at(end);
        self.0 = rest;
        part
    }

    pub(super) fn digits(&mut self) -> &'t str {
        self.take_while(|c| c.is_ascii_digit())
    }

    pub(super) fn word(&mut self) -> &'t str {
        self.take_while(char::is_alphabetic)
    }

    /// A number of exactly two digits.
    pub(super) fn pair(&mut self) -> Option<u8> {
        let before = self.0;
        let digits = self.digits();
        let number = if digits.len() == 2 { digits.parse().ok() } else { None };
        if number.is_none() {
            self.0 = before;
        }
        number
    }
}
