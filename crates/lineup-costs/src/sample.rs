//! A lineup by rule, whose rows are read as those of a file: what a row costs is measured, not written down.

use jiff::ToSpan;
use jiff::civil::Date;
use lineup::header::{Columns, HeaderError};
use lineup::reading::Reading;
use lineup_table::ItemReader;

use crate::measure::{LineupMeasure, calendar_entries};

const FIRST_DAY: Date = Date::constant(2025, 7, 1);
/// Sets of a stage on a day, 55 minutes each, as at the largest festivals. docs/data-model.md has the same lineup.
pub(crate) const SETS_A_DAY: u64 = 24;
const COLUMNS: [&str; 7] = ["Performer", "Stage", "Start", "End", "Date", "Genre", "Popularity"];
/// How many rows are read to learn the size of one. Their sizes differ by a few bytes.
const MEASURED_ROWS: u64 = 1_000;

/// A lineup with a number of rows: 24 sets a stage-day, and more days and stages with more rows. Every performer plays
/// four times. All rows have a genre.
///
/// ```
/// use lineup_costs::SampleLineup;
///
/// let lineup = SampleLineup::new(1_000, true);
/// assert_eq!(lineup.line(25), "Performer 0000175,Stage 0000,01:00,01:55,2025-07-02,a genre of some length,26");
/// assert_eq!(lineup.measure()?.write_units(), 3_000);
/// # Ok::<_, lineup::header::HeaderError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SampleLineup {
    rows: u64,
    days: u64,
    performers: u64,
    popularity: bool,
}

impl SampleLineup {
    /// A lineup of so many rows, at least one, with or without a popularity.
    pub fn new(rows: u64, popularity: bool) -> Self {
        let rows = rows.max(1);
        let stage_days = rows.div_ceil(SETS_A_DAY);
        // Not exact above 2^53, where nobody counts days.
        let days = ((stage_days as f64).sqrt() / 2.0).ceil() as u64;
        Self { rows, days: days.max(3), performers: rows.div_ceil(4), popularity }
    }

    /// Row `number` from 0, without its line break.
    pub fn line(&self, number: u64) -> String {
        let (stage_day, hour) = (number / SETS_A_DAY, number % SETS_A_DAY);
        let (stage, day) = (stage_day / self.days, stage_day % self.days);
        let date = FIRST_DAY.saturating_add(i64::try_from(day).unwrap_or(i64::MAX).min(1_000_000).days());
        let performer = number.wrapping_mul(7) % self.performers;
        let popularity =
            if self.popularity { format!(",{}", number.wrapping_mul(37) % 100 + 1) } else { String::new() };
        format!(
            "Performer {performer:07},Stage {stage:04},{hour:02}:00,{hour:02}:55,{date},a genre of some length{popularity}"
        )
    }

    /// The header.
    pub fn header(&self) -> String {
        self.columns().join(",")
    }

    fn columns(&self) -> &'static [&'static str] {
        if self.popularity { &COLUMNS } else { &COLUMNS[..6] }
    }

    /// How many rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// How many stage-days.
    pub fn stage_days(&self) -> u64 {
        self.rows.div_ceil(SETS_A_DAY)
    }

    /// On how many days there are sets.
    pub fn days(&self) -> u64 {
        self.days.min(self.stage_days())
    }

    /// How many calendar entries.
    pub fn calendar_entries(&self) -> u64 {
        calendar_entries(self.stage_days(), self.days())
    }

    /// The first rows, read as an import reads them: at most 1,000.
    ///
    /// # Errors
    /// The columns are none of a lineup; a test shows that they are.
    pub fn measure(&self) -> Result<LineupMeasure, HeaderError> {
        let columns = Columns::from_names(self.columns().iter().copied())?;
        let mut reader = ItemReader::new(&columns, &Reading::default());
        let mut measure = LineupMeasure::default();
        for number in 0..self.measured_rows() {
            let line = self.line(number);
            let fields: Vec<&[u8]> = line.split(',').map(str::as_bytes).collect();
            if let Ok(Some(item)) = reader.read(fields.into_iter()) {
                measure.add(item);
            }
        }
        Ok(measure)
    }

    /// How many rows [`Self::measure`] reads.
    pub(crate) fn measured_rows(&self) -> u64 {
        self.rows.min(MEASURED_ROWS)
    }

    /// Bytes of the file, as its first rows are.
    pub fn file_bytes(&self) -> u64 {
        let measured = self.measured_rows();
        let bytes: u64 = (0..measured).map(|number| self.line(number).len() as u64 + 1).sum();
        self.header().len() as u64 + 1 + (bytes as f64 / measured as f64 * self.rows as f64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_sample_is_read_and_costs_two_units_or_three_with_a_popularity() {
        for rows in [1, 23, 24, 25, 100, 1_000] {
            for (popularity, units) in [(false, 2), (true, 3)] {
                let lineup = SampleLineup::new(rows, popularity);
                let measure = lineup.measure().unwrap();
                assert_eq!((measure.rows(), measure.write_units()), (rows, units * rows));
                let counted = (measure.stage_days(), measure.days(), measure.calendar_entries());
                assert_eq!(
                    counted,
                    (lineup.stage_days(), lineup.days(), lineup.calendar_entries()),
                    "{rows}"
                );
            }
        }
    }
}
