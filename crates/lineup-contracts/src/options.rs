//! Options in the metadata of an uploaded object: their names, defaults and limits.

/// The default size of a chunk, in bytes.
pub const DEFAULT_CHUNK_BYTES: u64 = 8 << 20;
/// The smallest size of a chunk that a user may choose, in bytes.
pub const MIN_CHUNK_BYTES: u64 = 16 << 10;
/// The largest size of a chunk that a user may choose, in bytes. `load` can remember the keys of
/// all rows of such a chunk, so that its counts are exact.
pub const MAX_CHUNK_BYTES: u64 = 16 << 20;
/// The default number of chunks that load at a time.
pub const DEFAULT_CONCURRENCY: u64 = 40;
/// The most children that a Distributed Map runs at a time (Step Functions guide, "Quotas").
pub const MAX_CONCURRENCY: u64 = 10_000;
/// The metadata (`x-amz-meta-…`) with the size of chunks.
pub const CHUNK_BYTES_METADATA: &str = "chunk-bytes";
/// The metadata (`x-amz-meta-…`) with the number of chunks that load at a time.
pub const MAX_CONCURRENCY_METADATA: &str = "max-concurrency";
/// The most chunks that an import may have. Their list is in memory, at about
/// 120 bytes a chunk. No object that S3 stores needs more at the default size.
pub const MAX_CHUNKS: usize = 1_000_000;
