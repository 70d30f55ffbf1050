//! Questions about a lineup, answered without a scan.
//!
//! [`Queries`] has a method for each question. `docs/data-model.md` lists the
//! table or index that answers it, and the cost. A question that fans out
//! over stage-days reads them from the calendar, which `load` writes before the rows.
//!
//! Every query reads all pages of its results. A fan-out sends at most
//! [`REQUESTS_IN_FLIGHT`] requests at a time, and fails if one of them fails. The
//! calendar is read strongly consistently. Rows are read eventually
//! consistently, because indexes allow nothing else, so a row that was written
//! less than about a second ago may be missing.
//!
//! Names that are not written as in the table are looked for in the lists of names that each import leaves in the imports bucket
//! ([`Queries::with_names`]), never in the table.

mod answer;
mod ask;
mod calendar;
mod error;
mod names;
mod order;
mod performer;
mod popular;
mod popular_blocks;
mod questions;
mod search;
mod stage;
mod stage_day;

pub use answer::{Answer, Cost, Note, Unsearched};
pub use ask::{Queries, REQUESTS_IN_FLIGHT};
pub use error::QueryError;
pub use names::MOST_NAMES;
pub use performer::PERFORMERS_SHOWN;
pub use popular_blocks::PopularBlocks;
pub use search::{FoundName, SearchAnswer};
pub use stage::{Programme, StageMoment};
