//! What the guard kept, once the planner has said that the file is the whole lineup: `lineup rerun --replace`.

use lineup_aws::imports::Imports;
use lineup_aws::lineups::Lineup;
use lineup_contracts::VersionChanges;
use lineup_versions::{KeptBecause, Merge, MergeStep, PerformerRange, ReplaceMode, guard};
use uuid::Uuid;

use crate::error::Error;
use crate::left::ListedKeys;

/// Makes the keys obsolete that the guard kept, but those of performers with a rejected row. Where `--replace always` would
/// remove nothing either, says why.
///
/// The list of kept keys stays as it is until they are removed: if that fails, the next version is compared with them.
pub(crate) async fn let_go(
    imports: &Imports,
    lineup: &Lineup,
    import_id: Uuid,
    found: VersionChanges,
) -> Result<VersionChanges, Error> {
    // A repeat finds that nothing is kept any more.
    if !found.kept.as_ref().is_some_and(KeptBecause::yields_to_always) {
        return Ok(found);
    }
    let rejected = imports.rejected_performers(import_id).await?;
    let kept = guard(ReplaceMode::Always, &found.differences, &rejected).err();
    let (mut obsolete, mut spared) = (0, 0);
    if kept.is_none()
        && let Some(mut list) = lineup.kept_keys(import_id).await?
    {
        let mut keys = ListedKeys::new(imports.obsolete_writer(import_id));
        let mut merge = Merge::new(vec![list.index().clone()], &PerformerRange::default());
        loop {
            match merge.step()? {
                MergeStep::Needs(run) => list.supply(&mut merge, run).await?,
                MergeStep::Entry if rejected.has(&merge.entry().key.performer) => spared += 1,
                MergeStep::Entry => keys.push(merge.entry()).await?,
                MergeStep::Done => break,
            }
        }
        obsolete = keys.finish().await?;
    }
    let changes = VersionChanges { let_go: kept.is_none(), kept, obsolete, spared, ..found };
    imports.replace_changes(import_id, &changes).await?;
    Ok(changes)
}
