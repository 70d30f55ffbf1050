//! Calendar dates in the forms in which lineups write them.
//!
//! [`parse`] reads ISO 8601 alone, as questions do. [`read`] reads all that files have, as a [`WrittenDate`]: what
//! the text says. Some texts are no date by themselves: `07/12/2025` can mean two days, `Sat 12 Jul` has no year,
//! and `Saturday` is any. [`DateRules`], which hold for a whole file, then say which day it is.

mod error;
mod forms;
mod iso;
mod moment;
mod names;
mod order;
mod pieces;
mod rules;

mod written;

pub use error::DateError;
pub use iso::{parse, push};
pub use jiff::civil::{Date, Weekday};
pub use moment::{read, read_packed, split_moment};
pub use names::{weekday, weekday_name};
pub use order::{DateOrder, DateOrderError, PossibleOrders};
pub use rules::DateRules;
pub use written::WrittenDate;
