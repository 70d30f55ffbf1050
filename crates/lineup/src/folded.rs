//! Words compared without case, accents and punctuation, and without allocation.

/// The longest word that [`Folded`] holds. No name of a month, day or unit is longer.
const LONGEST: usize = 20;

/// The letters of a text in lower case ASCII: `März`, `MARZ` and `marz.` are all `marz`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Folded {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Folded {
    /// The letters of `text`. Digits, space and punctuation are left out; `None` where a letter is not one of the
    /// Latin letters that dates and times are written with, or where there are more than 20.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let mut folded = Self { bytes: [0; LONGEST], length: 0 };
        for c in text.chars().filter(|c| c.is_alphabetic()) {
            *folded.bytes.get_mut(folded.length)? = letter(c)?;
            folded.length += 1;
        }
        Some(folded)
    }

    /// The letters.
    pub(crate) fn as_str(&self) -> &str {
        // Every byte is an ASCII letter, so the fallback is never used.
        self.bytes.get(..self.length).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

/// The ASCII letter under an accent. An accent that is a character of its own is not alphabetic.
fn letter(c: char) -> Option<u8> {
    Some(match c {
        'a'..='z' | 'A'..='Z' => (c as u8).to_ascii_lowercase(),
        'À'..='Å' | 'à'..='å' | 'ª' => b'a',
        'È'..='Ë' | 'è'..='ë' => b'e',
        'Ì'..='Ï' | 'ì'..='ï' => b'i',
        'Ò'..='Ö' | 'Ø' | 'ò'..='ö' | 'ø' | 'º' => b'o',
        'Ù'..='Ü' | 'ù'..='ü' => b'u',
        'Ç' | 'ç' => b'c',
        'Ñ' | 'ñ' => b'n',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_punctuation_do_not_count() {
        let cases = [
            ("März", Some("marz")),
            ("MA\u{308}RZ.", Some("marz")),
            ("miércoles", Some("miercoles")),
            ("Août", Some("aout")),
            ("LØRDAG", Some("lordag")),
            ("terça-feira", Some("tercafeira")),
            ("a. m.", Some("am")),
            ("", Some("")),
            ("июль", None),
            ("7月", None),
            ("abcdefghijklmnopqrst", Some("abcdefghijklmnopqrst")),
            ("abcdefghijklmnopqrstu", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Folded::new(text).as_ref().map(Folded::as_str), expected, "{text:?}");
        }
    }
}
