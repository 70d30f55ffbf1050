//! What an import cost, from what its summary says that it consumed.

use lineup_contracts::Reported;

use crate::assumptions::COLD_START_SECONDS;
use crate::file::ImportFile;
use crate::model::{CostModel, LoadWork, ModelError, metrics};
use crate::usage::{Usage, UsageType};

impl CostModel {
    /// What an import used whose file has `bytes` bytes, with what is charged for the hour. Write units and the time of `load` are those
    /// that were consumed; the rest is counted from the number of chunks, for text that was loaded without repeats. So it is some of a
    /// cent too little for a file that was converted, or for an execution that was redriven.
    ///
    /// # Errors
    /// As [`CostModel::import`].
    pub fn reported(&self, summary: &Reported, bytes: u64) -> Result<Usage, ModelError> {
        let chunks = u64::from(summary.chunks.total);
        let file = ImportFile {
            rows: summary.rows.read as f64,
            write_units: summary.write_units,
            item_bytes: 0.0,
            index_entries: 0.0,
            calendar_entries: 0,
            days: 0,
            upload_bytes: bytes,
            text_bytes: bytes,
            chunks,
            chunks_with_rejects: chunks.min(summary.rows.rejected),
            surveys: 1,
            is_converted: false,
            is_new_version: summary.changes.is_some(),
            removed_rows: summary.changes.as_ref().map_or(0.0, |changes| changes.obsolete as f64),
        };
        let load = LoadWork {
            write_units: summary.write_units,
            seconds: summary.milliseconds as f64 / 1e3 + COLD_START_SECONDS * chunks as f64,
            invocations: chunks,
        };
        let mut usage = self.import_with(&file, load)?;
        usage.add(UsageType::Metrics, metrics(1));
        Ok(usage)
    }
}

#[cfg(test)]
mod tests {
    use lineup_contracts::{ChunkCounts, Outcome, RowCounts};

    use super::*;
    use crate::model::LineupKind;
    use crate::prices::Prices;

    fn reported(file: &ImportFile, milliseconds: u64) -> Reported {
        let chunks = u32::try_from(file.chunks).unwrap();
        let rows = file.rows as u64;
        Reported {
            outcome: Outcome::Succeeded,
            dry_run: false,
            rows: RowCounts { read: rows, written: rows, ..RowCounts::default() },
            chunks: ChunkCounts { total: chunks, loaded: chunks, failed: 0 },
            failed_chunks: Vec::new(),
            reject_samples: Vec::new(),
            notes: Vec::new(),
            warnings: Vec::new(),
            changes: None,
            write_units: file.all_write_units(),
            throttles: 0,
            milliseconds,
        }
    }

    #[test]
    fn an_import_that_went_as_expected_costs_what_was_said_before_it() {
        let (model, prices) = (CostModel::of_this_version().unwrap(), Prices::list());
        for (rows, milliseconds) in [(100, 200), (100_000, 26_000), (1_000_000, 2_000_000)] {
            let file = LineupKind::Sample { popularity: true }.file(rows).unwrap();
            let before = model.import_cost(&prices, &file).unwrap().dollars;
            let after =
                prices.total(&model.reported(&reported(&file, milliseconds), file.text_bytes).unwrap());
            assert!((after / before - 1.0).abs() < 0.03, "{rows} rows: {before} before, {after} after");
        }
    }

    #[test]
    fn what_was_consumed_is_what_is_charged() {
        let model = CostModel::of_this_version().unwrap();
        let file = LineupKind::Sample { popularity: false }.file(100).unwrap();
        let (short, long) = (reported(&file, 0), Reported { write_units: 1e6, ..reported(&file, 3_600_000) });
        let [short, long] = [short, long].map(|summary| model.reported(&summary, file.text_bytes).unwrap());
        assert_eq!(long.quantity(UsageType::WriteUnits), 1e6);
        // An hour of 512 MB.
        let more = long.quantity(UsageType::GbSeconds) - short.quantity(UsageType::GbSeconds);
        assert!((more - 1_800.0).abs() < 1e-6, "{more}");
    }
}
