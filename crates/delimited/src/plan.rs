//! Cutting a file into chunks of whole records.
//!
//! A grid divides the file into cells of the chunk size, from the first byte
//! of the first record. The records that begin in one cell are one chunk. A cell
//! in which no record begins gives no chunk. So the start of a chunk depends only
//! on the records near it, never on the cuts before it, and any range of the file
//! can be scanned by itself: see [`crate::transition`].

use serde::{Deserialize, Serialize};

use crate::boundary::{self, ScanState};
use crate::grid::Grid;
use crate::transition::{BLOCK_BYTES, CellStart, Extent, Transition, TransitionVector};
use crate::{Chunk, Dialect};

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

/// Counts over the whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FileTotals {
    /// Records after the header.
    pub records: u64,
    /// Chunks.
    pub chunks: u32,
    /// The file's size.
    pub bytes: u64,
    /// The line of the file's last byte, from 1.
    pub last_line: u64,
}

/// How far a [`Planner`] came: all that another one needs to go on from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanProgress {
    /// The file offset of the next byte.
    pub offset: u64,
    /// Its line, from 1.
    pub line: u64,
    /// The state before it.
    pub state: ScanState,
    /// The line of the last quote that opened and may still be open.
    pub quote_line: u64,
    /// Whether the byte before it ended a line.
    pub line_ended: bool,
    /// Records that began before it.
    pub records: u64,
    /// The offset of the first record, where the grid begins; `None` until it begins.
    pub origin: Option<u64>,
    /// The chunk that has begun and not ended.
    pub open: Option<Chunk>,
}

/// Cuts a file into chunks while its bytes are pushed, and keeps none of the bytes.
///
/// ```
/// use delimited::plan::Planner;
/// use delimited::{Chunk, Dialect};
///
/// let mut planner = Planner::new(Dialect::default(), 0, 1, 4);
/// let mut chunks = Vec::new();
/// planner.push(b"a\nb\nc", |chunk| chunks.push(chunk));
/// planner.push(b"c\nd\n", |chunk| chunks.push(chunk));
/// let (last, totals) = planner.finish()?;
/// assert_eq!(chunks, [Chunk { chunk: 1, start: 0, end: 4, first_line: 1 }]);
/// assert_eq!(last, Chunk { chunk: 2, start: 4, end: 9, first_line: 3 });
/// assert_eq!((totals.records, totals.last_line), (4, 4));
/// # Ok::<_, delimited::plan::PlanError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Planner {
    dialect: Dialect,
    chunk_bytes: u64,
    state: ScanState,
    /// The file offset of the next byte.
    offset: u64,
    /// Its line.
    line: u64,
    /// The line of the last quote that opened and may still be open.
    quote_line: u64,
    /// Whether the last byte ended a line.
    line_ended: bool,
    records: u64,
    /// `None` until the first record begins.
    grid: Option<Grid>,
    cuts: Cuts,
    /// The transition over the bytes of one push. It is kept so that its memory is reused.
    pushed: Transition,
}

impl Planner {
    /// A planner for the bytes from the file offset `start` on, which is on line `line`, from 1. The
    /// header ends before `start`, and no other record begins before it. A `chunk_bytes` of 0
    /// counts as 1.
    pub fn new(dialect: Dialect, start: u64, line: u64, chunk_bytes: u64) -> Self {
        Self {
            dialect,
            chunk_bytes,
            state: ScanState::RecordStart,
            offset: start,
            line,
            quote_line: line,
            line_ended: false,
            records: 0,
            grid: None,
            cuts: Cuts::default(),
            pushed: Transition::identity(ScanState::RecordStart),
        }
    }

    /// How far it came. What it emitted is not part of it.
    pub fn progress(&self) -> PlanProgress {
        PlanProgress {
            offset: self.offset,
            line: self.line,
            state: self.state,
            quote_line: self.quote_line,
            line_ended: self.line_ended,
            records: self.records,
            origin: self.grid.map(Grid::origin),
            open: self.cuts.open,
        }
    }

    /// A planner that goes on where another one of the same file, `dialect` and `chunk_bytes` came to.
    ///
    /// ```
    /// use delimited::Dialect;
    /// use delimited::plan::Planner;
    ///
    /// let mut first = Planner::new(Dialect::default(), 0, 1, 4);
    /// first.push(b"a\nb\n\"c", |_| {});
    /// let mut second = Planner::resume(Dialect::default(), 4, first.progress());
    /// second.push(b"\n\"\n", |_| {});
    /// let (last, totals) = second.finish()?;
    /// assert_eq!((last.start, totals.records, totals.last_line), (4, 3, 4));
    /// # Ok::<_, delimited::plan::PlanError>(())
    /// ```
    pub fn resume(dialect: Dialect, chunk_bytes: u64, from: PlanProgress) -> Self {
        let grid = from.origin.map(|origin| Grid::new(origin, chunk_bytes));
        let cell_end = |grid: Grid| from.open.map_or(0, |open| grid.cell_end(open.start));
        Self {
            dialect,
            chunk_bytes,
            state: from.state,
            offset: from.offset,
            line: from.line,
            quote_line: from.quote_line,
            line_ended: from.line_ended,
            records: from.records,
            grid,
            cuts: Cuts { cell_end: grid.map_or(0, cell_end), open: from.open },
            pushed: Transition::identity(from.state),
        }
    }

