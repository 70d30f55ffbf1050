//! Splitting a lineup into chunks, without reading: the caller brings the bytes.
//!
//! The header and the bytes up to the first record are read in order. From there on, ranges of the file
//! can be read and scanned at the same time. The splitter names the ranges to read. It keeps the bytes
//! up to the end of the header only.

use std::ops::Range;

use delimited::Chunk;
use delimited::plan::{FileTotals, PlanError, PlanProgress, Planner};
use delimited::transition::{RangeScan, TransitionVector};
use serde::{Deserialize, Serialize};

use crate::header::{Header, HeaderError};
use crate::options::ReadOptions;
use crate::origin::Origin;

/// Why a file cannot be split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// It does not begin with the header of a lineup.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// It cannot be cut.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

impl SplitError {
    /// The same error about a text that was made of another file, see [`HeaderError::at`].
    #[must_use]
    pub fn at(self, origin: &Origin) -> Self {
        match self {
            Self::Header(error) => Self::Header(error.at(origin)),
            error => error,
        }
    }
}

/// A file that was split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Its header.
    pub header: Header,
    /// The chunks that [`Splitter::take_chunks`] has not returned, with the last one.
    pub chunks: Vec<Chunk>,
    /// Counts over the whole file.
    pub totals: FileTotals,
}

/// How far a split came: another [`Splitter`] of the same file goes on from there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitProgress {
    /// Where the cutting stands.
    pub plan: PlanProgress,
    /// The chunks whose ends are known.
    pub chunks: Vec<Chunk>,
}

/// Splits a file of a known size.
///
/// ```
/// use lineup::options::ReadOptions;
/// use lineup::splitter::Splitter;
///
/// let file = b"Performer,Stage,Start,End,Date\na,s,20:00,21:00,2025-07-12\nb,s,21:00,22:00,2025-07-12\n";
/// let bytes = |range: std::ops::Range<u64>| &file[range.start as usize..range.end as usize];
/// let mut splitter = Splitter::new(file.len() as u64, 20, &ReadOptions::default());
/// while let Some(range) = splitter.next_in_order(16) {
///     splitter.push(bytes(range))?;
/// }
/// for (range, mut scan) in splitter.ranges(10) {
///     // These can run at the same time; they are taken in order.
///     scan.push(bytes(range));
///     splitter.advance(&scan.finish());
/// }
/// let split = splitter.finish()?;
/// let starts: Vec<u64> = split.chunks.iter().map(|chunk| chunk.start).collect();
/// assert_eq!((starts, split.totals.records), (vec![31, 58], 2));
/// # Ok::<_, lineup::splitter::SplitError>(())
/// ```
#[derive(Debug)]
pub struct Splitter {
    size: u64,
    chunk_bytes: u64,
    options: ReadOptions,
    /// The file offset up to which bytes were taken.
    read: u64,
    /// The first bytes, until the header is found.
    head: Vec<u8>,
    body: Option<Body>,
    chunks: Vec<Chunk>,
}

/// What follows the header.
#[derive(Debug)]
struct Body {
    header: Header,
    planner: Planner,
}

impl Splitter {
    /// A splitter of a file of `size` bytes into chunks of about `chunk_bytes`. A `chunk_bytes` of 0 counts as 1.
    /// `options` say what the header may lack, as in [`Header::read`].
    pub fn new(size: u64, chunk_bytes: u64, options: &ReadOptions) -> Self {
        let options = options.clone();
        Self { size, chunk_bytes, options, read: 0, head: Vec::new(), body: None, chunks: Vec::new() }
    }

    /// The next range to read in order and [`Splitter::push`], of at most `bytes`. `None` at the end of the
    /// file, or once the rest can be scanned in [`Splitter::ranges`].
    pub fn next_in_order(&self, bytes: u64) -> Option<Range<u64>> {
        let record_has_begun = self.body.as_ref().is_some_and(|body| body.planner.grid().is_some());
        let left = self.read < self.size && !record_has_begun;
        left.then(|| self.read..self.size.min(self.read.saturating_add(bytes.max(1))))
    }

