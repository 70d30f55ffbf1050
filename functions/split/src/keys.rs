//! Merges the keys of all parts of a file: which keys the file has, and which rows are not to be written, because a row further down the
//! file has their key.
//!
//! Chunks load side by side, so that without it chance would decide which of two rows stays. Rows of one
//! chunk `load` puts into their order itself.
//!
//! Many keys are merged in several ranges of performers, one after the other, and the list of the keys has a part for each. An
//! invocation that has not the time for the next range stops; the next one goes on there.

use std::time::Instant;

use lineup_aws::imports::SurveyPass;
use lineup_aws::key_list_writer::{KeyListPlace, KeyListWriter};
use lineup_aws::key_merge::{KeyMerge, RANGE_TIME, RunSource};
use lineup_contracts::MergedRange;
use lineup_versions::{
    DoubleBookingFinder, DoubleBookings, NameIndex, NameListBuilder, PerformerRange, SkippedOffsets,
    cut_ranges, read_names,
};

use crate::error::Error;
use crate::losers::Losers;
use crate::runs::FileRuns;

/// What the keys of a file say, besides their list.
#[derive(Debug)]
pub(crate) struct FileKeys<'i> {
    /// The rows that lose their key to a row of another part.
    pub(crate) losers: Losers<'i>,
    /// Performers that are on two stages at once.
    pub(crate) double_bookings: DoubleBookings,
    /// The list of its performers and stages; `None` if there are too many.
    pub(crate) names: Option<Vec<u8>>,
}

/// Writes the list of all keys, in ranges of `range_keys`. `None` if it was time to stop before the last one.
///
/// # Errors
/// A run is damaged; or the list cannot be written.
pub(crate) async fn write<'i>(
    runs: &mut FileRuns<'i>,
    list: &KeyListPlace,
    range_keys: u64,
    stop_at: Instant,
) -> Result<Option<FileKeys<'i>>, Error> {
    let ranges = cut_ranges(runs.sources.iter().map(RunSource::index), range_keys);
    match runs.pass() {
        Some(pass) if ranges.len() > 1 => write_ranges(&mut runs.sources, &ranges, list, pass, stop_at).await,
        _ => Ok(Some(write_whole(&mut runs.sources, list).await?)),
    }
}

/// Writes the list in a part for each range. At least one is written, whatever the time.
async fn write_ranges<'i>(
    runs: &mut [RunSource],
    ranges: &[PerformerRange],
    list: &KeyListPlace,
    pass: SurveyPass<'i>,
    stop_at: Instant,
) -> Result<Option<FileKeys<'i>>, Error> {
    let mut worked = false;
    for (number, range) in (1..).zip(ranges) {
        if pass.range(number).await?.is_some() {
            continue;
        }
        if worked && Instant::now() + RANGE_TIME > stop_at {
            return Ok(None);
        }
        worked = true;
        write_range(runs, range, list.part(number), pass, number).await?;
    }
    Ok(Some(fold_ranges(pass, ranges.len(), list).await?))
}

/// Writes the list as one object.
async fn write_whole<'i>(runs: &mut [RunSource], list: &KeyListPlace) -> Result<FileKeys<'i>, Error> {
    let merged = merge(runs, &PerformerRange::default(), list.writer()).await?;
    Ok(FileKeys {
        losers: Losers::Held(merged.losers),
        double_bookings: merged.double_bookings,
        names: merged.names.finish()?,
    })
}

/// Writes a part of the list, and what was found of its range.
async fn write_range(
    runs: &mut [RunSource],
    range: &PerformerRange,
    part: KeyListPlace,
    pass: SurveyPass<'_>,
    number: usize,
) -> Result<(), Error> {
    let Merged { losers, double_bookings, names } = merge(runs, range, part.writer()).await?;
    let found = MergedRange { losers: losers.as_slice().len() as u64, double_bookings };
    Ok(pass.put_range(number, &found, &losers, names.finish()?).await?)
}

/// Completes the list, once all its parts are written.
async fn fold_ranges<'i>(
    pass: SurveyPass<'i>,
    ranges: usize,
    list: &KeyListPlace,
) -> Result<FileKeys<'i>, Error> {
    let mut folded = MergedRange::default();
    let mut names = Some(NameListBuilder::default());
    for number in 1..=ranges {
        let found = pass.range(number).await?.unwrap_or_default();
        folded.losers += found.losers;
        folded.double_bookings.fold(found.double_bookings);
        names = match (names, pass.range_names(number).await?) {
            (Some(mut names), Some(list)) => {
                add_names(&mut names, &list)?;
                Some(names)
            }
            _ => None,
        };
    }
    list.put_parts((1..=ranges).map(|number| list.part(number))).await?;
    Ok(FileKeys {
        losers: Losers::of_ranges(pass, ranges, folded.losers).await?,
        double_bookings: folded.double_bookings,
        names: names.map(NameListBuilder::finish).transpose()?.flatten(),
    })
}

fn add_names(names: &mut NameListBuilder, list: &[u8]) -> Result<(), Error> {
    let index = NameIndex::of_list(list)?;
    for place in index.all() {
        let block = list.get(place.bytes()).unwrap_or_default();
        read_names(place, block, |kind, name| names.insert(kind, name))?;
    }
    Ok(())
}

/// What a range of the keys says.
struct Merged {
    losers: SkippedOffsets,
    double_bookings: DoubleBookings,
    names: NameListBuilder,
}

async fn merge(
    runs: &mut [RunSource],
    range: &PerformerRange,
    mut list: KeyListWriter,
) -> Result<Merged, Error> {
    let mut keys = KeyMerge::new(runs, range);
    let mut losers = Vec::new();
    let (mut finder, mut names) = (DoubleBookingFinder::default(), NameListBuilder::default());
    while keys.advance().await? {
        losers.extend(keys.losers().iter().map(|loser| loser.offset));
        finder.add(keys.entry())?;
        names.add(&keys.entry().key);
        list.push(keys.entry()).await?;
    }
    list.finish().await?;
    Ok(Merged { losers: SkippedOffsets::new(losers), double_bookings: finder.finish(), names })
}
