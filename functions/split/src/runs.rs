//! The runs that are merged: of the chunks, or of gathered groups of them.

use delimited::Chunk;
use futures::{StreamExt, TryStreamExt, stream};
use lineup_aws::imports::SurveyPass;
use lineup_aws::key_merge::RunSource;
use lineup_versions::{FinishedRun, RunError, SkippedOffsets};

use crate::error::Error;

/// How many runs are read or opened at a time.
const RUNS_IN_FLIGHT: usize = 8;

/// The runs of all parts of a file, in the order of the file.
pub(crate) struct FileRuns<'i> {
    pub(crate) sources: Vec<RunSource>,
    replaced: ReplacedOffsets<'i>,
}

/// The rows that a later row of their own part replaces.
enum ReplacedOffsets<'i> {
    /// Of each chunk.
    Held(Vec<SkippedOffsets>),
    /// What the chunks of a pass left.
    OfChunks(SurveyPass<'i>),
    /// What the groups of a pass left: also rows that another chunk of the group replaces.
    OfGroups(SurveyPass<'i>),
}

impl<'i> FileRuns<'i> {
    /// Those of chunks that were surveyed here.
    ///
    /// # Errors
    /// A run is not as it was written.
    pub(crate) fn of_chunks(runs: Vec<FinishedRun>) -> Result<Self, RunError> {
        let (mut sources, mut replaced) = (Vec::new(), Vec::new());
        for run in runs {
            sources.push(RunSource::held(run.bytes.into())?);
            replaced.push(SkippedOffsets::new(run.replaced));
        }
        Ok(Self { sources, replaced: ReplacedOffsets::Held(replaced) })
    }

    /// Reads those of a pass, whole.
    pub(crate) async fn read(pass: SurveyPass<'i>, runs: u32) -> Result<Self, Error> {
        let run = |number| async move { Ok::<_, Error>(RunSource::held(pass.run(number).await?)?) };
        let sources = stream::iter(1..=runs).map(run).buffered(RUNS_IN_FLIGHT).try_collect().await?;
        Ok(Self { sources, replaced: ReplacedOffsets::OfChunks(pass) })
    }

    /// Opens those of a pass, which are read as they are merged.
    pub(crate) async fn open(pass: SurveyPass<'i>, runs: u32, gathered: bool) -> Result<Self, Error> {
        let run = |number| async move { Ok::<_, Error>(pass.run_place(number).open_written().await?.into()) };
        let sources = stream::iter(1..=runs).map(run).buffered(RUNS_IN_FLIGHT).try_collect().await?;
        let replaced =
            if gathered { ReplacedOffsets::OfGroups(pass) } else { ReplacedOffsets::OfChunks(pass) };
        Ok(Self { sources, replaced })
    }

    /// The pass that left them; `None` if they were surveyed here.
    pub(crate) fn pass(&self) -> Option<SurveyPass<'i>> {
        match &self.replaced {
            ReplacedOffsets::Held(_) => None,
            ReplacedOffsets::OfChunks(pass) | ReplacedOffsets::OfGroups(pass) => Some(*pass),
        }
    }

    /// Whether rows may be replaced that no loser of the merge says, because they lost their key in a group.
    pub(crate) fn are_gathered(&self) -> bool {
        matches!(self.replaced, ReplacedOffsets::OfGroups(_))
    }

    /// The rows of a part that are not to be written, where those of `losers` lose their key to another part.
    ///
    /// Where a key goes to another chunk, the earlier rows of this chunk that have it are not to be written either. They are among those
    /// that the chunk itself replaced, so all of these are left out. `load` would replace the rows of a chunk that loses no key itself.
    pub(crate) async fn skipped(
        &self,
        part: &Chunk,
        losers: SkippedOffsets,
    ) -> Result<SkippedOffsets, Error> {
        if losers.as_slice().is_empty() && !self.are_gathered() {
            return Ok(losers);
        }
        let replaced = match &self.replaced {
            ReplacedOffsets::Held(replaced) => {
                replaced.get((part.chunk as usize).wrapping_sub(1)).cloned().unwrap_or_default()
            }
            ReplacedOffsets::OfChunks(pass) | ReplacedOffsets::OfGroups(pass) => {
                pass.replaced(part.chunk).await?
            }
        };
        let mut skipped = losers;
        skipped.fold(replaced);
        Ok(skipped)
    }
}
