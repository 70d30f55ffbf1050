//! The numbers and words of a date, and what stands between them.

/// More than any date has: `Saturday , the 12 of July , 2025` has six.
const MOST: usize = 8;

/// A number or a word.
#[derive(Debug, Clone, Copy)]
pub(super) enum DatePiece<'t> {
    Number(WrittenNumber),
    Word(&'t str),
}

/// A number as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct WrittenNumber {
    pub(super) value: u32,
    /// At most 8.
    pub(super) digits: usize,
    /// What stands before it, up to the piece before.
    pub(super) gap: Gap,
}

/// What stands between two pieces, beside space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// Nothing at all.
    None,
    Space,
    Dash,
    Slash,
    Dot,
    Comma,
    /// Of a year: `'25`.
    Apostrophe,
    /// Different marks.
    Mixed,
}

impl Gap {
    fn of(c: char) -> Option<Self> {
        Some(match c {
            _ if c.is_whitespace() => Self::Space,
            '-' | '‐' | '‑' | '‒' | '–' | '−' => Self::Dash,
            '/' => Self::Slash,
            '.' => Self::Dot,
            ',' => Self::Comma,
            '\'' | '’' => Self::Apostrophe,
            '(' | ')' => Self::Mixed,
            _ => return None,
        })
    }

    fn and(self, next: Self) -> Self {
        match (self, next) {
            (Self::None | Self::Space, next) => next,
            (gap, Self::Space) => gap,
            (_, Self::Apostrophe) => Self::Apostrophe,
            _ => Self::Mixed,
        }
    }
}

/// The pieces of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct DatePieces<'t> {
    pieces: [DatePiece<'t>; MOST],
    count: usize,
}

impl<'t> DatePieces<'t> {
    /// `None` if the text has a character that no date has, or more than a date can have.
    pub(super) fn of(text: &'t str) -> Option<Self> {
        let mut pieces = Self { pieces: [DatePiece::Word(""); MOST], count: 0 };
        let (mut rest, mut gap) = (text, Gap::None);
        while let Some(first) = rest.chars().next() {
            let length = if first.is_ascii_digit() {
                let length = pieces.number(rest, gap)?;
                length + ordinal(rest.get(length..)?)
            } else if first.is_alphabetic() {
                pieces.word(rest)?
            } else {
                gap = gap.and(Gap::of(first)?);
                rest = rest.get(first.len_utf8()..)?;
                continue;
            };
            gap = Gap::None;
            rest = rest.get(length..)?;
        }
        // A number with a dash or a slash behind it is not whole.
        if matches!(gap, Gap::Dash | Gap::Slash | Gap::Apostrophe) { None } else { Some(pieces) }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = DatePiece<'t>> + '_ {
        self.pieces.iter().take(self.count).copied()
    }

    fn push(&mut self, piece: DatePiece<'t>) -> Option<()> {
        *self.pieces.get_mut(self.count)? = piece;
        self.count += 1;
        Some(())
    }

    fn number(&mut self, rest: &'t str, gap: Gap) -> Option<usize> {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let value = rest.get(..digits).filter(|_| digits <= 8)?.parse().ok()?;
        self.push(DatePiece::Number(WrittenNumber { value, digits, gap }))?;
        Some(digits)
    }

    fn word(&mut self, rest: &'t str) -> Option<usize> {
        let length = letters(rest);
        self.push(DatePiece::Word(rest.get(..length)?))?;
        Some(length)
    }
}

/// The length of the letters at the front, with the accents that are characters of their own.
fn letters(text: &str) -> usize {
    let is_letter = |c: char| c.is_alphabetic() || matches!(c, '\u{300}'..='\u{36f}');
    text.find(|c| !is_letter(c)).unwrap_or(text.len())
}

/// The length of what makes a number an ordinal, right behind it: `12th`, `1er`, `1º`, `12e`.
fn ordinal(rest: &str) -> usize {
    let length = if rest.starts_with('°') { '°'.len_utf8() } else { letters(rest) };
    let suffix = rest.get(..length).unwrap_or_default();
    let is = |name: &&str| name.eq_ignore_ascii_case(suffix);
    let known = ["st", "nd", "rd", "th", "er", "re", "e", "o", "a", "º", "ª", "°", "de", "ste"];
    if known.iter().any(is) { length } else { 0 }
}
