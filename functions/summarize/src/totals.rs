//! The sums over the results.

use lineup_contracts::{ChunkCounts, ChunkResult, Outcome, RowCounts, Summary};

/// The sums over the results that were added.
#[derive(Debug, Default)]
pub(crate) struct ImportTotals {
    pub(crate) rows: RowCounts,
    pub(crate) write_units: f64,
    pub(crate) throttles: u64,
    pub(crate) milliseconds: u64,
    /// The keys of the first rejects files. Each has at least one row, so one file a sample is enough.
    pub(crate) rejects: Vec<String>,
}

impl ImportTotals {
    pub(crate) fn add(&mut self, result: ChunkResult) {
        self.rows += result.rows;
        self.write_units += result.write_units;
        self.throttles += result.throttles;
        self.milliseconds += result.milliseconds;
        let wanted = Summary::REJECT_SAMPLES - self.rejects.len();
        self.rejects.extend(result.rejects.into_iter().take(wanted));
    }

    pub(crate) fn outcome(&self, failed: u32) -> Outcome {
        match (failed, self.rows.rejected) {
            (0, 0) => Outcome::Succeeded,
            (0, _) => Outcome::Partial,
            _ => Outcome::Failed,
        }
    }

    pub(crate) fn chunks(&self, total: u32, failed: u32) -> ChunkCounts {
        ChunkCounts { total, loaded: total.saturating_sub(failed), failed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outcome_is_told_by_failed_chunks_first_and_rejected_rows_second() {
        let totals = |rejected| ImportTotals {
            rows: RowCounts { rejected, ..Default::default() },
            ..Default::default()
        };
        assert_eq!(totals(0).outcome(0), Outcome::Succeeded);
        assert_eq!(totals(1).outcome(0), Outcome::Partial);
        assert_eq!(totals(0).outcome(1), Outcome::Failed);
        assert_eq!(totals(1).outcome(1), Outcome::Failed);
    }
}
