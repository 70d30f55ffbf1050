//! Times of day in the forms in which lineups write them, ranges of times, and durations.
//!
//! [`ClockTime`] is a time to the minute. [`ClockTime::parse`] reads the forms that people type into a
//! question; [`read`] reads all that files have, and keeps what the text says beside the time: whether it
//! names the half of the day, or an offset from UTC, or is of the night after.

mod clock;
mod duration;
mod error;
mod form;
mod offset;
mod range;
mod rest;
mod written;

pub use clock::ClockTime;
pub use duration::read_duration;
pub use error::ClockTimeError;
pub use form::read;
pub use range::{read_range, share_half_day, split_range};
pub use written::{HalfDay, WrittenOffset, WrittenTime};
