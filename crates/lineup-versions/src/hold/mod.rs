//! Which version of a lineup the table has, and which import may write.
//!
//! One document for each lineup, `lineup.json`, says it. It is only changed by a put with `If-Match`, so that of two
//! changes one fails, and whoever made it reads the document again. [`LineupVersions`] is the document; its methods are
//! the changes. Each takes what the caller knows, and returns a [`HoldStep`]: the document to write, if it changes, and
//! what holds once it is written.
//!
//! An import holds the lineup while it writes. It takes the hold after its survey, so that a file that cannot be read
//! replaces nothing, and gives it back when it ends by itself. While one holds, the next waits; one that is older
//! than another that waits, or than the current version, is superseded. Invocations that write check the hold first.
//!
//! **Invocations outlive their executions.** Stopping an execution, or a Map that fails, does not stop a function that
//! it invoked: it runs on until its timeout, and may write until then. So whoever leaves while invocations may still run
//! says until [when](StillRunning), and another import waits for it. Whoever takes over from an execution that ended
//! without a word first takes the hold away from it, so that no further invocation of it passes its check, and then
//! waits for those that had passed: a redrive at that very moment changes nothing.

mod document;
mod published;
mod sequencer;
#[cfg(test)]
mod tests;
mod version;

pub use document::{HoldAnswer, HoldStep, ImportEnd, LineupHolder, LineupVersions, StillRunning};
pub use published::PublishedVersion;
pub use sequencer::UploadSequencer;
pub use version::Version;
