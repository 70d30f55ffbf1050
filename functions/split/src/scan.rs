//! Reads the source once, in concurrent ranges, and splits it into chunks.
//!
//! Bytes are scanned as they arrive and not kept. So memory holds only the connections' buffers and the
//! list of chunks, whatever the source's size. A scan that does not come through in the time of one invocation
//! stops between two ranges, and the next invocation goes on there.

use std::time::Instant;

use delimited::plan::PlanError;
use delimited::transition::{RangeScan, TransitionVector};
use futures::stream::{self, StreamExt};
use lineup::options::ReadOptions;
use lineup::splitter::{Split, SplitError, SplitProgress, Splitter};
use lineup_aws::object_store::uri;
use lineup_aws::objects::Objects;
use lineup_aws::source::SourceReader;
use lineup_aws::task::OwnedTask;
use lineup_contracts::Source;
use lineup_contracts::options::MAX_CHUNKS;
use tokio::time::timeout_at;

use crate::error::Error;

/// The number of concurrent requests. S3 advises one for each 85 to 90 MB/s of the wanted
/// rate (S3 guide, "Performance design patterns for Amazon S3"). Eight ask for more than a function's network carries.
const RANGES_IN_FLIGHT: usize = 8;

/// How a file is cut, and how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scan<'a> {
    /// The target size of a chunk, in bytes.
    pub(crate) chunk_bytes: u64,
    /// The size of one request's range.
    pub(crate) range_bytes: u64,
    pub(crate) options: &'a ReadOptions,
    /// When it stops before the file's end; `None` if it may not. An invocation scans a range at least, so that
    /// every one comes further.
    pub(crate) stop_at: Option<Instant>,
    /// Whether the file may be a header alone.
    pub(crate) may_be_empty: bool,
}

/// What a scan came to.
pub(crate) enum Scanned {
    /// The file's end.
    Split(Split),
    /// The time to stop.
    Stopped(SplitProgress),
}

impl Scan<'_> {
    /// Splits the source into chunks, from where an earlier invocation stopped.
    pub(crate) async fn run(
        self,
        objects: &Objects,
        source: &Source,
        from: Option<SplitProgress>,
    ) -> Result<Scanned, Error> {
        let mut splitter = Splitter::new(source.size, self.chunk_bytes, self.options);
        while let (None, Some(range)) = (splitter.header(), splitter.next_in_order(self.range_bytes)) {
            push(&mut splitter, objects.read(source, range), source).await?;
        }
        if let Some(from) = from {
            splitter.go_on(from);
        }
        let mut stops = false;
        while let (false, Some(range)) = (stops, splitter.next_in_order(self.range_bytes)) {
            push(&mut splitter, objects.read(source, range), source).await?;
            stops = self.stops(&splitter, source)?;
        }
        if !stops {
            self.scan_ranges(&mut splitter, objects, source).await?;
        }
        match splitter.progress().filter(|progress| progress.plan.offset < source.size) {
            Some(progress) => Ok(Scanned::Stopped(progress)),
            None => {
                let split = if self.may_be_empty { splitter.finish_or_empty() } else { splitter.finish() };
                Ok(Scanned::Split(split.map_err(|error| not_a_lineup(source, error))?))
            }
        }
    }

    /// Scans the rest side by side, to its end or until it is time to stop.
    async fn scan_ranges(
        self,
        splitter: &mut Splitter,
        objects: &Objects,
        source: &Source,
    ) -> Result<(), Error> {
        let scans = splitter.ranges(self.range_bytes);
        let scans =
            scans.map(|(range, scan)| OwnedTask::spawn(scan_range(objects.read(source, range), scan)));
        let mut vectors = stream::iter(scans).map(OwnedTask::join).buffered(RANGES_IN_FLIGHT);
        // The first range is waited for, the others until it is time.
        let mut next = vectors.next().await;
        while let Some(vector) = next {
            splitter.advance(&vector?);
            if self.stops(splitter, source)? {
                return Ok(());
            }
            next = match self.stop_at {
                None => vectors.next().await,
                Some(stop_at) => timeout_at(stop_at.into(), vectors.next()).await.unwrap_or(None),
            };
        }
        Ok(())
    }

    /// Whether it is time to stop.
    fn stops(&self, splitter: &Splitter, source: &Source) -> Result<bool, Error> {
        if splitter.chunks() >= MAX_CHUNKS {
            let file = uri(&source.bucket, &source.key);
            return Err(Error::TooManyChunks { file, chunk_bytes: self.chunk_bytes });
        }
        Ok(self.stop_at.is_some_and(|stop_at| tokio::time::Instant::now() >= stop_at.into()))
    }
}

async fn push(splitter: &mut Splitter, mut reader: SourceReader, source: &Source) -> Result<(), Error> {
    while let Some(piece) = reader.next().await? {
        splitter.push(&piece).map_err(|error| not_a_lineup(source, error.into()))?;
    }
    Ok(())
}

fn not_a_lineup(source: &Source, error: SplitError) -> Error {
    let file = uri(&source.bucket, &source.key);
    match error {
        SplitError::Plan(PlanError::NoRows) => Error::NoRows { file },
        error => Error::NotALineup { file, source: Box::new(error) },
    }
}

/// Scans a range as it arrives. Scanning a piece takes microseconds, so it does not need a thread of its own.
async fn scan_range(mut reader: SourceReader, mut scan: RangeScan) -> Result<TransitionVector, Error> {
    while let Some(piece) = reader.next().await? {
        scan.push(&piece);
    }
    Ok(scan.finish())
}