    /// Takes the next bytes of the file, in slices of any size, and calls
    /// `emit` with each chunk that ends in them.
    pub fn push(&mut self, bytes: &[u8], emit: impl FnMut(Chunk)) {
        let bytes = self.skip_blank_lines(bytes);
        let Some(grid) = self.grid else { return };
        let mut pushed = std::mem::replace(&mut self.pushed, Transition::identity(self.state));
        pushed.reset(self.state);
        let mut extent = Extent::empty(self.offset);
        for block in bytes.chunks(BLOCK_BYTES) {
            pushed.scan(self.dialect, grid, &extent, block);
            extent.push(self.dialect.line_end, block);
        }
        self.follow(&pushed, &extent, emit);
        self.pushed = pushed;
    }

    /// The grid that scans of other ranges need; `None` until the first record begins.
    pub fn grid(&self) -> Option<Grid> {
        self.grid
    }

    /// Takes the next range of the file as the result of its scan, in place of its bytes ([`Planner::push`]).
    ///
    /// # Panics
    /// If the range does not begin where the bytes taken so far end, or was
    /// scanned with another grid than [`Planner::grid`].
    pub fn advance(&mut self, range: &TransitionVector, emit: impl FnMut(Chunk)) {
        let next = (range.extent.start, Some(range.grid));
        assert_eq!(next, (self.offset, self.grid), "ranges of one plan come in order");
        self.follow(range.from(self.state), &range.extent, emit);
    }

    /// Ends the file: its last chunk, and the totals.
    ///
    /// # Errors
    /// [`PlanError`]. The chunks that were emitted before must not be used then.
    pub fn finish(self) -> Result<(Chunk, FileTotals), PlanError> {
        if self.state == ScanState::Quoted {
            return Err(PlanError::UnclosedQuote { line: self.quote_line });
        }
        let open = self.cuts.open.ok_or(PlanError::NoRows)?;
        let totals = FileTotals {
            records: self.records,
            chunks: open.chunk,
            bytes: self.offset,
            last_line: self.line - u64::from(self.line_ended),
        };
        Ok((Chunk { end: self.offset, ..open }, totals))
    }

    /// The part of `bytes` from the first record of the file on. The grid begins there.
    fn skip_blank_lines<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        if self.grid.is_some() {
            return bytes;
        }
        let (blank, rest) = bytes.split_at(boundary::line_breaks(bytes));
        let mut extent = Extent::empty(self.offset);
        extent.push(self.dialect.line_end, blank);
        self.follow(&Transition::identity(ScanState::RecordStart), &extent, |_| {});
        self.grid = (!rest.is_empty()).then(|| Grid::new(self.offset, self.chunk_bytes));
        rest
    }

    /// Takes the bytes of `extent`, over which the scan gave `transition`.
    fn follow(&mut self, transition: &Transition, extent: &Extent, mut emit: impl FnMut(Chunk)) {
        if let Some(grid) = self.grid {
            let ended = transition.cells.iter().filter_map(|cell| self.cuts.cut(grid, cell, self.line));
            ended.for_each(&mut emit);
        }
        self.quote_line = transition.opened.map_or(self.quote_line, |lines| self.line + lines);
        self.records += transition.records;
        self.state = transition.end;
        self.line += extent.lines;
        self.line_ended = if extent.start < extent.end { extent.line_ended } else { self.line_ended };
        self.offset = extent.end;
    }
}

/// Where the last cut was made.
#[derive(Debug, Clone, Default)]
struct Cuts {
    /// The end of the open chunk's cell; 0 before the first record.
    cell_end: u64,
    /// The chunk whose end is not known yet.
    open: Option<Chunk>,
}

impl Cuts {
    /// Opens the chunk of another cell at its first record, and returns the chunk that ends
    /// there. `line` is the line on which the range begins.
    ///
    /// A chunk number cannot overflow: 2^32 chunks of 16 KiB are 64 TiB.
    fn cut(&mut self, grid: Grid, cell: &CellStart, line: u64) -> Option<Chunk> {
        let start = cell.offset;
        if start < self.cell_end {
            return None;
        }
        self.cell_end = grid.cell_end(start);
        let ended = self.open.map(|open| Chunk { end: start, ..open });
        let chunk = ended.map_or(1, |ended| ended.chunk + 1);
        self.open = Some(Chunk { chunk, start, end: start, first_line: line + cell.lines });
        ended
    }
}
