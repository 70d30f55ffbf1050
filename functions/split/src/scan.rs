//! Reads the source once, in concurrent ranges, and splits it into chunks.
//!
//! Bytes are scanned as they arrive and not kept. So memory holds only the connections' buffers and the
//! list of chunks, whatever the source's size.

use delimited::transition::{RangeScan, TransitionVector};
use futures::stream::{self, StreamExt};
use lineup::options::ReadOptions;
use lineup::splitter::{Split, Splitter};
use lineup_aws::object_store::uri;
use lineup_aws::objects::Objects;
use lineup_aws::source::SourceReader;
use lineup_aws::task::OwnedTask;
use lineup_contracts::Source;
use lineup_contracts::options::MAX_CHUNKS;

use crate::error::Error;

/// The size of one request's range. S3 advises requests for 8 to 16 MB
/// of a large object (S3 guide, "Performance design patterns for Amazon S3").
const RANGE_BYTES: u64 = 8 << 20;

/// The number of concurrent requests. S3 advises one for each 85 to 90 MB/s of the wanted
/// rate (same page). Eight ask for more than a function's network carries.
const RANGES_IN_FLIGHT: usize = 8;

/// Splits the source into chunks of about `chunk_bytes`.
pub(crate) async fn split(
    objects: &Objects,
    source: &Source,
    chunk_bytes: u64,
    options: &ReadOptions,
) -> Result<Split, Error> {
    let file = || uri(&source.bucket, &source.key);
    let not_a_lineup = |error| Error::NotALineup { file: file(), source: Box::new(error) };
    let mut splitter = Splitter::new(source.size, chunk_bytes, options);
    while let Some(range) = splitter.next_in_order(RANGE_BYTES) {
        let mut reader = objects.read(source, range);
        while let Some(piece) = reader.next().await? {
            splitter.push(&piece).map_err(|error| not_a_lineup(error.into()))?;
        }
        check(&splitter, source, chunk_bytes)?;
    }
    let scans = splitter.ranges(RANGE_BYTES);
    let scans = scans.map(|(range, scan)| OwnedTask::spawn(scan_range(objects.read(source, range), scan)));
    let mut vectors = stream::iter(scans).map(OwnedTask::join).buffered(RANGES_IN_FLIGHT);
    while let Some(vector) = vectors.next().await {
        splitter.advance(&vector?);
        check(&splitter, source, chunk_bytes)?;
    }
    splitter.finish().map_err(not_a_lineup)
}

fn check(splitter: &Splitter, source: &Source, chunk_bytes: u64) -> Result<(), Error> {
    if splitter.chunks() < MAX_CHUNKS {
        return Ok(());
    }
    Err(Error::TooManyChunks { file: uri(&source.bucket, &source.key), chunk_bytes })
}

/// Scans a range as it arrives. Scanning a piece takes microseconds, so it does not need a thread of its own.
async fn scan_range(mut reader: SourceReader, mut scan: RangeScan) -> Result<TransitionVector, Error> {
    while let Some(piece) = reader.next().await? {
        scan.push(&piece);
    }
    Ok(scan.finish())
}
