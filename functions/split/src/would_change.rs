//! What an import of a file would change, of a dry run. Nothing is written, and no hold is taken.

use lineup_aws::imports::Imports;
use lineup_aws::key_merge::{ComparedRuns, KeyComparison, RunSource};
use lineup_aws::lineups::Lineup;
use lineup_contracts::{Manifest, VersionChanges};
use lineup_versions::{Differences, DoubleBookings, PerformerRange, RejectedPerformers, guard};

use crate::error::Error;

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
    new: Vec<RunSource>,
    rejected: &RejectedPerformers,
) -> Result<WouldChange, Error> {
    let lineup = Lineup::of(imports, draft);
    let current = lineup.versions().await?.current.map(|version| version.import_id);
    let mut before = Vec::new();
    if let Some(current) = current {
        before.extend(lineup.keys(current).await?.map(RunSource::from));
        if !before.is_empty() {
            before.extend(lineup.kept_keys(current).await?.map(RunSource::from));
        }
    }
    let not_compared = current.filter(|_| before.is_empty()).into_iter().collect();
    let runs = ComparedRuns { new, before, others: Vec::new() };
    let Compared { differences, mut obsolete, mut spared } = compare(runs, rejected).await?;
    let kept = match obsolete {
        0 => None,
        _ => guard(draft.replace, &differences, rejected).err(),
    };
    if kept.is_some() {
        (obsolete, spared) = (0, 0);
    }
    let double_bookings = differences.double_bookings.clone();
    let changes = current.map(|_| VersionChanges {
        before: current,
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

async fn compare(mut runs: ComparedRuns, rejected: &RejectedPerformers) -> Result<Compared, Error> {
    let mut comparison = KeyComparison::new(&mut runs, &PerformerRange::default());
    let (mut obsolete, mut spared) = (0, 0);
    while let Some(change) = comparison.advance().await? {
        match change.is_obsolete() {
            true if rejected.has(&comparison.entry().key.performer) => spared += 1,
            true => obsolete += 1,
            false => {}
        }
    }
    Ok(Compared { differences: comparison.finish(), obsolete, spared })
}
