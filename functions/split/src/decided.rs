//! Decides how the file is read, and writes the manifest that says so.

use std::collections::BTreeSet;
use std::time::Instant;

use lineup::reading::Reading;
use lineup::survey::{self, Facts, notes, warnings};
use lineup_aws::lineups::Lineup;
use lineup_contracts::{DryRun, Manifest, Survey};
use lineup_versions::{DoubleBookings, RejectedPerformers, ReplaceMode};

use crate::context::SplitContext;
use crate::error::Error;
use crate::parts::SurveyedParts;
use crate::runs::FileRuns;
use crate::upload::Upload;
use crate::would_change::would_change;
use crate::{keys, losers, parts};

/// What a pass of the survey found, and how the rows were read in it.
pub(crate) struct Surveyed<'i> {
    pub(crate) survey: Survey,
    pub(crate) facts: Facts,
    /// The runs of the chunks, or of groups of them.
    pub(crate) runs: FileRuns<'i>,
    /// What the runs are of.
    pub(crate) parts: SurveyedParts<'i>,
    /// The performers of rejected rows.
    pub(crate) rejected: RejectedPerformers,
}

/// How the file is read.
pub(crate) fn decide(facts: &Facts, upload: &Upload, draft: &Manifest) -> Result<Reading, Error> {
    let decided = survey::decide(facts, &upload.options, &draft.columns, draft.origin());
    decided.map_err(|source| Error::Undecided { file: upload.uri(), source: Box::new(source) })
}

/// Writes the list of the file's keys, that of its names, and which rows are left out because another chunk has their key. Returns the chunks that
/// have such rows, and which performers are on two stages at once; `None` if it was time to stop before.
async fn put_keys(
    context: &SplitContext,
    draft: &Survey,
    runs: &mut FileRuns<'_>,
    parts: &SurveyedParts<'_>,
    stop_at: Instant,
) -> Result<Option<(BTreeSet<u32>, DoubleBookings)>, Error> {
    let (imports, import_id) = (&context.imports, draft.draft.import_id);
    let lineup = Lineup::of(imports, &draft.draft);
    let list = lineup.keys_place(import_id);
    let Some(keys) = keys::write(runs, &list, context.merging.range_keys, stop_at).await? else {
        return Ok(None);
    };
    if let Some(names) = keys.names {
        lineup.put_names(import_id, names).await?;
    }
    if !losers::any(runs, &keys.losers) {
        return Ok(Some((BTreeSet::new(), keys.double_bookings)));
    }
    let skips = match parts {
        SurveyedParts::Chunks(chunks) => {
            losers::put_skips(imports, import_id, runs, &keys.losers, (chunks, chunks)).await?
        }
        SurveyedParts::Of(pass) => {
            let chunks = imports.chunks(import_id).await?;
            let parts = parts::parts(imports, *pass, draft, chunks.clone()).await?;
            losers::put_skips(imports, import_id, runs, &keys.losers, (&parts, &chunks)).await?
        }
    };
    Ok(Some((skips, keys.double_bookings)))
}

/// Completes the draft with what was surveyed, and writes it: a manifest means that the split is complete. `None` if it was time to stop
/// before.
pub(crate) async fn write_manifest(
    context: &SplitContext,
    upload: &Upload,
    surveyed: Surveyed<'_>,
    stop_at: Instant,
) -> Result<Option<Manifest>, Error> {
    let imports = &context.imports;
    let Surveyed { mut survey, facts, mut runs, parts, rejected } = surveyed;
    // A file without rows takes its lineup out, if that is said.
    if facts.rows == 0 && survey.draft.replace != ReplaceMode::Always {
        return Err(Error::NoRows { file: upload.uri() });
    }
    let mut changes = None;
    let (skips, double_bookings) = if upload.dry_run {
        let found = would_change(imports, &survey.draft, runs.sources, &rejected).await?;
        changes = found.changes;
        (BTreeSet::new(), found.double_bookings)
    } else {
        imports.put_rejected_performers(upload.import_id, &rejected).await?;
        match put_keys(context, &survey, &mut runs, &parts, stop_at).await? {
            Some(put) => put,
            None => return Ok(None),
        }
    };
    let Survey { ref mut draft, header_encoding, .. } = survey;
    let understood = notes(&draft.columns, header_encoding, &draft.reading, &facts, draft.origin());
    draft.warnings = warnings(&facts, &draft.reading, draft.origin());
    draft.warnings.extend(double_bookings.warning());
    draft.notes.extend(understood);
    draft.skips = skips;
    draft.dry_run = upload.dry_run.then_some(DryRun { rows: facts.rows, rejects: facts.rejects, changes });
    imports.put_manifest(draft).await?;
    Ok(Some(survey.draft))
}