    /// Takes the next bytes of the file, in slices of any size.
    ///
    /// # Errors
    /// [`HeaderError`]: the file is not a lineup.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), HeaderError> {
        self.read += bytes.len() as u64;
        match &mut self.body {
            Some(body) => body.planner.push(bytes, |chunk| self.chunks.push(chunk)),
            None => {
                self.head.extend_from_slice(bytes);
                self.find_header(self.read >= self.size)?;
            }
        }
        Ok(())
    }

    /// The rest of the file in ranges of `bytes`, each with the scan that takes its bytes. Ranges can be
    /// scanned at the same time, and [`Splitter::advance`] takes them in order. There are none as long as
    /// [`Splitter::next_in_order`] gives one.
    pub fn ranges(&self, bytes: u64) -> impl Iterator<Item = (Range<u64>, RangeScan)> + Clone + use<> {
        let body = self.body.as_ref();
        let begun = body.and_then(|body| Some((body.header.dialect, body.planner.grid()?)));
        let (start, end, bytes) = (self.read, self.size, bytes.max(1));
        begun.into_iter().flat_map(move |(dialect, grid)| {
            (0..end.saturating_sub(start).div_ceil(bytes)).map(move |index| {
                let first = start + index * bytes;
                (first..end.min(first + bytes), RangeScan::new(dialect, grid, first))
            })
        })
    }

    /// Takes the scan of the next range of [`Splitter::ranges`].
    ///
    /// # Panics
    /// If the range does not begin where the one before ends.
    pub fn advance(&mut self, range: &TransitionVector) {
        if let Some(body) = &mut self.body {
            body.planner.advance(range, |chunk| self.chunks.push(chunk));
            self.read = range.range().end;
        }
    }

    /// The header, once it is found.
    pub fn header(&self) -> Option<&Header> {
        self.body.as_ref().map(|body| &body.header)
    }

    /// How far it came; `None` until the header is found, which is near the beginning.
    pub fn progress(&self) -> Option<SplitProgress> {
        let plan = self.body.as_ref()?.planner.progress();
        Some(SplitProgress { plan, chunks: self.chunks.clone() })
    }

    /// Goes on from where a splitter of the same file, chunk size and options came to. Without effect until the header is found: the header
    /// is read again, and not kept.
    pub fn go_on(&mut self, from: SplitProgress) {
        if let Some(body) = &mut self.body {
            body.planner = Planner::resume(body.header.dialect, self.chunk_bytes, from.plan);
            self.read = from.plan.offset;
            self.chunks = from.chunks;
        }
    }

    /// How many chunks [`Splitter::take_chunks`] would return.
    pub fn chunks(&self) -> usize {
        self.chunks.len()
    }

    /// Takes the chunks whose ends are known, in order.
    pub fn take_chunks(&mut self) -> impl Iterator<Item = Chunk> + '_ {
        self.chunks.drain(..)
    }

    /// The split, after every byte was taken.
    ///
    /// # Errors
    /// [`SplitError`]. The chunks that were taken before must not be used then.
    pub fn finish(self) -> Result<Split, SplitError> {
        self.finish_with(|_, error| Err(error))
    }

    /// The same of a file that may be a header alone: it has one chunk then, which is empty and lies at the end of the file.
    ///
    /// # Errors
    /// As [`Splitter::finish`], but for [`PlanError::NoRows`].
    pub fn finish_or_empty(self) -> Result<Split, SplitError> {
        self.finish_with(|end, error| match error {
            PlanError::NoRows => Ok(empty(end)),
            error => Err(error),
        })
    }

    fn finish_with(
        mut self,
        otherwise: impl FnOnce(&PlanProgress, PlanError) -> Result<(Chunk, FileTotals), PlanError>,
    ) -> Result<Split, SplitError> {
        if self.body.is_none() {
            self.find_header(true)?;
        }
        let Body { header, planner } = self.body.ok_or(HeaderError::TooLong)?;
        let end = planner.progress();
        let (last, totals) = planner.finish().or_else(|error| otherwise(&end, error))?;
        self.chunks.push(last);
        Ok(Split { header, chunks: self.chunks, totals })
    }

    /// Looks for the header in the head. `whole`: the head is the whole file.
    fn find_header(&mut self, whole: bool) -> Result<(), HeaderError> {
        let Some(header) = Header::read(&self.head, whole, self.options.header())? else { return Ok(()) };
        let Header { dialect, next_start, next_line, .. } = header;
        let mut planner = Planner::new(dialect, next_start, next_line, self.chunk_bytes);
        let behind = usize::try_from(next_start).unwrap_or(usize::MAX).min(self.head.len());
        planner.push(&self.head[behind..], |chunk| self.chunks.push(chunk));
        self.body = Some(Body { header, planner });
        self.head = Vec::new();
        Ok(())
    }
}

