//! Every JSON document that functions, state machine and buckets exchange or keep,
//! with its field names. Unknown fields are ignored, so that a program can read what
//! another version wrote.

mod chunk;
pub mod error;
mod function;
pub mod layout;
mod lineup;
pub mod log;
mod manifest;
pub mod options;
pub mod states;
mod summary;

pub use chunk::{ChunkList, ChunkResult, RowCounts};
pub use function::{
    Caught, ConvertInput, ConvertOutput, ExecutionState, HoldInput, HoldOutput, Import, LoadInput,
    LoadOutput, LoadProgress, NotifyInput, NotifyOutput, Plan, Previous, RecoverInput, RemoveInput,
    RemoveOutput, Rerun, RunEnd, S3Bucket, S3Detail, S3Object, SplitInput, SummarizeInput, SurveyInput,
    SurveyOutput,
};
pub use lineup::{ComparedRange, DayStarts, LineupId, ListParts, VersionChanges};
pub use manifest::{
    Claim, Conversion, DryRun, GatheredRuns, Manifest, MergedRange, Source, StoppedSplit, Survey,
};
pub use summary::{ChunkCounts, FailedChunk, Outcome, Reported, Summary};
