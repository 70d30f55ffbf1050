//! The list of kept keys, once keys of it are removed.

use lineup_aws::imports::Imports;
use lineup_aws::key_merge::KeyMerge;
use lineup_aws::lineups::Lineup;
use lineup_contracts::Manifest;
use lineup_versions::{PerformerRange, RunWriter};

use crate::error::Error;

/// Leaves only the keys of performers with a rejected row in the list of kept keys: the others are removed. It can be repeated.
pub(crate) async fn keep_spared(imports: &Imports, manifest: &Manifest) -> Result<(), Error> {
    let (lineup, import_id) = (Lineup::of(imports, manifest), manifest.import_id);
    let Some(list) = lineup.kept_keys(import_id).await? else { return Ok(()) };
    let rejected = imports.rejected_performers(import_id).await?;
    let mut lists = [list.into()];
    let mut kept = KeyMerge::new(&mut lists, &PerformerRange::default());
    // As many as there are rejected rows, or sets of their performers: they are held in memory where they are compared, too.
    let (mut spared, mut bytes, mut keys) = (RunWriter::new(), Vec::new(), 0_u64);
    while kept.advance().await? {
        if rejected.has(&kept.entry().key.performer) {
            spared.push(kept.entry(), &mut bytes)?;
            keys += 1;
        }
    }
    if keys == 0 {
        return Ok(lineup.forget_kept_keys(import_id).await?);
    }
    spared.finish(&mut bytes)?;
    Ok(lineup.replace_kept_keys(import_id, bytes).await?)
}
