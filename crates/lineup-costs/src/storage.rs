//! What is stored, and what it costs as it grows.

use crate::assumptions::{DAYS, GB};
use crate::file::ImportFile;
use crate::prices::Prices;
use crate::usage::{Usage, UsageType};

/// What is stored after some months of one file a day whose rows are all new.
///
/// ```
/// use lineup_costs::{ImportFile, SampleLineup, Storage, UsageType};
///
/// let file = ImportFile::sample(SampleLineup::new(1_000, false))?;
/// let (one, twelve) = (Storage::after(&file, 1), Storage::after(&file, 12));
/// assert_eq!(twelve.0.quantity(UsageType::TableStorage), 12.0 * one.0.quantity(UsageType::TableStorage));
/// # Ok::<_, lineup::header::HeaderError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Storage(pub Usage);

impl Storage {
    /// What is stored at the end of the month `months`, from 1: the table with its indexes, its backup, and the
    /// uploads. The files that an import leaves in the imports bucket are small, and are deleted after 90 days.
    pub fn after(file: &ImportFile, months: u32) -> Self {
        let files = f64::from(months) * DAYS as f64;
        Self(Usage::from_iter([
            (UsageType::TableStorage, files * file.stored_bytes() / GB),
            (UsageType::TableBackup, files * file.backup_bytes() / GB),
            (UsageType::ObjectStorage, files * file.upload_bytes as f64 / GB),
        ]))
    }

    /// What is stored in the month on average: storage is charged by the hour.
    pub fn during(file: &ImportFile, month: u32) -> Self {
        let (before, after) = (Self::after(file, month.saturating_sub(1)), Self::after(file, month));
        let mut usage = before.0 * 0.5;
        usage.extend(&(after.0 * 0.5));
        Self(usage)
    }

    /// What the month costs: first without a free tier, then with it.
    pub fn dollars(&self, prices: &Prices) -> (f64, f64) {
        (prices.total(&self.0), prices.total(&prices.beyond_free_tier(&self.0)))
    }
}
