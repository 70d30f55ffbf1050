//! Options in the metadata of an uploaded object: their names, defaults and limits. What a planner says about
//! a file is a table of `lineup`, [`FILE_OPTIONS`]; this module writes and reads it as metadata.

use lineup::options::{FILE_OPTIONS, FileOption, OptionError, ReadOptions, SEPARATOR};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// What is escaped in metadata: S3 takes it as a header, in ASCII (S3 guide, "Working with object metadata").
const ESCAPED: &AsciiSet = &CONTROLS.add(b'%').add(SEPARATOR as u8);

/// The values of an option as metadata: percent-encoded, and joined by `;`.
///
/// ```
/// use lineup_contracts::options::{metadata_value, read_options};
///
/// let value = metadata_value(["Saturday=2025-07-12", "Sunday=2025-07-13"]);
/// assert_eq!(value, "Saturday=2025-07-12;Sunday=2025-07-13");
/// let options = read_options(|name| (name == "day").then_some(value.as_str()))?;
/// assert_eq!(options.days.len(), 2);
/// # Ok::<_, lineup::options::OptionError>(())
/// ```
pub fn metadata_value<'v>(values: impl IntoIterator<Item = &'v str>) -> String {
    let escaped = values.into_iter().map(|value| utf8_percent_encode(value, ESCAPED).to_string());
    escaped.collect::<Vec<_>>().join(&SEPARATOR.to_string())
}

/// What the metadata of an upload says about the file. `metadata` returns the value of `x-amz-meta-<name>`.
///
/// # Errors
/// [`OptionError`]: an option has a value that cannot be used.
pub fn read_options<'m>(metadata: impl Fn(&str) -> Option<&'m str>) -> Result<ReadOptions, OptionError> {
    let values = |option: &'static FileOption| {
        let value = metadata(option.name)?;
        let one = [value];
        let parts: Vec<&str> = if option.repeats { value.split(SEPARATOR).collect() } else { one.to_vec() };
        Some(
            parts
                .into_iter()
                .filter(|part| !option.repeats || !part.trim().is_empty())
                .map(move |part| (option.name, percent_decode_str(part).decode_utf8_lossy().into_owned())),
        )
    };
    let said: Vec<(&str, String)> = FILE_OPTIONS.iter().filter_map(values).flatten().collect();
    ReadOptions::of(said.iter().map(|(name, value)| (*name, value.as_str())))
}

/// The default size of a chunk, in bytes.
pub const DEFAULT_CHUNK_BYTES: u64 = 8 << 20;
/// The smallest size of a chunk that a user may choose, in bytes.
pub const MIN_CHUNK_BYTES: u64 = 16 << 10;
/// The largest size of a chunk that a user may choose, in bytes. `load` can remember the keys of
/// all rows of such a chunk, so that its counts are exact.
pub const MAX_CHUNK_BYTES: u64 = 16 << 20;
/// The default number of chunks that load at a time. A new account may have 10 Lambda functions at a time; two are left for the
/// other states, and for other imports.
pub const DEFAULT_CONCURRENCY: u64 = 8;
/// The most children that a Distributed Map runs at a time (Step Functions guide, "Quotas").
pub const MAX_CONCURRENCY: u64 = 10_000;
/// The metadata (`x-amz-meta-…`) with the size of chunks.
pub const CHUNK_BYTES_METADATA: &str = "chunk-bytes";
/// The metadata (`x-amz-meta-…`) with the number of chunks that load at a time.
pub const MAX_CONCURRENCY_METADATA: &str = "max-concurrency";
/// The metadata (`x-amz-meta-…`) that asks for a dry run with `true`: no row is written.
pub const DRY_RUN_METADATA: &str = "dry-run";
/// The metadata (`x-amz-meta-…`) that says what becomes of what only the version before has: a
/// [`ReplaceMode`](lineup_versions::ReplaceMode).
pub const REPLACE_METADATA: &str = "replace";
/// The most chunks that an import may have. Their list is in memory, at about
/// 120 bytes a chunk. They are 7.6 TiB at the default size, and 15 TiB at the largest; an object of S3 may have 48.8 TiB (S3 guide, "Amazon S3
/// multipart upload limits").
pub const MAX_CHUNKS: usize = 1_000_000;
