//! How far an import goes: a simulation of the load over its size, `MaxConcurrency`, the size of chunks and the order of
//! the file.
//!
//! What is assumed of AWS is in [`assumptions`], each with its page. What a row writes, what is charged and how many
//! requests a chunk makes come from `lineup-costs`, and so from the code. Time is in steps of a second; all is plain
//! arithmetic, without a clock and without chance: a setting has one answer.
//!
//! ```
//! use lineup_scale::{ImportSetting, forecast};
//!
//! let new = forecast(&ImportSetting::new(10_000_000))?;
//! let warm = forecast(&ImportSetting::new(10_000_000).warmed(40_000.0))?;
//! assert!(new.seconds() > 5.0 * warm.seconds());
//! # Ok::<_, lineup_costs::ModelError>(())
//! ```

mod amount;
pub mod assumptions;
mod chart;
mod document;
mod forecast;
mod paper;
mod setting;
mod simulate;
mod throughput;

pub use chart::charts;
pub use document::tables;
pub use forecast::{ImportForecast, forecast};
pub use setting::{FileOrder, FileShape, ImportSetting};
pub use simulate::{Limit, LoadRun, load};
