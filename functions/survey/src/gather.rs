//! Gathers the runs of neighbouring chunks into one. What a group leaves is what a chunk of all its rows would leave.

use std::pin::pin;

use futures::{StreamExt, TryStreamExt, stream};
use lineup::survey::Facts;
use lineup_aws::imports::SurveyPass;
use lineup_aws::key_merge::{KeyMerge, RunSource};
use lineup_contracts::GatheredRuns;
use lineup_versions::{PerformerRange, RejectedPerformers, SkippedOffsets};

use crate::error::Error;

/// How many small objects are read at a time.
const READS_IN_FLIGHT: usize = 16;
/// How much of a run is read at once. 256 runs, of which two pieces are held each, take 128 MiB.
const READ_BYTES: u64 = 256 << 10;

/// Gathers what the pass before left of a group: run, facts, rows that are replaced, performers of rejected rows.
pub(crate) async fn gather(
    pass: SurveyPass<'_>,
    before: SurveyPass<'_>,
    gathers: GatheredRuns,
    group: u32,
) -> Result<Facts, Error> {
    let numbers: Vec<u32> = gathers.of_group(group).collect();
    let facts = before.facts(numbers.iter().copied()).await?;
    gather_runs(pass, before, &numbers, group).await?;
    if facts.rejects.count > 0 {
        pass.put_rejected(group, &rejected(before, &numbers).await?).await?;
    }
    pass.put_facts(group, &facts).await?;
    Ok(facts)
}

async fn gather_runs(
    pass: SurveyPass<'_>,
    before: SurveyPass<'_>,
    numbers: &[u32],
    group: u32,
) -> Result<(), Error> {
    let open = |number: &u32| {
        let place = before.run_place(*number);
        async move { Ok::<_, Error>(place.open_written().await?.reading(READ_BYTES).into()) }
    };
    let opened = stream::iter(numbers).map(open).buffered(READS_IN_FLIGHT);
    let mut runs: Vec<RunSource> = opened.try_collect().await?;
    let (mut keys, mut run) =
        (KeyMerge::new(&mut runs, &PerformerRange::default()), pass.run_place(group).writer());
    let mut replaced = Vec::new();
    while keys.advance().await? {
        replaced.extend(keys.losers().iter().map(|loser| loser.offset));
        run.push(keys.entry()).await?;
    }
    let mut of_chunks =
        pin!(stream::iter(numbers).map(|number| before.replaced(*number)).buffered(READS_IN_FLIGHT));
    while let Some(of_chunk) = of_chunks.try_next().await? {
        replaced.extend_from_slice(of_chunk.as_slice());
    }
    pass.put_replaced(group, &SkippedOffsets::new(replaced)).await?;
    run.finish().await?;
    Ok(())
}

async fn rejected(before: SurveyPass<'_>, numbers: &[u32]) -> Result<RejectedPerformers, Error> {
    let mut all = RejectedPerformers::default();
    let mut each =
        pin!(stream::iter(numbers).map(|number| before.rejected(*number)).buffer_unordered(READS_IN_FLIGHT));
    while let Some(rejected) = each.try_next().await? {
        all.fold(rejected);
    }
    Ok(all)
}
