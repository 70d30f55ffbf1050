//! What an uploader may ask for in the object's metadata, and what holds otherwise.

/// The size that is aimed at unless another is asked for, in bytes.
pub const DEFAULT_CHUNK_BYTES: u64 = 8 << 20;
/// The least that a user may ask for, in bytes.
pub const MIN_CHUNK_BYTES: u64 = 16 << 10;
/// The most that a user may ask for, in bytes. The keys of so many rows fit into the memory that
/// `load` has for them, so that its counts are exact.
pub const MAX_CHUNK_BYTES: u64 = 16 << 20;
/// How many chunks load at a time unless another number is asked for.
pub const DEFAULT_CONCURRENCY: u64 = 40;
/// The most that a Distributed Map runs at a time (Step Functions guide, "Quotas").
pub const MAX_CONCURRENCY: u64 = 10_000;
/// The metadata (`x-amz-meta-…`) that asks for a size of chunks.
pub const CHUNK_BYTES_METADATA: &str = "chunk-bytes";
/// The metadata (`x-amz-meta-…`) that asks for a number of chunks that load at a time.
pub const MAX_CONCURRENCY_METADATA: &str = "max-concurrency";
/// The most chunks an import may have: their list is held in memory, at about
/// 120 bytes a chunk, and no file that S3 takes needs more at the default size.
pub const MAX_CHUNKS: usize = 1_000_000;
