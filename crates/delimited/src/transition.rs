//! Scanning a range of a file before the state at its start is known.
//!
//! The range is scanned from each state of the automaton in which it may begin. The result
//! is a vector with one [`Transition`] for each state. The vectors of neighbouring ranges
//! compose, in any grouping, to that of the whole (Mytkowicz, Musuvathi and Schulte,
//! "Data-Parallel Finite-State Machines", who show how fast the states converge). So
//! ranges are scanned at the same time, and composed in order.
//!
//! The scans converge. After a byte that is not a quote, the four states other than
//! [`ScanState::Quoted`] are one state. That one and `Quoted` become one at the first
//! quote that is text in either scan. So at most two scans continue for long, and
//! the one inside a quoted field only searches for a quote.

use std::ops::Range;

use crate::boundary::{self, ScanState};
use crate::grid::Grid;
use crate::{Dialect, LineEnd};

/// Bytes are scanned in blocks of this size, so that they are in the processor's cache when they
/// are read again, by the scan from another state or to count lines.
pub(crate) const BLOCK_BYTES: usize = 16 << 10;

/// The first record that begins in a cell of the grid, within a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellStart {
    /// The file offset of the record's first byte.
    pub offset: u64,
    /// How many lines end between the range's first byte and that byte.
    pub lines: u64,
}

/// The result of scanning a range from one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The state after the range's last byte.
    pub end: ScanState,
    /// Records that begin in the range.
    pub records: u64,
    /// The first record of each cell in which one begins, in order.
    pub cells: Vec<CellStart>,
    /// If the range ends in a quoted field: how many lines of the range end before the field's
    /// opening quote. `None` if that quote is not in the range, or there is none.
    pub opened: Option<u64>,
}

impl Transition {
    /// The transition over no bytes.
    pub(crate) const fn identity(state: ScanState) -> Self {
        Self { end: state, records: 0, cells: Vec::new(), opened: None }
    }

    /// Makes it [`Transition::identity`] and keeps its memory.
    pub(crate) fn reset(&mut self, state: ScanState) {
        self.cells.clear();
        *self = Self { cells: std::mem::take(&mut self.cells), ..Self::identity(state) };
    }

    /// Adds `block`, the bytes after `extent`.
    pub(crate) fn scan(&mut self, dialect: Dialect, grid: Grid, extent: &Extent, block: &[u8]) {
        let mut cells = Cells::of(&mut self.cells, (dialect.line_end, grid), extent, block);
        let scan = boundary::scan_blocks(dialect.delimiter, self.end, block, cells.next, |at, starts| {
            cells.records(at, starts)
        });
        self.records += scan.records;
        self.end = scan.state;
        self.opened = match scan.opened {
            _ if !scan.state.in_quotes() => None,
            Some(opened) => Some(extent.lines + boundary::lines(dialect.line_end, &block[..opened])),
            None => self.opened,
        };
    }

    /// Adds the next range, whose transitions are `next`. This range has `lines` lines.
    fn append(&mut self, grid: Grid, lines: u64, next: &[Self; 5]) {
        let next = &next[self.end as usize];
        let known = self.cells.last().map_or(0, |last| grid.cell_end(last.offset));
        let behind = next.cells.iter().filter(|cell| cell.offset >= known);
        self.cells.extend(behind.map(|cell| CellStart { lines: lines + cell.lines, ..*cell }));
        self.records += next.records;
        self.end = next.end;
        self.opened = match next.opened {
            _ if !next.end.in_quotes() => None,
            Some(opened) => Some(lines + opened),
            None => self.opened,
        };
    }
}

/// Finds the first record of each cell in a block.
struct Cells<'a> {
    found: &'a mut Vec<CellStart>,
    line_end: LineEnd,
    grid: Grid,
    block: &'a [u8],
    /// The file offset of the block.
    offset: u64,
    /// The index in the block at which the next cell begins; smaller if it begins before the block.
    next: usize,
    /// How many bytes of the block have their lines counted.
    counted: usize,
    /// The lines from the range's first byte to there.
    lines: u64,
}

impl<'a> Cells<'a> {
    fn of(
        found: &'a mut Vec<CellStart>,
        (line_end, grid): (LineEnd, Grid),
        extent: &Extent,
        block: &'a [u8],
    ) -> Self {
        let cell_end = found.last().map_or(0, |last| grid.cell_end(last.offset));
        let next = index(cell_end, extent.end);
        Self { found, line_end, grid, block, offset: extent.end, next, counted: 0, lines: extent.lines }
    }

    /// Records begin at the bits of `starts`, counted from `at`. Returns the index from which records
    /// matter next.
    #[cold]
    fn records(&mut self, at: usize, starts: u64) -> usize {
        boundary::ones(starts).for_each(|bit| self.record(at + bit));
        self.next
    }

    /// A record begins at `index`.
    fn record(&mut self, index: usize) {
        if index >= self.next {
            self.lines += boundary::lines(self.line_end, &self.block[self.counted..index]);
            self.counted = index;
            let offset = self.offset + index as u64;
            self.found.push(CellStart { offset, lines: self.lines });
            self.next = self::index(self.grid.cell_end(offset), self.offset);
        }
    }
}

/// The index of `offset` in a block that begins at `block`; 0 if it is before the block.
fn index(offset: u64, block: u64) -> usize {
    usize::try_from(offset.saturating_sub(block)).unwrap_or(usize::MAX)
}

