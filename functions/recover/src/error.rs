//! The errors of `recover`.

use lineup_aws::settings;
use lineup_contracts::error::{ErrorName, Named};
use uuid::Uuid;

/// The most chunk numbers that a message lists.
const NAMED: usize = 20;

/// Why there is no list of chunks.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Chunks are missing, and the execution was not redriven yet.
    #[error("{} of {total} chunks are not loaded: {}. Redrive this execution to load them.",
        .missing.len(), listed(.missing))]
    ChunksNotLoaded {
        /// The numbers of the missing chunks.
        missing: Vec<u32>,
        /// How many chunks the import has.
        total: u32,
    },
    /// Chunks are missing, and no redrive loads them.
    #[error("{} of {total} chunks are not loaded: {}. No redrive loads them ({error}): upload the file again.",
        .missing.len(), listed(.missing))]
    ChunksNeverLoaded {
        /// The numbers of the missing chunks.
        missing: Vec<u32>,
        /// How many chunks the import has.
        total: u32,
        /// The name of the error of one of them.
        error: String,
    },
    /// The split failed, and the execution was not redriven yet.
    #[error("the file was not split: {caught}. Redrive this execution to try again.")]
    SplitFailed {
        /// The error and what it said.
        caught: String,
    },
    /// A re-run could not begin, and the execution was not redriven yet.
    #[error("the re-run did not begin: {caught}. Redrive this execution to try again.")]
    RerunFailed {
        /// The error and what it said.
        caught: String,
    },
    /// All is loaded, but the summary failed.
    #[error(
        "every chunk is loaded, but the import was not summed up: {caught}. Redrive this execution to try again."
    )]
    NotSummarized {
        /// The error and what it said.
        caught: String,
    },
    /// All is loaded, but rows of the version before are not removed.
    #[error(
        "every chunk is loaded, but rows that the file does not have any more are not removed. Redrive this execution to remove them."
    )]
    NotRemoved,
    /// A re-run names an import that has no chunks.
    #[error(
        "there is no import {import_id} that was split: `lineup imports` lists them. To import a file, upload it"
    )]
    NotSplit {
        /// The import.
        import_id: Uuid,
    },
    /// A re-run names a dry run.
    #[error(
        "import {import_id} was a dry run, of which nothing is loaded: to import its file, upload it again"
    )]
    DryRun {
        /// The import.
        import_id: Uuid,
    },
    /// A re-run names a chunk that the import does not have.
    #[error("import {import_id} has no chunk {number}: its chunks are 1 to {chunks}")]
    NoSuchChunk {
        /// The import.
        import_id: Uuid,
        /// The requested number.
        number: u32,
        /// How many chunks it has.
        chunks: u32,
    },
    /// What the guard kept is to be removed, but chunks are missing.
    #[error(
        "{missing} chunks of import {import_id} are not loaded, so nothing is removed for it: `lineup rerun {import_id}` loads them first"
    )]
    NotWhole {
        /// The import.
        import_id: Uuid,
        /// How many.
        missing: usize,
    },
    /// A re-run names no chunk.
    #[error(
        "the re-run of import {import_id} names no chunk: leave \"chunks\" out to load all that are missing"
    )]
    NoChunkAsked {
        /// The import.
        import_id: Uuid,
    },
    /// The input has no re-run, and no state that names an import.
    #[error("the input names no import: it needs \"rerun\", or the \"state\" of an execution")]
    NothingAsked,
    /// The function's environment has a value that cannot be used.
    #[error(transparent)]
    Setting(#[from] settings::Error),
    /// A call to AWS failed.
    #[error(transparent)]
    Aws(#[from] lineup_aws::Error),
}

impl Named for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::ChunksNotLoaded { .. }
            | Self::ChunksNeverLoaded { .. }
            | Self::SplitFailed { .. }
            | Self::RerunFailed { .. }
            | Self::NotSummarized { .. }
            | Self::NotRemoved => ErrorName::ChunksNotLoaded,
            Self::NotSplit { .. }
            | Self::DryRun { .. }
            | Self::NoSuchChunk { .. }
            | Self::NotWhole { .. }
            | Self::NoChunkAsked { .. }
            | Self::NothingAsked => ErrorName::InvalidInput,
            Self::Setting(error) => error.name(),
            Self::Aws(error) => error.name(),
        }
    }
}

/// `17, 40, 99`; from more than [`NAMED`] numbers, the first ones `and 12 more`.
fn listed(numbers: &[u32]) -> String {
    let named: Vec<_> = numbers.iter().take(NAMED).map(u32::to_string).collect();
    match numbers.len().checked_sub(NAMED) {
        Some(more @ 1..) => format!("{} and {more} more", named.join(", ")),
        _ => named.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_missing_chunks_are_named_and_what_to_do() {
        let error = Error::ChunksNotLoaded { missing: vec![17, 40, 99], total: 120 };
        let text = "3 of 120 chunks are not loaded: 17, 40, 99. Redrive this execution to load them.";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn only_the_first_twenty_are_named() {
        let twenty: Vec<u32> = (1..=20).collect();
        assert!(listed(&twenty).ends_with("19, 20"));
        let many: Vec<u32> = (1..=32).collect();
        assert!(listed(&many).ends_with("19, 20 and 12 more"));
    }
}
