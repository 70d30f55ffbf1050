//! The automaton over 64 bytes at a time: one bit of a word for each byte.
//!
//! Every quote switches between inside and outside of a quoted field. A running exclusive
//! or of the bits of the quotes therefore marks the bytes inside (Langdale and
//! Lemire, "Parsing Gigabytes of JSON per Second"). CSV, unlike JSON, also allows quotes
//! that are text. Their bits are removed first.

use wide::u8x64;

use super::state::{QUOTE, ScanState};

/// How many bytes a [`Block`] has.
pub(super) const BYTES: usize = 64;
/// The index of its last byte.
const LAST: usize = BYTES - 1;

/// 64 bytes. In each mask of them, the lowest bit stands for the first byte.
pub(super) struct Block {
    bytes: u8x64,
    delimiter: u8,
    quotes: u64,
    breaks: u64,
    ends_field: bool,
}

impl Block {
    #[inline(always)]
    pub(super) fn new(delimiter: u8, block: &[u8; BYTES]) -> Self {
        let bytes = u8x64::new(*block);
        let breaks = bytes.simd_eq(u8x64::splat(b'\n')) | bytes.simd_eq(u8x64::splat(b'\r'));
        let quotes = bytes.simd_eq(u8x64::splat(QUOTE)).to_bitmask();
        let ends_field = block[LAST] == delimiter;
        Self { bytes, delimiter, quotes, breaks: breaks.to_bitmask(), ends_field }
    }

    #[inline(always)]
    fn delimiters(&self) -> u64 {
        self.bytes.simd_eq(u8x64::splat(self.delimiter)).to_bitmask()
    }
}

/// Masks of the bytes of a [`Block`] that matter to callers.
pub(super) struct Marks {
    /// The first bytes of records.
    pub(super) starts: u64,
    /// The quotes that open a field.
    pub(super) opened: u64,
}

/// A [`ScanState`] as bits: the input from the block before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Carry {
    /// 1 in [`ScanState::RecordStart`].
    record_start: u64,
    /// 1 in [`ScanState::FieldStart`].
    field_start: u64,
    /// 1 in [`ScanState::Quoted`].
    quoted: u64,
    /// 1 in [`ScanState::QuoteInQuoted`].
    quote: u64,
}

impl Carry {
    /// Processes `block`.
    #[inline(always)]
    pub(super) fn step(&mut self, block: &Block) -> Marks {
        if block.quotes == 0 { self.step_unquoted(block) } else { self.step_quoted(block) }
    }

    /// Without a quote, all of the block is inside a quoted field or all of it is outside.
    #[inline(always)]
    fn step_unquoted(&mut self, block: &Block) -> Marks {
        let inside = 0_u64.wrapping_sub(self.quoted);
        let breaks = block.breaks & !inside;
        let starts = !block.breaks & (breaks << 1 | self.record_start);
        self.record_start = breaks >> LAST & 1;
        self.field_start = u64::from(block.ends_field) & !self.quoted;
        self.quote = 0;
        Marks { starts, opened: 0 }
    }

    #[inline(always)]
    fn step_quoted(&mut self, block: &Block) -> Marks {
        let delimiters = block.delimiters();
        let (quotes, inside) = self.quotes(block, delimiters);
        let before = inside << 1 | self.quoted;
        let opened = quotes & !before & !(quotes << 1 | self.quote);
        let breaks = block.breaks & !inside;
        let starts = !block.breaks & (breaks << 1 | self.record_start);
        *self = Self {
            record_start: breaks >> LAST & 1,
            field_start: (delimiters & !inside) >> LAST & 1,
            quoted: inside >> LAST & 1,
            quote: (quotes & !inside) >> LAST & 1,
        };
        Marks { starts, opened }
    }

    /// The quotes that are not text, and the bytes after which the automaton is in [`ScanState::Quoted`].
    ///
    /// A quote is text if it is outside a quoted field and not at the beginning of a field.
    /// The loop removes one such quote at a time, the first: the bits before it are
    /// right already, and the bits after it change when it is removed.
    #[inline(always)]
    fn quotes(&self, block: &Block, delimiters: u64) -> (u64, u64) {
        let mut quotes = block.quotes;
        let behind = (block.breaks | delimiters) << 1 | self.record_start | self.field_start | self.quote;
        loop {
            let inside = running_xor(quotes) ^ 0_u64.wrapping_sub(self.quoted);
            let before = inside << 1 | self.quoted;
            let text = quotes & !before & !(behind | quotes << 1);
            if text == 0 {
                return (quotes, inside);
            }
            quotes ^= text & text.wrapping_neg();
        }
    }
}

impl From<ScanState> for Carry {
    fn from(state: ScanState) -> Self {
        let bit = |of| u64::from(state == of);
        Self {
            record_start: bit(ScanState::RecordStart),
            field_start: bit(ScanState::FieldStart),
            quoted: bit(ScanState::Quoted),
            quote: bit(ScanState::QuoteInQuoted),
        }
    }
}

impl From<Carry> for ScanState {
    fn from(carry: Carry) -> Self {
        match carry {
            Carry { record_start: 1, .. } => Self::RecordStart,
            Carry { field_start: 1, .. } => Self::FieldStart,
            Carry { quoted: 1, .. } => Self::Quoted,
            Carry { quote: 1, .. } => Self::QuoteInQuoted,
            _ => Self::Unquoted,
        }
    }
}

/// Bit k of the result is the exclusive or of the bits 0 to k.
const fn running_xor(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ bits << 32
}
