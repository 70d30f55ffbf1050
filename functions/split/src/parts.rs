//! The parts of the text that were surveyed: its chunks, or groups of them.

use delimited::Chunk;
use lineup_aws::imports::{Imports, SurveyPass};
use lineup_contracts::Survey;

use crate::error::Error;

/// The parts of the text that were surveyed.
pub(crate) enum SurveyedParts<'i> {
    /// These chunks.
    Chunks(&'i [Chunk]),
    /// Those of a pass.
    Of(SurveyPass<'i>),
}

/// The parts of the text that the runs of a pass are of: its chunks, or groups of them.
pub(crate) async fn parts(
    imports: &Imports,
    pass: SurveyPass<'_>,
    survey: &Survey,
    chunks: Vec<Chunk>,
) -> Result<Vec<Chunk>, Error> {
    let Some(gathers) = survey.gathers else { return Ok(chunks) };
    let mut parts = chunks;
    for earlier in 2..pass.pass() {
        let earlier = imports.survey_pass(survey.draft.import_id, earlier).begun().await?;
        if let Some(gathers) = earlier.gathers {
            parts = gathers.items(&parts);
        }
    }
    Ok(gathers.items(&parts))
}
