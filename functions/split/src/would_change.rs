//! What an import of a file would change, of a dry run. Nothing is written, and no hold is taken.

use lineup_aws::imports::Imports;
use lineup_aws::key_list::KeyList;
use lineup_aws::lineups::Lineup;
use lineup_contracts::{Manifest, VersionChanges};
use lineup_versions::{
    ComparedVersion, Comparison, ComparisonStep, Differences, DoubleBookings, Index, Merge, PerformerRange,
    RejectedPerformers, RunError, guard,
};

use crate::error::Error;
use crate::keys::ChunkRun;

/// What a dry run says of the file's keys.
pub(crate) struct WouldChange {
    /// How the file differs from the current version; `None` if there is none.
    pub(crate) changes: Option<VersionChanges>,
    /// Performers that are on two stages at once.
    pub(crate) double_bookings: DoubleBookings,
}

/// Compares the runs of a file with the lists of the current version: what it has, and what stayed of versions before it.
pub(crate) async fn would_change(
    imports: &Imports,
    draft: &Manifest,
    runs: &[ChunkRun],
    rejected: &RejectedPerformers,
) -> Result<WouldChange, Error> {
    let lineup = Lineup::of(imports, draft);
    let before = lineup.versions().await?.current.map(|version| version.import_id);
    let mut lists = Vec::new();
    if let Some(before) = before {
        lists.extend(lineup.keys(before).await?);
        if !lists.is_empty() {
            lists.extend(lineup.kept_keys(before).await?);
        }
    }
    let not_compared = before.filter(|_| lists.is_empty()).into_iter().collect();
    let Compared { differences, mut obsolete, mut spared } = compare(runs, lists, rejected).await?;
    let kept = match obsolete {
        0 => None,
        _ => guard(draft.replace, &differences, rejected).err(),
    };
    if kept.is_some() {
        (obsolete, spared) = (0, 0);
    }
    let double_bookings = differences.double_bookings.clone();
    let changes = before.map(|_| VersionChanges {
        before,
        differences,
        kept,
        obsolete,
        spared,
        not_compared,
        ..VersionChanges::default()
    });
    Ok(WouldChange { changes, double_bookings })
}

struct Compared {
    differences: Differences,
    /// Keys that the file does not have.
    obsolete: u64,
    /// Those of them that would stay, because a row of their performer is rejected; they are not counted as obsolete.
    spared: u64,
}

async fn compare(
    runs: &[ChunkRun],
    mut lists: Vec<KeyList>,
    rejected: &RejectedPerformers,
) -> Result<Compared, Error> {
    let all = PerformerRange::default();
    let indexes = runs.iter().map(|run| Index::of_run(&run.bytes)).collect::<Result<_, _>>()?;
    let before = Merge::new(lists.iter().map(|list| list.index().clone()).collect(), &all);
    let mut comparison = Comparison::new(Merge::new(indexes, &all), Some(before), Vec::new());
    let (mut obsolete, mut spared) = (0, 0);
    loop {
        match comparison.step()? {
            ComparisonStep::Needs { version, run } => {
                let merge = comparison.merge(version).ok_or(RunError::NotAsked)?;
                match (version, lists.get_mut(run)) {
                    (ComparedVersion::New, _) => merge.supply_from(run, &runs[run].bytes)?,
                    (_, Some(list)) => list.supply(merge, run).await?,
                    (_, None) => return Err(RunError::NotAsked.into()),
                }
            }
            ComparisonStep::Key(change) if change.is_obsolete() => {
                match rejected.has(&comparison.entry().key.performer) {
                    true => spared += 1,
                    false => obsolete += 1,
                }
            }
            ComparisonStep::Key(_) => {}
            ComparisonStep::Done => break,
        }
    }
    Ok(Compared { differences: comparison.finish(), obsolete, spared })
}
