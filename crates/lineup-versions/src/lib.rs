//! How a corrected file takes the place of the one before: exactly, whatever the size of both, and in little memory.
//!
//! A lineup is what stands under one name in the uploads bucket; each upload is a version of it. This crate compares
//! versions and says who may write. It knows the keys of the table and nothing of AWS: it is given bytes, documents and
//! times, and gives bytes, documents and decisions. `docs/versions.md` says how the functions use it.
//!
//! | step | what it does here |
//! |---|---|
//! | survey | [`RunBuilder`] makes the run of a chunk: its keys, sorted, each with the offset of its last row and a [`value_hash`] |
//! | gather | [`Merge`] reads many runs as one list, [`RunWriter`] writes that as one run, [`NameListBuilder`] makes the list of its names |
//! | hold | [`LineupVersions`]: one import at a time writes, and the newest upload wins |
//! | match | [`cut_ranges`] cuts the work, [`Comparison`] says of each key what becomes of it, [`Differences`] add up |
//! | guard | [`guard`] says whether the keys that a file does not have any more are removed |
//!
//! ```
//! use lineup::header::Columns;
//! use lineup::reading::Reading;
//! use lineup_table::ItemReader;
//! use lineup_versions::{RunBuilder, RunEntry, Tail};
//!
//! let columns = Columns::from_names(["Performer", "Stage", "Start", "End", "Date"])?;
//! let mut reader = ItemReader::new(&columns, &Reading::default());
//! let (mut builder, mut entry) = (RunBuilder::new(), RunEntry::default());
//! for (offset, end) in [(38, "21:00"), (84, "21:30")] {
//!     let record = ["Stormzy", "Pyramid Stage", "8:00pm", end, "2022-06-24"];
//!     let item = reader.read(record.map(str::as_bytes).into_iter())?.ok_or("no row")?;
//!     entry.set(item, offset);
//!     builder.insert(&entry)?;
//! }
//! let run = builder.finish()?;
//! assert_eq!((run.entries, run.replaced), (1, vec![38]));
//! let Tail::Index(index) = Tail::read(&run.bytes)? else { unreachable!("all of it was given") };
//! assert_eq!(index.blocks()[0].first.performance, "2022-06-24#20:00#Pyramid Stage");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod bytes;
mod comparison;
mod entry;
mod error;
mod guard;
mod hold;
mod memory;
mod merge;
mod names;
mod offsets;
mod performers;
mod ranges;
mod run;
mod surveyor;
mod value;

pub use builder::{FinishedRun, RunBuilder};
pub use comparison::{
    Change, ComparedVersion, Comparison, ComparisonStep, Differences, DoubleBooking, DoubleBookingFinder,
    DoubleBookings, GonePerformers,
};
pub use entry::{ItemKey, RunEntry};
pub use error::RunError;
pub use guard::{KeptBecause, RejectedPerformers, ReplaceMode, ReplaceModeError, guard};
pub use hold::{
    HoldAnswer, HoldStep, ImportEnd, LineupHolder, LineupVersions, PublishedVersion, StillRunning,
    UploadSequencer, Version,
};
pub use memory::merge_in_memory;
pub use merge::{Loser, Merge, MergeStep};
pub use names::{NameIndex, NameKind, NameListBuilder, NameTail, read_names};
pub use offsets::SkippedOffsets;
pub use performers::PerformerRange;
pub use ranges::cut_ranges;
pub use run::{BLOCK_BYTES, BlockPlace, Index, RunWriter, TAIL_BYTES, Tail};
pub use surveyor::{ChunkSurveyor, SurveyedChunk};
pub use value::value_hash;
