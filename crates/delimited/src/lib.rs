//! Records of delimited text (CSV and its relatives): where they begin and end, chunks of whole records,
//! and reading the records of a chunk.
//!
//! A file is cut without being parsed. [`boundary`] is the automaton that distinguishes a line break between
//! records from one inside quotes. [`plan`] cuts a file into [`Chunk`]s on record boundaries; with
//! [`transition`], ranges of the file are scanned at the same time, before it is known whether one begins
//! inside quotes. [`records`] reads the records of a chunk. Nothing here does I/O, and nothing allocates
//! for a record or a field.
//!
//! ```
//! use delimited::plan::Planner;
//! use delimited::records::{Next, Records};
//! use delimited::{Chunk, Dialect};
//!
//! let file = b"1,a\n2,\"b\nb\"\n3,c\n";
//! let mut planner = Planner::new(Dialect::default(), 0, 1, 8);
//! let mut chunks = Vec::new();
//! planner.push(file, |chunk| chunks.push(chunk));
//! chunks.push(planner.finish()?.0);
//! assert_eq!(chunks[1], Chunk { chunk: 2, start: 12, end: 16, first_line: 4 });
//!
//! let mut records = Records::new(Dialect::default(), chunks[1].start, chunks[1].first_line);
//! records.push(&file[12..16]);
//! records.finish();
//! let Some(Next::Record(record)) = records.next_record() else { panic!("a chunk has whole records") };
//! assert_eq!((record.line, record.fields.get(1)), (4, Some(&b"c"[..])));
//! # Ok::<_, delimited::plan::PlanError>(())
//! ```

pub mod boundary;
mod chunk;
mod dialect;
pub mod grid;
pub mod plan;
pub mod records;
pub mod transition;

pub use chunk::Chunk;
pub use dialect::{Dialect, LineEnd};
