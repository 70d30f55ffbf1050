//! Decides how the file is read, and writes the manifest that says so.

use std::collections::BTreeSet;

use lineup::reading::Reading;
use lineup::survey::{self, Facts, notes, warnings};
use lineup_aws::imports::Imports;
use lineup_aws::lineups::Lineup;
use lineup_contracts::{DryRun, Manifest, Survey};
use lineup_versions::{DoubleBookings, RejectedPerformers, ReplaceMode};
use uuid::Uuid;

use crate::error::Error;
use crate::keys::{self, ChunkRun, FileKeys};
use crate::upload::Upload;
use crate::would_change::would_change;

/// What a pass of the survey found, and how the rows were read in it.
pub(crate) struct Surveyed {
    pub(crate) survey: Survey,
    pub(crate) facts: Facts,
    /// The runs of the chunks; `None` if the file is too large for them to be merged.
    pub(crate) runs: Option<Vec<ChunkRun>>,
    /// The performers of rejected rows.
    pub(crate) rejected: RejectedPerformers,
}

/// How the file is read.
pub(crate) fn decide(facts: &Facts, upload: &Upload, draft: &Manifest) -> Result<Reading, Error> {
    let decided = survey::decide(facts, &upload.options, &draft.columns, draft.origin());
    decided.map_err(|source| Error::Undecided { file: upload.uri(), source: Box::new(source) })
}

/// What the message says of a file that is too large for its runs to be merged.
const NOT_EXACT: &str = "The file has more than 1 GiB of text: where two of its chunks have a set of one performer, stage, \
    date and start, which of the rows stays is not defined, and nothing of an earlier version is removed.";

/// Writes the list of the file's keys, that of its names, and which rows are left out because another chunk has their key. Returns the chunks that
/// have such rows, and which performers are on two stages at once.
async fn put_keys(
    imports: &Imports,
    lineup: &Lineup,
    import_id: Uuid,
    runs: &[ChunkRun],
) -> Result<(BTreeSet<u32>, DoubleBookings), Error> {
    let FileKeys { skips, double_bookings, names } = keys::write(runs, lineup.keys_writer(import_id)).await?;
    if let Some(names) = names {
        lineup.put_names(import_id, names).await?;
    }
    for (chunk, skips) in &skips {
        imports.put_skips(import_id, *chunk, skips).await?;
    }
    Ok((skips.into_keys().collect(), double_bookings))
}

/// Completes the draft with what was surveyed, and writes it: a manifest means that the split is complete.
pub(crate) async fn write_manifest(
    imports: &Imports,
    upload: &Upload,
    surveyed: Surveyed,
) -> Result<Manifest, Error> {
    let Surveyed { survey: Survey { mut draft, header_encoding }, facts, runs, rejected } = surveyed;
    // A file without rows takes its lineup out, if that is said.
    if facts.rows == 0 && draft.replace != ReplaceMode::Always {
        return Err(Error::NoRows { file: upload.uri() });
    }
    let understood = notes(&draft.columns, header_encoding, &draft.reading, &facts, draft.origin());
    draft.warnings = warnings(&facts, &draft.reading, draft.origin());
    draft.notes.extend(understood);
    let mut changes = None;
    match runs {
        Some(runs) if upload.dry_run => {
            let found = would_change(imports, &draft, &runs, &rejected).await?;
            draft.warnings.extend(found.double_bookings.warning());
            changes = found.changes;
        }
        Some(runs) => {
            imports.put_rejected_performers(upload.import_id, &rejected).await?;
            let lineup = Lineup::of(imports, &draft);
            let (skips, found) = put_keys(imports, &lineup, upload.import_id, &runs).await?;
            draft.skips = skips;
            draft.warnings.extend(found.warning());
        }
        None => draft.notes.push(NOT_EXACT.to_owned()),
    }
    draft.dry_run = upload.dry_run.then_some(DryRun { rows: facts.rows, rejects: facts.rejects, changes });
    imports.put_manifest(&draft).await?;
    Ok(draft)
}