/// The chunk of a file without rows, which ends here.
fn empty(end: &PlanProgress) -> (Chunk, FileTotals) {
    let PlanProgress { offset, line, line_ended, .. } = *end;
    let last_line = line - u64::from(line_ended);
    let chunk = Chunk { chunk: 1, start: offset, end: offset, first_line: line };
    (chunk, FileTotals { records: 0, chunks: 1, bytes: offset, last_line })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::MAX_HEADER_RECORDS;
    use proptest::prelude::*;

    const HEADER: &str = "Performer,Stage,Start,End,Date";

    fn split(file: &[u8], chunk_bytes: u64, (in_order, apart): (u64, u64)) -> Result<Split, SplitError> {
        let bytes = |range: Range<u64>| &file[range.start as usize..range.end as usize];
        let mut splitter = Splitter::new(file.len() as u64, chunk_bytes, &ReadOptions::default());
        while let Some(range) = splitter.next_in_order(in_order) {
            splitter.push(bytes(range))?;
        }
        for (range, mut scan) in splitter.ranges(apart) {
            scan.push(bytes(range));
            splitter.advance(&scan.finish());
        }
        splitter.finish()
    }

    /// As [`split`], by a splitter for each range, each of which knows only how far the one before came.
    fn split_bit_by_bit(
        file: &[u8],
        chunk_bytes: u64,
        (in_order, apart): (u64, u64),
    ) -> Result<Split, SplitError> {
        let bytes = |range: Range<u64>| &file[range.start as usize..range.end as usize];
        let mut progress = None;
        loop {
            let mut splitter = Splitter::new(file.len() as u64, chunk_bytes, &ReadOptions::default());
            while let (None, Some(range)) = (splitter.header(), splitter.next_in_order(in_order)) {
                splitter.push(bytes(range))?;
            }
            if let Some(progress) = progress {
                splitter.go_on(progress);
            }
            if let Some(range) = splitter.next_in_order(in_order) {
                splitter.push(bytes(range))?;
            } else if let Some((range, mut scan)) = splitter.ranges(apart).next() {
                scan.push(bytes(range));
                splitter.advance(&scan.finish());
            } else {
                return splitter.finish();
            }
            progress = splitter.progress();
        }
    }

    #[test]
    fn a_file_that_is_no_lineup_is_refused_as_soon_as_its_head_shows_it() {
        let mut splitter = Splitter::new(1 << 40, 1 << 20, &ReadOptions::default());
        assert_eq!(splitter.push(&b"a,b,c\n".repeat(MAX_HEADER_RECORDS - 1)), Ok(()));
        assert!(matches!(splitter.push(b"a,b,c\n"), Err(HeaderError::MissingColumns { .. })));
        assert_eq!(
            Splitter::new(0, 1, &ReadOptions::default()).finish(),
            Err(SplitError::Header(HeaderError::Empty))
        );
    }

    #[test]
    fn a_header_alone_has_no_rows() {
        for end in ["", "\n", "\r\n\r\n"] {
            let file = format!("{HEADER}{end}");
            assert_eq!(split(file.as_bytes(), 1, (7, 7)), Err(SplitError::Plan(PlanError::NoRows)));
        }
    }

    #[test]
    fn a_header_alone_is_an_empty_chunk_where_it_may_be_one() {
        for (end, line) in [("", 1), ("\n", 2), ("\n\n\n", 4)] {
            let file = format!("{HEADER}{end}");
            let mut splitter = Splitter::new(file.len() as u64, 1, &ReadOptions::default());
            while let Some(range) = splitter.next_in_order(7) {
                splitter.push(&file.as_bytes()[range.start as usize..range.end as usize]).unwrap();
            }
            let found = splitter.finish_or_empty().unwrap();
            let bytes = file.len() as u64;
            assert_eq!(found.chunks, [Chunk { chunk: 1, start: bytes, end: bytes, first_line: line }]);
            assert_eq!((found.totals.records, found.totals.chunks, found.totals.bytes), (0, 1, bytes));
        }
        let open = Splitter::new(0, 1, &ReadOptions::default()).finish_or_empty();
        assert_eq!(open, Err(SplitError::Header(HeaderError::Empty)));
    }

    proptest! {
        #[test]
        fn the_split_does_not_depend_on_the_ranges_that_are_read(
            body in "[a,\"\r\n]{0,60}", chunk_bytes in 1u64..50, in_order in 1u64..80, apart in 1u64..40,
        ) {
            let file = format!("{HEADER}\n{body}").into_bytes();
            // Where the header's line breaks end depends on how much of the file was read with it.
            let found = |split: Split| (split.header.dialect, split.header.columns, split.chunks, split.totals);
            let whole = split(&file, chunk_bytes, (u64::MAX, 1)).map(found);
            prop_assert_eq!(split(&file, chunk_bytes, (in_order, apart)).map(found), whole.clone());
            prop_assert_eq!(split_bit_by_bit(&file, chunk_bytes, (in_order, apart)).map(found), whole);
        }
    }
}
