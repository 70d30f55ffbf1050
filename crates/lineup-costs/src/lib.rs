//! What an import costs, from counts that come from the code to lines of AWS's bill.
//!
//! Counts: the write units of a row are those of its item (`lineup-table`); transitions are the states of the routes
//! through the definition; memory, timeouts and what stands all month are read from `template.yaml`; the requests of
//! each function are in [`FunctionRequests`], which a test of the command holds to the functions. What cannot be counted
//! is in [`assumptions`], with its source, and prices in `prices.json`, with their day.
//!
//! There is no I/O, and no clock.
//!
//! ```
//! use lineup_costs::{CostModel, CostQuestion, CostReport, LineupKind, Prices};
//!
//! let model = CostModel::of_this_version()?;
//! let kind = LineupKind::Sample { popularity: true };
//! let question = CostQuestion { rows_per_day: vec![1_000, 100_000], files_per_day: 1, kind };
//! let report = CostReport::answer(&model, &Prices::list(), &question)?;
//! assert!(report.volumes[1].variable_per_month > report.volumes[0].variable_per_month);
//! assert!(report.text().lines().all(|line| line.len() <= 80));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod amount;
pub mod assumptions;
mod chart;
mod choice;
mod definition;
mod designs;
mod document;
mod file;
mod measure;
mod model;
mod prices;
mod report;
mod reported;
mod requests;
mod routes;
mod sample;
mod storage;
mod template;
mod usage;

pub use amount::{dollars, quantity, rounded};
pub use chart::chart;
pub use definition::{Definition, DefinitionError, Scenario};
pub use designs::OtherDesign;
pub use document::tables;
pub use file::ImportFile;
pub use measure::LineupMeasure;
pub use model::{CostModel, LineupKind, LoadWork, ModelError};
pub use prices::{Price, PriceError, PriceUnit, Prices};
pub use report::{Bill, BillLine, CostQuestion, CostReport, ImportCost, VolumeCost};
pub use requests::FunctionRequests;
pub use routes::{ChildCase, ImportCase, Routes};
pub use sample::SampleLineup;
pub use storage::Storage;
pub use template::StackTemplate;
pub use usage::{Usage, UsageType};
