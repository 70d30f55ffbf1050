//! The client and settings of `split`.

use aws_config::SdkConfig;
use lineup_aws::imports::Imports;
use lineup_aws::settings;
use lineup_contracts::options::{
    DEFAULT_CHUNK_BYTES, DEFAULT_CONCURRENCY, MAX_CHUNK_BYTES, MAX_CONCURRENCY, MIN_CHUNK_BYTES,
};

/// The most bytes of rows that `split` surveys itself, so that a small import pays no Map Run.
const SURVEYED_BYTES: u64 = 64 << 20;

/// The size of one request's range. S3 advises requests for 8 to 16 MB
/// of a large object (S3 guide, "Performance design patterns for Amazon S3").
const RANGE_BYTES: u64 = 8 << 20;

/// How the keys of a file are merged.
#[derive(Debug, Clone, Copy)]
pub struct Merging {
    /// The largest text whose runs are held in memory, in bytes. Runs of short rows, each with a performer of its own, are
    /// longer than the text: 62 bytes for each row of 57. The runs of a larger text are read as they are merged.
    pub held_bytes: u64,
    /// How many runs of a larger text are merged at a time, at least two: so many pieces of 2 MiB are held. Where there are more, they are
    /// gathered in groups of this size first.
    pub runs: u32,
    /// How many keys are merged before it is looked at the time, and how many a part of their list has.
    pub range_keys: u64,
}

impl Default for Merging {
    fn default() -> Self {
        Self { held_bytes: 256 << 20, runs: 256, range_keys: 1 << 25 }
    }
}

impl Merging {
    fn from_env() -> Result<Self, settings::Error> {
        let Self { held_bytes, runs, range_keys } = Self::default();
        let merged = settings::number(settings::MERGED_RUNS, 2..=u64::from(runs), runs.into())?;
        Ok(Self {
            held_bytes: settings::number(settings::HELD_TEXT_BYTES, 0..=held_bytes, held_bytes)?,
            runs: u32::try_from(merged).unwrap_or(runs),
            range_keys: settings::number(settings::RANGE_KEYS, 1..=range_keys, range_keys)?,
        })
    }
}

/// The client and settings of `split`.
#[derive(Debug, Clone)]
pub struct SplitContext {
    /// The imports bucket; the source is read with the same client.
    pub imports: Imports,
    /// The target size of a chunk, in bytes.
    pub chunk_bytes: u64,
    /// How many chunks load at a time.
    pub max_concurrency: u64,
    /// The most bytes of rows that it surveys itself.
    pub surveyed_bytes: u64,
    /// How many bytes of the file it asks for in one request.
    pub range_bytes: u64,
    /// How the keys of the file are merged.
    pub merging: Merging,
}

impl SplitContext {
    /// The imports bucket, with the default settings.
    pub fn new(imports: Imports) -> Self {
        Self {
            imports,
            chunk_bytes: DEFAULT_CHUNK_BYTES,
            max_concurrency: DEFAULT_CONCURRENCY,
            surveyed_bytes: SURVEYED_BYTES,
            range_bytes: RANGE_BYTES,
            merging: Merging::default(),
        }
    }

    /// Reads the environment variables in [`settings`].
    pub fn from_env(config: &SdkConfig) -> Result<Self, settings::Error> {
        let bytes = MIN_CHUNK_BYTES..=MAX_CHUNK_BYTES;
        let concurrency = 1..=MAX_CONCURRENCY;
        Ok(Self {
            chunk_bytes: settings::number(settings::CHUNK_BYTES, bytes, DEFAULT_CHUNK_BYTES)?,
            max_concurrency: settings::number(settings::MAX_CONCURRENCY, concurrency, DEFAULT_CONCURRENCY)?,
            surveyed_bytes: settings::number(settings::SURVEYED_BYTES, 0..=SURVEYED_BYTES, SURVEYED_BYTES)?,
            merging: Merging::from_env()?,
            ..Self::new(settings::imports(config)?)
        })
    }
}
