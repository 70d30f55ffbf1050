//! Other designs beside this one, at the same rows.

use crate::assumptions::{COLD_START_SECONDS, DAYS, REQUEST_SECONDS, TABLE_UNITS_A_SECOND};
use crate::model::{CostModel, LineupKind, ModelError};
use crate::usage::{Usage, UsageType};

/// Memory of the one function, in GB: a whole vCPU, as `split` has.
const ONE_FUNCTION_GB: f64 = 1769.0 / 1024.0;

/// A design of the table and of what loads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherDesign {
    /// One function that reads the file and writes a table keyed by stage, without an index.
    OneFunction,
    /// This design with an index on the date, beside those on stage-day and popularity.
    ThreeIndexes,
}

impl OtherDesign {
    /// What a month of one file a day uses, whose rows have a popularity.
    ///
    /// # Errors
    /// As [`CostModel::month`].
    pub fn month(self, model: &CostModel, rows_per_day: u64) -> Result<Usage, ModelError> {
        let kind = LineupKind::Sample { popularity: true };
        let file = kind.file(rows_per_day)?;
        // Table, stage-day and popularity: each index costs what the table does.
        let a_copy = file.write_units / 3.0;
        match self {
            Self::OneFunction => {
                let seconds = COLD_START_SECONDS + 3.0 * REQUEST_SECONDS + a_copy / TABLE_UNITS_A_SECOND;
                let import = [
                    (UsageType::WriteUnits, a_copy),
                    (UsageType::GbSeconds, ONE_FUNCTION_GB * seconds),
                    (UsageType::Invocations, 1.0),
                    (UsageType::ObjectWrites, 1.0),
                    (UsageType::ObjectReads, 1.0),
                    (UsageType::Publishes, 1.0),
                    (UsageType::Emails, 1.0),
                ];
                Ok(Usage::from_iter(import) * DAYS as f64)
            }
            Self::ThreeIndexes => {
                let mut month = model.month(&kind, rows_per_day, 1)?;
                month.add(UsageType::WriteUnits, a_copy * DAYS as f64);
                Ok(month)
            }
        }
    }
}
