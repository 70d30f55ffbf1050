//! Why a chunk is not loaded.

use lineup_aws::settings;
use lineup_contracts::error::{ErrorName, Named};

/// Why a chunk is not loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An invocation wrote no row at all.
    #[error(
        "no row of chunk {chunk} could be written in {seconds} s, with {throttles} throttles: {}",
        advice(*throttles)
    )]
    NoProgress {
        /// The chunk's number.
        chunk: u32,
        /// How long it tried.
        seconds: u64,
        /// Requests throttled and items left unprocessed.
        throttles: u64,
    },
    /// The chunk does not end between two records.
    #[error("chunk {chunk} ends inside the quote that opens on line {line}; was its list changed by hand?")]
    NotOnRecords {
        /// The chunk's number.
        chunk: u32,
        /// The line of the quote.
        line: u64,
    },
    /// The chunk ends before it begins, or before the byte to continue from.
    #[error("chunk {chunk} has no bytes from {from} to {end}; was its list changed by hand?")]
    NoSuchRange {
        /// The chunk's number.
        chunk: u32,
        /// The byte to begin or continue from.
        from: u64,
        /// Where it ends.
        end: u64,
    },
    /// The execution does not hold the lineup any more.
    #[error("a newer upload of this file took over; this one is not loaded any more")]
    Superseded,
    /// The rejected rows cannot be written as CSV.
    #[error("the rejected rows cannot be written as CSV")]
    Rejects(#[from] csv::Error),
    /// The function's environment has a value that cannot be used.
    #[error(transparent)]
    Setting(#[from] settings::Error),
    /// A call to AWS failed.
    #[error(transparent)]
    Aws(#[from] lineup_aws::Error),
}

const fn advice(throttles: u64) -> &'static str {
    match throttles {
        0 => "the table answered too slowly; raise the function's timeout, or look at the table's latency",
        _ => "raise the table's capacity, or import with a lower concurrency",
    }
}

impl Named for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::NoProgress { .. } => ErrorName::Throttled,
            Self::Superseded => ErrorName::Superseded,
            Self::NotOnRecords { .. } | Self::NoSuchRange { .. } | Self::Rejects(_) => {
                ErrorName::InvalidRequest
            }
            Self::Setting(error) => error.name(),
            Self::Aws(error) => error.name(),
        }
    }
}
