//! The survey: what a file says of itself before its first row is loaded.
//!
//! A [`Surveyor`] reads every row of a chunk and leaves [`Facts`], which fold in any grouping. [`decide`] makes
//! the file's [`Reading`](crate::reading::Reading) of them, or says what the planner has to tell. [`warnings`]
//! are about rows that load but look wrong.

mod decide;
mod facts;
mod habits;
mod notes;
mod sighting;
mod warning;

use delimited::Dialect;
use delimited::records::{Next, Records};

use crate::header::Columns;
use crate::reading::Reading;
use crate::reject::Reject;
use crate::row::{Performance, RowAbove, RowReader};

pub use decide::{UndecidedError, decide};
pub use facts::Facts;
pub use habits::Habits;
pub use notes::notes;
pub use sighting::{FirstValues, PlacedValue, SHOWN, Sighting, Sightings};
pub use warning::{Warning, WarningKind, warnings};

/// Who wants to know of each row that is surveyed.
pub trait SurveyedRows {
    /// A row that can be read, and the offset of its record. What is refused counts as a reject. The performance may be taken:
    /// the next row overwrites it.
    ///
    /// # Errors
    /// Why the row is refused.
    fn readable(&mut self, offset: u64, performance: &mut Performance) -> Result<(), Reject>;

    /// A row that is rejected: its performer as [`spelling::key`](crate::spelling::key) writes it, if that can be read.
    fn rejected(&mut self, performer: Option<&str>);
}

/// Nobody wants to know.
struct Unheard;

impl SurveyedRows for Unheard {
    fn readable(&mut self, _: u64, _: &mut Performance) -> Result<(), Reject> {
        Ok(())
    }

    fn rejected(&mut self, _: Option<&str>) {}
}

/// Surveys the rows of a chunk, whose bytes are pushed in slices of any size.
///
/// ```
/// use delimited::Dialect;
/// use lineup::header::Columns;
/// use lineup::options::ReadOptions;
/// use lineup::origin::Origin;
/// use lineup::survey::{Surveyor, decide};
///
/// let columns = Columns::from_names(["Performer", "Stage", "Start", "End", "Date"])?;
/// let options = ReadOptions::default();
/// let mut surveyor = Surveyor::new(Dialect::default(), &columns, &options.reading(), 0, 2);
/// surveyor.push(b"Stormzy,Main,20:00,21:00,25/07/2025\nAda,Tent,20:00,21:00,12/07/2025\n");
/// let reading = decide(&surveyor.finish().0, &options, &columns, &Origin::Lines)?;
/// assert_eq!(reading.dates.order, Some(lineup::date::DateOrder::DayFirst));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Surveyor {
    records: Records,
    reader: RowReader,
    performance: Performance,
    facts: Facts,
}

impl Surveyor {
    /// A surveyor of the rows from the file offset `start` on, which is on `line`, read by `reading`.
    pub fn new(dialect: Dialect, columns: &Columns, reading: &Reading, start: u64, line: u64) -> Self {
        Self {
            records: Records::new(dialect, start, line),
            reader: RowReader::new(columns, reading),
            performance: Performance::blank(),
            facts: Facts::default(),
        }
    }

    /// Begins behind a row with this date and stage.
    pub fn with_above(self, above: RowAbove) -> Self {
        Self { reader: self.reader.with_above(above), ..self }
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.push_with(bytes, &mut Unheard);
    }

    /// As [`Surveyor::push`], and tells `rows` of each row.
    pub fn push_with(&mut self, bytes: &[u8], rows: &mut impl SurveyedRows) {
        self.records.push(bytes);
        self.survey(rows);
    }

    /// The facts, and the date and stage of the last row.
    pub fn finish(self) -> (Facts, RowAbove) {
        self.finish_with(&mut Unheard)
    }

    /// As [`Surveyor::finish`], with the rows that were not complete yet: see [`Surveyor::push_with`].
    pub fn finish_with(mut self, rows: &mut impl SurveyedRows) -> (Facts, RowAbove) {
        self.records.finish();
        self.survey(rows);
        (self.facts, self.reader.above().clone())
    }

    fn survey(&mut self, rows: &mut impl SurveyedRows) {
        let Self { records, reader, performance, facts } = self;
        while let Some(next) = records.next_record() {
            match next {
                Next::Record(record) => {
                    facts.add_text(record.line, record.raw);
                    let row = reader.read_record(&record, performance);
                    let each = |performance: &mut _| rows.readable(record.start, performance);
                    if !facts.add(record.line, row, reader, performance, each) {
                        rows.rejected(reader.performer(&record).as_deref());
                    }
                }
                Next::TooLong(record) => {
                    facts.add_reject(record.line, "record longer than 1 MiB");
                    rows.rejected(None);
                }
                Next::UnclosedQuote { line } => {
                    facts.add_reject(line, "a quote is never closed");
                    rows.rejected(None);
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
