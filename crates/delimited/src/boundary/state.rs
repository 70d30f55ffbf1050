//! The automaton, byte by byte.

use serde::{Deserialize, Serialize};

pub(crate) const QUOTE: u8 = b'"';

/// The state of the automaton between two bytes.
///
/// There is no state between CR and LF: the LF counts as a blank line, which is no record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScanState {
    /// Outside records: at the start of the file or after a line break.
    #[default]
    RecordStart,
    /// After a delimiter.
    FieldStart,
    /// In a field in which quotes are text.
    Unquoted,
    /// In a quoted field.
    Quoted,
    /// After a quote in a quoted field: the closing one, or the first of two.
    QuoteInQuoted,
}

impl ScanState {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::RecordStart, Self::FieldStart, Self::Unquoted, Self::Quoted, Self::QuoteInQuoted];

    /// The state after `byte`. This is the definition; [`scan`](super::scan) computes the same faster.
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

    /// Whether the quote that opened last may still be open.
    pub const fn in_quotes(self) -> bool {
        matches!(self, Self::Quoted | Self::QuoteInQuoted)
    }
}
