//! The scan: the source read once, in ranges side by side, and cut into chunks.
//!
//! Bytes are scanned as they arrive and not kept. So the memory held is what
//! the connections buffer and the list of chunks, whatever the source's size.

use std::ops::Range;

use futures::stream::{self, StreamExt};
use lineup::columns;
use lineup::contract::{Chunk, Dialect, Source};
use lineup::grid::Grid;
use lineup::header::{Header, HeaderError};
use lineup::plan::Planner;
use lineup::transition::{RangeScan, TransitionVector};
use lineup_aws::object_store::uri;
use lineup_aws::objects::Objects;
use lineup_aws::source::SourceReader;
use lineup_aws::task::Task;

use crate::Error;

/// The most chunks an import may have: their list is held in memory, at about
/// 120 bytes a chunk, and no file that S3 takes needs more at the default size.
pub const MAX_CHUNKS: usize = 1_000_000;

/// How much of the source one request asks for. S3 advises requests for 8 to 16 MB
/// of a large object (S3 guide, "Performance design patterns for Amazon S3").
const RANGE_BYTES: u64 = 8 << 20;

/// How many requests are under way. S3 advises one for each 85 to 90 MB/s that
/// are wanted (same page), so these are more than a function's network carries.
const RANGES_IN_FLIGHT: usize = 8;

/// What the scan finds.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) header: Header,
    pub(crate) chunks: Vec<Chunk>,
}

/// Reads the source from its first byte to its last.
pub(crate) async fn scan(objects: &Objects, source: &Source, chunk_bytes: u64) -> Result<Found, Error> {
    let file = || uri(&source.bucket, &source.key);
    let mut ranges = ranges(source.size);
    let mut reader = objects.read(source, ranges.next().unwrap_or_default());
    let (header, head) = header(&mut reader, file).await?;
    columns::read(&header.columns).map_err(|source| Error::Columns { file: file(), source })?;
    let mut cutter = Cutter::new(&header, chunk_bytes, source);
    let begun = usize::try_from(header.next_start).unwrap_or(usize::MAX).min(head.len());
    cutter.push(&head[begun..]);
    cutter.drain(reader).await?;
    while cutter.planner.grid().is_none()
        && let Some(range) = ranges.next()
    {
        cutter.drain(objects.read(source, range)).await?;
    }
    if let Some(grid) = cutter.planner.grid() {
        cutter.scan_apart(objects, ranges, header.dialect, grid).await?;
    }
    Ok(Found { header, chunks: cutter.finish()? })
}

/// The ranges of a source of `size` bytes, one a request.
fn ranges(size: u64) -> impl Iterator<Item = Range<u64>> {
    let start = |index| index * RANGE_BYTES;
    (0..size.div_ceil(RANGE_BYTES)).map(move |index| start(index)..start(index + 1).min(size))
}

/// The header, and the bytes that were read to find it.
async fn header(reader: &mut SourceReader, file: impl Fn() -> String) -> Result<(Header, Vec<u8>), Error> {
    let mut head = Vec::new();
    loop {
        let piece = reader.next().await?;
        let whole = piece.is_none();
        head.extend_from_slice(&piece.unwrap_or_default());
        let found = Header::read(&head, whole).map_err(|source| Error::Header { file: file(), source })?;
        match found {
            Some(header) => return Ok((header, head)),
            None if whole => return Err(Error::Header { file: file(), source: HeaderError::TooLong }),
            None => {}
        }
    }
}

/// The planner, and the chunks that it has cut.
struct Cutter<'s> {
    planner: Planner,
    chunks: Vec<Chunk>,
    chunk_bytes: u64,
    source: &'s Source,
}

impl<'s> Cutter<'s> {
    fn new(header: &Header, chunk_bytes: u64, source: &'s Source) -> Self {
        let planner = Planner::new(header.dialect, header.next_start, header.next_line, chunk_bytes);
        Self { planner, chunks: Vec::new(), chunk_bytes, source }
    }

    fn push(&mut self, piece: &[u8]) {
        self.planner.push(piece, |chunk| self.chunks.push(chunk));
    }

    /// Takes a range as it arrives.
    async fn drain(&mut self, mut reader: SourceReader) -> Result<(), Error> {
        while let Some(piece) = reader.next().await? {
            self.push(&piece);
        }
        self.check()
    }

    /// Takes `ranges`, each of which is scanned while others arrive.
    async fn scan_apart(
        &mut self,
        objects: &Objects,
        ranges: impl Iterator<Item = Range<u64>>,
        dialect: Dialect,
        grid: Grid,
    ) -> Result<(), Error> {
        let scans = ranges.map(|range| {
            let scan = RangeScan::new(dialect, grid, range.start);
            Task::spawn(scan_range(objects.read(self.source, range), scan))
        });
        let mut vectors = stream::iter(scans).map(Task::join).buffered(RANGES_IN_FLIGHT);
        while let Some(vector) = vectors.next().await {
            self.planner.advance(&vector?, |chunk| self.chunks.push(chunk));
            self.check()?;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Error> {
        if self.chunks.len() < MAX_CHUNKS {
            return Ok(());
        }
        let file = uri(&self.source.bucket, &self.source.key);
        Err(Error::TooManyChunks { file, chunk_bytes: self.chunk_bytes })
    }

    fn finish(mut self) -> Result<Vec<Chunk>, Error> {
        let file = || uri(&self.source.bucket, &self.source.key);
        let (last, _totals) = self.planner.finish().map_err(|source| Error::Plan { file: file(), source })?;
        self.chunks.push(last);
        Ok(self.chunks)
    }
}

/// Scans a range as it arrives. A piece is scanned in microseconds, so this may run among the tasks that read.
async fn scan_range(mut reader: SourceReader, mut scan: RangeScan) -> Result<TransitionVector, Error> {
    while let Some(piece) = reader.next().await? {
        scan.push(&piece);
    }
    Ok(scan.finish())
}
