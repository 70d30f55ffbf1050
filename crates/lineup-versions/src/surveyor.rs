//! Surveying a chunk: what its rows say of the file, and the run of their keys.

use lineup::reject::{Reason, Reject};
use lineup::row::{Performance, RowAbove};
use lineup::survey::{Facts, SurveyedRows, Surveyor};
use lineup_table::Item;

use crate::builder::{FinishedRun, RunBuilder};
use crate::entry::RunEntry;
use crate::error::RunError;
use crate::guard::RejectedPerformers;

/// Surveys the rows of a chunk, whose bytes are pushed in slices of any size, and makes the run of their keys.
///
/// ```
/// use delimited::Dialect;
/// use lineup::header::Columns;
/// use lineup::reading::Reading;
/// use lineup::survey::Surveyor;
/// use lineup_versions::ChunkSurveyor;
///
/// let columns = Columns::from_names(["Performer", "Stage", "Start", "End", "Date"])?;
/// let surveyor = Surveyor::new(Dialect::default(), &columns, &Reading::default(), 0, 2);
/// let mut surveyor = ChunkSurveyor::new(surveyor, true);
/// surveyor.push(b"Ada,Tent,20:00,21:00,2025-07-12\nAda,Tent,20:00,21:30,2025-07-12\nAda,,,,\n");
/// let chunk = surveyor.finish()?;
/// assert_eq!((chunk.facts.rows, chunk.facts.rejects.count), (3, 1));
/// assert_eq!(chunk.run.map(|run| (run.entries, run.replaced)), Some((1, vec![0])));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ChunkSurveyor {
    surveyor: Surveyor,
    keys: KeyCollector,
}

/// What the survey of a chunk found.
#[derive(Debug)]
pub struct SurveyedChunk {
    /// What its rows say of the file.
    pub facts: Facts,
    /// The date and stage of its last row.
    pub above: RowAbove,
    /// The run of its keys, if one was wanted.
    pub run: Option<FinishedRun>,
    /// The performers of its rejected rows.
    pub rejected: RejectedPerformers,
}

impl ChunkSurveyor {
    /// Surveys with `surveyor`, and makes a run if that is wanted: a dry run needs none.
    pub fn new(surveyor: Surveyor, with_run: bool) -> Self {
        let builder = with_run.then(RunBuilder::new);
        let keys = KeyCollector {
            item: Item::blank(),
            entry: RunEntry::default(),
            builder,
            rejected: RejectedPerformers::default(),
            error: None,
        };
        Self { surveyor, keys }
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        let Self { surveyor, keys } = self;
        surveyor.push_with(bytes, keys);
    }

    /// What was found.
    ///
    /// # Errors
    /// None that is known: those of [`RunBuilder`] are about keys that no item has.
    pub fn finish(self) -> Result<SurveyedChunk, RunError> {
        let Self { surveyor, mut keys } = self;
        let (facts, above) = surveyor.finish_with(&mut keys);
        let KeyCollector { builder, error, rejected, .. } = keys;
        match error {
            Some(error) => Err(error),
            None => {
                let run = builder.map(RunBuilder::finish).transpose()?;
                Ok(SurveyedChunk { facts, above, run, rejected })
            }
        }
    }
}

/// Turns rows into entries.
#[derive(Debug)]
struct KeyCollector {
    item: Item,
    entry: RunEntry,
    builder: Option<RunBuilder>,
    rejected: RejectedPerformers,
    /// The first error of the builder.
    error: Option<RunError>,
}

impl SurveyedRows for KeyCollector {
    /// Adds a row. Refuses one that is too large for the table, as `load` does: it must win no key.
    fn readable(&mut self, offset: u64, performance: &mut Performance) -> Result<(), Reject> {
        let too_large =
            |error: lineup_table::TooLarge| Reject::whole_row(Reason::NotStorable(error.to_string()));
        self.item.take(performance).map_err(too_large)?;
        if let (Some(builder), None) = (&mut self.builder, &self.error) {
            self.entry.set(&self.item, offset);
            self.error = builder.insert(&self.entry).err();
        }
        Ok(())
    }

    fn rejected(&mut self, performer: Option<&str>) {
        self.rejected.add(performer);
    }
}
