//! Where the records of a CSV file begin and end.
//!
//! The rules are those of RFC 4180, section 2, as the csv crate reads them:
//! CR, LF or CRLF ends a record; blank lines are no records; a quote opens a
//! quoted field only as the field's first byte; inside, two quotes are one;
//! text after the closing quote belongs to the field; any other quote is
//! text. csv-core does not report a quote that is never closed. Here the state
//! at the end of the file is then [`ScanState::Quoted`].
//!
//! The automaton has five states and keeps nothing else. The result of [`scan`]
//! depends only on its first state and the bytes, so a range of a file can be scanned
//! from each of [`ScanState::ALL`] before the state at its start is known.

mod block;
mod state;

use memchr::{memchr, memchr_iter, memchr3};

use crate::LineEnd;
use block::{Block, Carry};
pub(crate) use state::QUOTE;
pub use state::ScanState;

/// The result of [`scan`], without the offsets of the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scan {
    /// The state after the last byte.
    pub state: ScanState,
    /// How many records begin in these bytes.
    pub records: u64,
    /// The index of the last quote that opened a field in these bytes.
    pub opened: Option<usize>,
}

/// Scans `bytes` from `state` and calls `record` with the index of the first
/// byte of each record that begins in them, in order.
///
/// `delimiter` is any byte except a quote, CR or LF. The scan is vectorised,
/// 64 bytes at a time, at a speed that hardly depends on the bytes. It allocates nothing.
///
/// ```
/// use delimited::boundary::{ScanState, scan};
///
/// let mut starts = Vec::new();
/// let end = scan(b',', ScanState::RecordStart, b"a,\"1\n2\"\r\n\r\nb", |start| starts.push(start));
/// assert_eq!((starts, end.state), (vec![0, 11], ScanState::Unquoted));
/// ```
pub fn scan(delimiter: u8, state: ScanState, bytes: &[u8], mut record: impl FnMut(usize)) -> Scan {
    scan_blocks(delimiter, state, bytes, 0, |at, starts| {
        ones(starts).for_each(|bit| record(at + bit));
        0
    })
}

/// As [`scan`], but calls `records` once a block of 64 bytes, and only for blocks that reach beyond
/// the index `from`. The arguments are the block's index and a mask of the bytes at which a record
/// begins. `records` returns the next `from`.
#[inline]
pub(crate) fn scan_blocks(
    delimiter: u8,
    state: ScanState,
    bytes: &[u8],
    mut from: usize,
    mut records: impl FnMut(usize, u64) -> usize,
) -> Scan {
    // One search finds the end of a quoted field.
    let quoted = if state == ScanState::Quoted { memchr(QUOTE, bytes).unwrap_or(bytes.len()) } else { 0 };
    let (blocks, rest) = bytes[quoted..].as_chunks();
    let (mut at, mut carry, mut count, mut opened) = (quoted, Carry::from(state), 0, None);
    for block in blocks {
        let marks = carry.step(&Block::new(delimiter, block));
        count += u64::from(marks.starts.count_ones());
        if at + block.len() > from {
            from = records(at, marks.starts);
        }
        opened = marks.opened.checked_ilog2().map(|bit| at + bit as usize).or(opened);
        at += block.len();
    }
    let mut scan = Scan { state: carry.into(), records: count, opened };
    for (at, &byte) in (at..).zip(rest) {
        if scan.step(delimiter, at, byte) && at >= from {
            from = records(at, 1);
        }
    }
    scan
}

impl Scan {
    /// Processes one byte, at the index `at`. Returns whether a record begins there.
    fn step(&mut self, delimiter: u8, at: usize, byte: u8) -> bool {
        let before = self.state;
        self.state = before.step(delimiter, byte);
        if self.state == ScanState::Quoted && !before.in_quotes() {
            self.opened = Some(at);
        }
        let begins = before == ScanState::RecordStart && self.state != ScanState::RecordStart;
        self.records += u64::from(begins);
        begins
    }
}

/// The indices of the bits of `mask` that are 1, from the lowest.
pub(crate) fn ones(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (mask != 0).then(|| mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(bit)
    })
}

/// The result of [`run_record`].
pub(crate) struct RecordRun {
    /// The state at `end`, or after the last byte.
    pub state: ScanState,
    /// The index of the line break that ends the record; `None` if the bytes end first.
    pub end: Option<usize>,
    /// The index of the last quote that opened a field.
    pub opened: Option<usize>,
    /// Whether anything but a delimiter stands behind a closing quote.
    pub behind_quote: bool,
}

/// Scans to the line break that ends the record. `state` is a state inside the record or
/// directly before its first byte.
pub(crate) fn run_record(delimiter: u8, state: ScanState, bytes: &[u8]) -> RecordRun {
    let mut run = RecordRun { state, end: None, opened: None, behind_quote: false };
    let mut at = 0;
    while at < bytes.len() {
        if run.state == ScanState::Quoted {
            let Some(quote) = memchr(QUOTE, &bytes[at..]) else { break };
            run.state = ScanState::QuoteInQuoted;
            at += quote + 1;
            continue;
        }
        if run.state == ScanState::QuoteInQuoted || bytes[at] == QUOTE {
            let before = run.state;
            run.state = before.step(delimiter, bytes[at]);
            if run.state == ScanState::RecordStart {
                run.end = Some(at);
                break;
            }
            if run.state == ScanState::Quoted && before != ScanState::QuoteInQuoted {
                run.opened = Some(at);
            }
            run.behind_quote |= before == ScanState::QuoteInQuoted && run.state == ScanState::Unquoted;
            at += 1;
            continue;
        }
        let Some(found) = memchr3(QUOTE, b'\r', b'\n', &bytes[at..]) else {
            run.state = behind_text(delimiter, bytes[bytes.len() - 1]);
            break;
        };
        at += found;
        if bytes[at] != QUOTE {
            run = RecordRun { state: ScanState::RecordStart, end: Some(at), ..run };
            break;
        }
        run.state = behind_text(delimiter, bytes[at - 1]);
    }
    run
}

/// The state after `byte`, which is outside quotes and neither a quote nor a line break.
const fn behind_text(delimiter: u8, byte: u8) -> ScanState {
    if byte == delimiter { ScanState::FieldStart } else { ScanState::Unquoted }
}

/// How many CR and LF `bytes` begins with.
pub(crate) fn line_breaks(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len())
}

/// How many lines end in `bytes`, as [`crate::Chunk::first_line`] counts.
pub(crate) fn lines(line_end: LineEnd, bytes: &[u8]) -> u64 {
    memchr_iter(line_end.byte(), bytes).count() as u64
}
