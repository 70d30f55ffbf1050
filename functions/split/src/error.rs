//! The errors of `split`.

use lineup::format::FileFormat;
use lineup::options::OptionError;
use lineup::origin::Origin;
use lineup::splitter::SplitError;
use lineup::survey::UndecidedError;
use lineup_aws::settings;
use lineup_contracts::error::{ErrorName, Named};
use lineup_contracts::options::MAX_CHUNKS;
use lineup_versions::{ReplaceModeError, RunError};

/// Why a file is not split.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file has no header of a lineup, or cannot be cut into chunks.
    #[error("{file} cannot be imported")]
    NotALineup {
        /// `s3://bucket/key`.
        file: String,
        /// Why.
        #[source]
        source: Box<SplitError>,
    },
    /// The file would have too many chunks.
    #[error(
        "{file} has more than {} chunks of {chunk_bytes} bytes: upload it with a larger \
         x-amz-meta-chunk-bytes",
        MAX_CHUNKS
    )]
    TooManyChunks {
        /// `s3://bucket/key`.
        file: String,
        /// The target size of a chunk, in bytes.
        chunk_bytes: u64,
    },
    /// The planner has to say how the file is to be read.
    #[error("{file} cannot be imported")]
    Undecided {
        /// `s3://bucket/key`.
        file: String,
        /// What he has to say.
        #[source]
        source: Box<UndecidedError>,
    },
    /// Nothing but blank rows follows the header.
    #[error(
        "{file} cannot be imported: it has a header but no rows: add at least one row and upload it again; to take \
         the lineup out of the table: lineup remove NAME, or upload it with --replace always (the metadata replace=always)"
    )]
    NoRows {
        /// `s3://bucket/key`.
        file: String,
    },
    /// Blank fields can be filled in smaller files only.
    #[error(
        "{file} is too large for fill-down, which takes files of up to {limit} bytes: fill the blank fields in it"
    )]
    TooLargeToFillDown {
        /// `s3://bucket/key`.
        file: String,
        /// The largest size.
        limit: u64,
    },
    /// Chunks could not be surveyed.
    #[error("{} of the file could not be surveyed; {cause}", counted(*chunks))]
    NotSurveyed {
        /// How many.
        chunks: usize,
        /// Why one of them could not.
        cause: String,
        /// Whether a redrive heals it.
        name: ErrorName,
    },
    /// An option in the object's metadata cannot be used.
    #[error("the metadata of {file}")]
    FileOption {
        /// `s3://bucket/key`.
        file: String,
        /// Which, and why.
        #[source]
        source: OptionError,
    },
    /// The metadata says neither that it is a dry run nor that it is none.
    #[error("the metadata of {file}: x-amz-meta-dry-run takes true or false")]
    DryRun {
        /// `s3://bucket/key`.
        file: String,
    },
    /// The metadata says no known way to replace the version before.
    #[error("the metadata of {file}: x-amz-meta-replace")]
    Replace {
        /// `s3://bucket/key`.
        file: String,
        /// What it says.
        #[source]
        source: ReplaceModeError,
    },
    /// The keys of the chunks cannot be compared.
    #[error("the keys of the chunks cannot be compared")]
    Run(#[from] RunError),
    /// The object's metadata or the function's environment has a value that cannot be used.
    #[error(transparent)]
    Setting(#[from] settings::Error),
    /// A call to AWS failed.
    #[error(transparent)]
    Aws(#[from] lineup_aws::Error),
}

impl Error {
    /// The same error about a text that was made of another file: it names places in that one.
    pub(crate) fn at(self, origin: &Origin) -> Self {
        match self {
            Self::NotALineup { file, source } => {
                Self::NotALineup { file, source: Box::new(source.at(origin)) }
            }
            error => error,
        }
    }

    /// Whether `convert` makes text of such a file.
    pub(crate) fn is_converted(&self) -> bool {
        let Self::NotALineup { source, .. } = self else { return false };
        match &**source {
            SplitError::Header(error) => error.format().is_some_and(FileFormat::is_converted),
            _ => false,
        }
    }
}

fn counted(chunks: usize) -> String {
    if chunks == 1 { "a chunk".to_owned() } else { format!("{chunks} chunks") }
}

impl Named for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::NotALineup { .. }
            | Self::TooManyChunks { .. }
            | Self::Undecided { .. }
            | Self::NoRows { .. }
            | Self::TooLargeToFillDown { .. }
            | Self::DryRun { .. }
            | Self::Replace { .. }
            | Self::FileOption { .. } => ErrorName::InvalidInput,
            Self::NotSurveyed { name, .. } => *name,
            Self::Run(_) => ErrorName::InvalidRequest,
            Self::Setting(error) => error.name(),
            Self::Aws(error) => error.name(),
        }
    }
}
