//! Every JSON document that the functions, the state machine and the buckets
//! hold, with the field names they have there. Unknown fields are ignored, so
//! that a new version reads what an older one wrote.

mod chunk;
pub mod error;
mod function;
pub mod layout;
mod manifest;
pub mod options;
pub mod states;
mod summary;

pub use chunk::{ChunkList, ChunkResult, RowCounts};
pub use function::{
    Caught, ExecutionState, Import, LoadInput, LoadOutput, LoadProgress, NotifyInput, NotifyOutput, Plan,
    Previous, RecoverInput, Rerun, S3Bucket, S3Detail, S3Object, SplitInput, SummarizeInput,
};
pub use manifest::{Claim, Manifest, Source};
pub use summary::{ChunkCounts, FailedChunk, Outcome, Reported, Summary};
