//! Questions about a lineup, answered without a scan.
//!
//! [`Queries`] has a method for each question. `docs/data-model.md` says which
//! table or index answers it and what that costs. A question that fans out
//! over stage-days takes them from the calendar, which `load` writes before the rows.
//!
//! Every query reads all pages of its results. A fan-out runs in parallel, at
//! most [`REQUESTS_IN_FLIGHT`] requests at a time, and fails whole if a part fails. The
//! calendar is read strongly consistently; rows are read eventually
//! consistently, as indexes allow nothing else, so a row that was written
//! less than about a second ago may be missing.

mod answer;
mod ask;
mod calendar;
mod error;
mod names;
mod order;
mod popular;
mod questions;
mod stage;
mod stage_day;

pub use answer::{Answer, Cost, Note};
pub use ask::{Queries, REQUESTS_IN_FLIGHT};
pub use error::QueryError;
pub use stage::{Programme, StageMoment};
