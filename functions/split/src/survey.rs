//! Surveys the rows before the first of them is loaded, as far as `split` does that itself.

use std::collections::BTreeMap;

use delimited::Chunk;
use lineup::row::RowAbove;
use lineup::survey::{Facts, Surveyor};
use lineup_aws::objects::Objects;
use lineup_contracts::{Manifest, Survey};
use lineup_versions::{ChunkSurveyor, FinishedRun, RejectedPerformers, SurveyedChunk};

use crate::decided::{Surveyed, decide};
use crate::error::Error;
use crate::parts::SurveyedParts;
use crate::runs::FileRuns;
use crate::upload::Upload;

/// What the rows of neighbouring chunks say.
#[derive(Default)]
pub(crate) struct SurveyedRows {
    pub(crate) facts: Facts,
    /// The date and stage of the row above each chunk but the first, where blank ones are filled.
    pub(crate) above: BTreeMap<u32, RowAbove>,
    /// The run of each chunk.
    pub(crate) runs: Vec<FinishedRun>,
    /// The performers of rejected rows.
    pub(crate) rejected: RejectedPerformers,
}

impl SurveyedRows {
    fn add(&mut self, surveyed: SurveyedChunk) {
        self.facts.merge(surveyed.facts);
        self.rejected.fold(surveyed.rejected);
        self.runs.extend(surveyed.run);
    }
}

/// Surveys all chunks of a file. Surveys them once more if rows were read in an order or an encoding that the decision
/// does not confirm.
pub(crate) async fn survey<'i>(
    objects: &Objects,
    upload: &Upload,
    mut survey: Survey,
    chunks: &'i [Chunk],
) -> Result<Surveyed<'i>, Error> {
    let first = run(objects, &survey.draft, chunks).await?;
    let reading = decide(&first.facts, upload, &survey.draft)?;
    let SurveyedRows { facts, above, runs, rejected } = if reading == survey.draft.reading {
        first
    } else {
        survey.draft.reading = reading;
        run(objects, &survey.draft, chunks).await?
    };
    survey.draft.above = above;
    let (runs, parts) = (FileRuns::of_chunks(runs)?, SurveyedParts::Chunks(chunks));
    Ok(Surveyed { survey, facts, runs, parts, rejected })
}

/// Reads the rows of neighbouring `chunks` of the draft's text by its reading.
pub(crate) async fn run(
    objects: &Objects,
    draft: &Manifest,
    chunks: &[Chunk],
) -> Result<SurveyedRows, Error> {
    let [first, rest @ ..] = chunks else { return Ok(SurveyedRows::default()) };
    let surveyor = |chunk: &Chunk, above: RowAbove| {
        let Manifest { dialect, columns, reading, .. } = draft;
        let surveyor = Surveyor::new(*dialect, columns, reading, chunk.start, chunk.first_line);
        ChunkSurveyor::new(surveyor.with_above(above), true)
    };
    let end = rest.last().unwrap_or(first).end;
    let mut source = objects.read(draft.text(), first.start..end);
    let mut found = SurveyedRows::default();
    let mut current = surveyor(first, RowAbove::default());
    let (mut at, mut rest) = (first.start, rest);
    while let Some(piece) = source.next().await? {
        let mut piece = &piece[..];
        while let Some(next) = rest.first().filter(|next| next.start <= at + piece.len() as u64) {
            let (own, others) = piece.split_at(usize::try_from(next.start - at).unwrap_or(piece.len()));
            current.push(own);
            let surveyed = current.finish()?;
            let above = surveyed.above.clone();
            found.add(surveyed);
            if draft.reading.fill_down {
                found.above.insert(next.chunk, above.clone());
            }
            current = surveyor(next, above);
            (at, piece, rest) = (next.start, others, &rest[1..]);
        }
        current.push(piece);
        at += piece.len() as u64;
    }
    found.add(current.finish()?);
    Ok(found)
}
