//! What the guard kept, once the planner has said that the file is the whole lineup: `lineup rerun --replace`.

use lineup_aws::imports::Imports;
use lineup_aws::key_merge::KeyMerge;
use lineup_aws::lineups::Lineup;
use lineup_contracts::VersionChanges;
use lineup_versions::{KeptBecause, PerformerRange, ReplaceMode, guard};
use uuid::Uuid;

use crate::error::Error;

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
        && let Some(list) = lineup.kept_keys(import_id).await?
    {
        let mut let_go = imports.obsolete_place(import_id).writer();
        let mut lists = [list.into()];
        let mut keys = KeyMerge::new(&mut lists, &PerformerRange::default());
        while keys.advance().await? {
            match rejected.has(&keys.entry().key.performer) {
                true => spared += 1,
                false => let_go.push(keys.entry()).await?,
            }
        }
        obsolete = let_go.finish_unless_empty().await?;
    }
    let changes = VersionChanges { let_go: kept.is_none(), kept, obsolete, spared, ..found };
    imports.replace_changes(import_id, &changes).await?;
    Ok(changes)
}
