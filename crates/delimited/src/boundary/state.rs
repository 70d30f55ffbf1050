//! The automaton, byte by byte.

pub(super) const QUOTE: u8 = b'"';

/// Where the automaton stands between two bytes.
///
/// A CRLF that is half read needs no state: its LF is one more blank line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ScanState {
    /// Outside records: at the start of the file or behind a line break.
    #[default]
    RecordStart,
    /// Behind a delimiter.
    FieldStart,
    /// In a field in which quotes are text.
    Unquoted,
    /// In a quoted field.
    Quoted,
    /// Behind a quote in a quoted field: the closing one, or the first of two.
    QuoteInQuoted,
}

impl ScanState {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::RecordStart, Self::FieldStart, Self::Unquoted, Self::Quoted, Self::QuoteInQuoted];

    /// The state behind `byte`: the definition that [`scan`](super::scan) is a fast form of.
    ///
    /// ```
    /// use delimited::boundary::ScanState;
    ///
    /// let state = b"a,\"b\n".iter().fold(ScanState::RecordStart, |state, &byte| state.step(b',', byte));
    /// assert_eq!(state, ScanState::Quoted);
    /// ```
    pub const fn step(self, delimiter: u8, byte: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, QUOTE) => Self::QuoteInQuoted,
            (Self::Quoted, _) => Self::Quoted,
            (Self::RecordStart | Self::FieldStart | Self::QuoteInQuoted, QUOTE) => Self::Quoted,
            (_, b'\r' | b'\n') => Self::RecordStart,
            (_, byte) if byte == delimiter => Self::FieldStart,
            _ => Self::Unquoted,
        }
    }

    /// Whether the last quote that opened may still be open.
    pub const fn in_quotes(self) -> bool {
        matches!(self, Self::Quoted | Self::QuoteInQuoted)
    }
}
