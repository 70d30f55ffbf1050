//! Decides how the file is read, and writes the manifest that says so.

use lineup::reading::Reading;
use lineup::survey::{Facts, decide, notes, warnings};
use lineup_aws::imports::Imports;
use lineup_contracts::{DryRun, Manifest, Survey};

use crate::error::Error;
use crate::upload::Upload;

/// What a pass of the survey found, and how the rows were read in it.
pub(crate) struct Surveyed {
    pub(crate) survey: Survey,
    pub(crate) facts: Facts,
}

impl Surveyed {
    /// How the file is read.
    pub(crate) fn decide(&self, upload: &Upload) -> Result<Reading, Error> {
        let columns = &self.survey.draft.columns;
        let undecided = |source| Error::Undecided { file: upload.uri(), source };
        decide(&self.facts, &upload.options, columns, self.survey.draft.origin()).map_err(undecided)
    }
}

/// Completes the draft with what was surveyed, and writes it: a manifest means that the split is complete.
pub(crate) async fn write_manifest(
    imports: &Imports,
    upload: &Upload,
    surveyed: Surveyed,
) -> Result<Manifest, Error> {
    let Surveyed { survey: Survey { mut draft, header_encoding }, facts } = surveyed;
    if facts.rows == 0 {
        return Err(Error::NoRows { file: upload.uri() });
    }
    let understood = notes(&draft.columns, header_encoding, &draft.reading, &facts, draft.origin());
    draft.warnings = warnings(&facts, &draft.reading, draft.origin());
    draft.notes.extend(understood);
    draft.dry_run = upload.dry_run.then_some(DryRun { rows: facts.rows, rejects: facts.rejects });
    imports.put_manifest(&draft).await?;
    Ok(draft)
}