/// The position of a range and the lines that end in it. These do not depend on a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Bytes that end a line.
    pub(crate) lines: u64,
    /// Whether the last byte ends a line.
    pub(crate) line_ended: bool,
}

impl Extent {
    pub(crate) const fn empty(offset: u64) -> Self {
        Self { start: offset, end: offset, lines: 0, line_ended: false }
    }

    pub(crate) fn push(&mut self, line_end: LineEnd, block: &[u8]) {
        self.end += block.len() as u64;
        self.lines += boundary::lines(line_end, block);
        self.line_ended = block.last().map_or(self.line_ended, |&last| last == line_end.byte());
    }

    fn append(&mut self, next: &Self) {
        self.end = next.end;
        self.lines += next.lines;
        self.line_ended = if next.start < next.end { next.line_ended } else { self.line_ended };
    }
}

/// The result of scanning a range from each state: see [`RangeScan`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitionVector {
    pub(crate) grid: Grid,
    pub(crate) extent: Extent,
    transitions: [Transition; 5],
}

impl TransitionVector {
    fn identity(grid: Grid, offset: u64) -> Self {
        let transitions = ScanState::ALL.map(Transition::identity);
        Self { grid, extent: Extent::empty(offset), transitions }
    }

    /// The transition of a range that begins in `state`.
    pub fn from(&self, state: ScanState) -> &Transition {
        &self.transitions[state as usize]
    }

    /// The file offsets of the range.
    pub fn range(&self) -> Range<u64> {
        self.extent.start..self.extent.end
    }

    /// Appends the next range. The operation is associative.
    ///
    /// # Panics
    /// If `next` does not begin where this ends, or has another grid.
    pub fn compose(&mut self, next: &Self) {
        assert_eq!((self.extent.end, self.grid), (next.extent.start, next.grid), "ranges compose in order");
        for transition in &mut self.transitions {
            transition.append(self.grid, self.extent.lines, &next.transitions);
        }
        self.extent.append(&next.extent);
    }
}

/// Scans a range of a file from every state, in one pass.
///
/// ```
/// use delimited::plan::Planner;
/// use delimited::transition::RangeScan;
/// use delimited::{Chunk, Dialect};
///
/// let file = b"a\nb\n\"c\nd\"\ne\n";
/// let mut planner = Planner::new(Dialect::default(), 0, 1, 4);
/// planner.push(&file[..2], |_| {});
///
/// let grid = planner.grid().unwrap();
/// let scan = |start: usize, end: usize| {
///     let mut scan = RangeScan::new(Dialect::default(), grid, start as u64);
///     scan.push(&file[start..end]);
///     scan.finish()
/// };
/// // In any order, at the same time: the second begins inside quotes.
/// let (second, first) = (scan(7, 12), scan(2, 7));
/// let mut chunks = Vec::new();
/// planner.advance(&first, |chunk| chunks.push(chunk));
/// planner.advance(&second, |chunk| chunks.push(chunk));
/// let (last, totals) = planner.finish()?;
/// assert_eq!(chunks, [
///     Chunk { chunk: 1, start: 0, end: 4, first_line: 1 },
///     Chunk { chunk: 2, start: 4, end: 10, first_line: 3 },
/// ]);
/// assert_eq!((last.start, last.first_line, totals.records), (10, 5, 4));
/// # Ok::<_, delimited::plan::PlanError>(())
/// ```
#[derive(Debug, Clone)]
pub struct RangeScan {
    dialect: Dialect,
    /// The vector up to the byte at which states last converged.
    composed: TransitionVector,
    /// The vector from there on. Only the entries of the `live` states are scanned.
    epoch: TransitionVector,
    /// The states in which `composed` can end.
    live: Vec<ScanState>,
}

impl RangeScan {
    /// A scan of the bytes from the file offset `offset` on. `grid` comes from [`crate::plan::Planner::grid`].
    pub fn new(dialect: Dialect, grid: Grid, offset: u64) -> Self {
        let empty = TransitionVector::identity(grid, offset);
        Self { dialect, composed: empty.clone(), epoch: empty, live: ScanState::ALL.to_vec() }
    }

    /// Takes the next bytes of the range, in slices of any size, and keeps none of them.
    pub fn push(&mut self, bytes: &[u8]) {
        for block in bytes.chunks(BLOCK_BYTES) {
            let TransitionVector { grid, extent, transitions } = &mut self.epoch;
            for &state in &self.live {
                transitions[state as usize].scan(self.dialect, *grid, extent, block);
            }
            extent.push(self.dialect.line_end, block);
            if self.converged() {
                self.compose();
            }
        }
    }

    /// The range's vector.
    pub fn finish(mut self) -> TransitionVector {
        self.compose();
        self.composed
    }

    /// Whether two of the live states have become one.
    fn converged(&self) -> bool {
        let ends =
            |state: ScanState| self.live.iter().filter(|&&live| self.epoch.from(live).end == state).count();
        ScanState::ALL.into_iter().any(|state| ends(state) > 1)
    }

    /// Appends the epoch to `composed` and begins another, from the states in which it can end.
    fn compose(&mut self) {
        self.composed.compose(&self.epoch);
        self.epoch = TransitionVector::identity(self.epoch.grid, self.epoch.extent.end);
        let ends = self.composed.transitions.each_ref().map(|transition| transition.end);
        self.live.clear();
        self.live.extend(ScanState::ALL.into_iter().filter(|state| ends.contains(state)));
    }
}
