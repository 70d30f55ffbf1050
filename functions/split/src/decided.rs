//! Decides how the file is read, and writes the manifest that says so.

use std::collections::BTreeSet;

use lineup::reading::Reading;
use lineup::survey::{self, Facts, notes, warnings};
use lineup_aws::imports::Imports;
use lineup_aws::lineups::Lineup;
use lineup_contracts::{DryRun, Manifest, Survey};
use lineup_versions::RejectedPerformers;
use uuid::Uuid;

use crate::error::Error;
use crate::keys::{self, ChunkRun};
use crate::upload::Upload;

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

/// Writes the list of the file's keys, and which rows are left out because another chunk has their key. Returns the chunks that
/// have such rows.
async fn put_keys(
    imports: &Imports,
    lineup: &Lineup,
    import_id: Uuid,
    runs: &[ChunkRun],
) -> Result<BTreeSet<u32>, Error> {
    let found = keys::write(runs, lineup.keys_writer(import_id)).await?;
    for (chunk, skips) in &found {
        imports.put_skips(import_id, *chunk, skips).await?;
    }
    Ok(found.into_keys().collect())
}

/// Completes the draft with what was surveyed, and writes it: a manifest means that the split is complete.
pub(crate) async fn write_manifest(
    imports: &Imports,
    upload: &Upload,
    surveyed: Surveyed,
) -> Result<Manifest, Error> {
    let Surveyed { survey: Survey { mut draft, header_encoding }, facts, runs, rejected } = surveyed;
    if facts.rows == 0 {
        return Err(Error::NoRows { file: upload.uri() });
    }
    let understood = notes(&draft.columns, header_encoding, &draft.reading, &facts, draft.origin());
    draft.warnings = warnings(&facts, &draft.reading, draft.origin());
    draft.notes.extend(understood);
    match runs {
        Some(_) if upload.dry_run => {}
        Some(runs) => {
            imports.put_rejected_performers(upload.import_id, &rejected).await?;
            let lineup = Lineup::of(imports, &draft);
            draft.skips = put_keys(imports, &lineup, upload.import_id, &runs).await?;
        }
        None => draft.notes.push(NOT_EXACT.to_owned()),
    }
    draft.dry_run = upload.dry_run.then_some(DryRun { rows: facts.rows, rejects: facts.rejects });
    imports.put_manifest(&draft).await?;
    Ok(draft)
}
