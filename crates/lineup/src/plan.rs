//! Cutting a file into chunks of whole records.
//!
//! A grid lies over the file, in steps of the chunk size, from the first byte
//! of the first record. Chunk by chunk, the records that begin in one cell of
//! the grid are one chunk; a cell in which none begins gives none. So where a
//! chunk begins depends on the records around that place alone, never on the
//! cuts before it, and any range of the file can be planned by itself.

use serde::Serialize;

use crate::boundary::{self, State};
use crate::contract::{Chunk, Dialect};
use crate::error::{ErrorName, Named};

/// The size that is aimed at unless another is asked for, in bytes.
pub const DEFAULT_CHUNK_BYTES: u64 = 8 << 20;
/// The least that a user may ask for, in bytes. [`Planner`] itself takes any size from 1.
pub const MIN_CHUNK_BYTES: u64 = 16 << 10;
/// The most that a user may ask for, in bytes.
pub const MAX_CHUNK_BYTES: u64 = 1 << 30;

/// Bytes are scanned in blocks of this size, so that the second look at them,
/// which counts lines, finds them in the processor's cache.
const BLOCK_BYTES: usize = 32 << 10;

/// Why a file cannot be cut.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The file ends inside a quoted field.
    #[error(
        "the quote (\") that opens on line {line} is never closed, so the rest of the file would be one \
         field: close or remove it and upload the file again"
    )]
    UnclosedQuote {
        /// The line of the opening quote, from 1.
        line: u64,
    },
    /// Nothing but blank lines follows the header.
    #[error("the file has a header but no rows: add at least one row and upload it again")]
    NoRows,
}

impl Named for PlanError {
    fn name(&self) -> ErrorName {
        match self {
            Self::UnclosedQuote { .. } | Self::NoRows => ErrorName::InvalidInput,
        }
    }
}

/// A file that was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Records behind the header.
    pub records: u64,
    /// Chunks.
    pub chunks: u32,
    /// The file's size.
    pub bytes: u64,
    /// The line of the file's last byte, from 1.
    pub last_line: u64,
}

/// Cuts a file that is pushed through it, keeping none of it.
///
/// ```
/// use lineup::contract::{Chunk, Dialect};
/// use lineup::plan::Planner;
///
/// let mut planner = Planner::new(Dialect::default(), 0, 1, 4);
/// let mut chunks = Vec::new();
/// planner.push(b"a\nb\nc", |chunk| chunks.push(chunk));
/// planner.push(b"c\nd\n", |chunk| chunks.push(chunk));
/// let (last, totals) = planner.finish()?;
/// assert_eq!(chunks, [Chunk { chunk: 1, start: 0, end: 4, first_line: 1 }]);
/// assert_eq!(last, Chunk { chunk: 2, start: 4, end: 9, first_line: 3 });
/// assert_eq!((totals.records, totals.last_line), (4, 4));
/// # Ok::<_, lineup::plan::PlanError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Planner {
    delimiter: u8,
    state: State,
    /// The file offset of the next byte to be pushed.
    offset: u64,
    /// The line of the next byte to be pushed.
    line: u64,
    /// The line of the last quote that opened and may still be open.
    quote_line: u64,
    /// Whether the last byte pushed was an LF.
    line_ended: bool,
    records: u64,
    grid: Grid,
}

impl Planner {
    /// A planner for the bytes from `start` on, where no record has begun
    /// yet and which is on line `line`: see [`crate::header::Header`]. A
    /// `chunk_bytes` of 0 counts as 1.
    pub fn new(dialect: Dialect, start: u64, line: u64, chunk_bytes: u64) -> Self {
        Self {
            delimiter: dialect.delimiter,
            state: State::RecordStart,
            offset: start,
            line,
            quote_line: line,
            line_ended: false,
            records: 0,
            grid: Grid { chunk_bytes: chunk_bytes.max(1), origin: 0, next_cell: 0, open: None },
        }
    }

    /// Takes the next bytes of the file, in slices of any size, and calls
    /// `emit` with each chunk whose end they show.
    pub fn push(&mut self, bytes: &[u8], mut emit: impl FnMut(Chunk)) {
        for block in bytes.chunks(BLOCK_BYTES) {
            self.scan(block, &mut emit);
        }
    }

    /// The last chunk, which reaches to the end of the file, and the totals.
    ///
    /// # Errors
    /// [`PlanError`]; chunks that were emitted before are void then.
    pub fn finish(self) -> Result<(Chunk, Totals), PlanError> {
        if self.state == State::Quoted {
            return Err(PlanError::UnclosedQuote { line: self.quote_line });
        }
        let open = self.grid.open.ok_or(PlanError::NoRows)?;
        let totals = Totals {
            records: self.records,
            chunks: open.chunk,
            bytes: self.offset,
            last_line: self.line - u64::from(self.line_ended),
        };
        Ok((Chunk { end: self.offset, ..open }, totals))
    }

    fn scan(&mut self, block: &[u8], emit: &mut impl FnMut(Chunk)) {
        let (block_line, mut counted) = (self.line, 0);
        let scan = boundary::scan(self.delimiter, self.state, block, |index| {
            self.records += 1;
            let start = self.offset + index as u64;
            if start >= self.grid.next_cell {
                self.line += boundary::lines(&block[counted..index]);
                counted = index;
                if let Some(chunk) = self.grid.cut(start, self.line) {
                    emit(chunk);
                }
            }
        });
        if let (true, Some(opened)) = (scan.state.in_quotes(), scan.opened) {
            self.quote_line = block_line + boundary::lines(&block[..opened]);
        }
        self.line += boundary::lines(&block[counted..]);
        self.line_ended = block.last() == Some(&b'\n');
        self.state = scan.state;
        self.offset += block.len() as u64;
    }
}

/// The grid, and the chunk whose end is not known yet.
#[derive(Debug, Clone)]
struct Grid {
    chunk_bytes: u64,
    /// The first byte of the first record.
    origin: u64,
    /// The first byte behind the cell of the open chunk; 0 before the first record.
    next_cell: u64,
    open: Option<Chunk>,
}

impl Grid {
    /// Opens the chunk that begins with the record at `start`, behind the open
    /// chunk's cell, and gives the one that ends there.
    ///
    /// Chunk numbers cannot run out: from [`MIN_CHUNK_BYTES`] on, 2^32 chunks
    /// are more than any S3 object holds.
    fn cut(&mut self, start: u64, first_line: u64) -> Option<Chunk> {
        if self.open.is_none() {
            self.origin = start;
        }
        let cell = (start - self.origin) / self.chunk_bytes;
        self.next_cell = self.origin.saturating_add((cell + 1).saturating_mul(self.chunk_bytes));
        let ended = self.open.map(|open| Chunk { end: start, ..open });
        let chunk = ended.map_or(1, |ended| ended.chunk + 1);
        self.open = Some(Chunk { chunk, start, end: start, first_line });
        ended
    }
}
