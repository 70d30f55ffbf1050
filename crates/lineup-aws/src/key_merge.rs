//! Merging and comparing lists of keys, whose blocks are read as they are needed.

use std::time::Duration;

use bytes::Bytes;
use lineup_versions::{
    Change, ComparedVersion, Comparison, ComparisonStep, Differences, Index, Loser, Merge, MergeStep,
    PerformerRange, RunEntry, RunError,
};

use crate::error::Error;
use crate::key_list::KeyList;

/// How long going through the keys of a range may take: an invocation with less time left does not begin the next one. 33 million keys
/// take a minute (docs/versions.md).
pub const RANGE_TIME: Duration = Duration::from_secs(240);

/// A run that is merged: in memory, or read piece by piece.
#[derive(Debug)]
pub enum RunSource {
    /// All its bytes, and its index.
    Held(Bytes, Index),
    /// A list in the imports bucket.
    Stored(KeyList),
}

impl RunSource {
    /// A run that is in memory.
    ///
    /// # Errors
    /// It is cut or damaged.
    pub fn held(run: Bytes) -> Result<Self, RunError> {
        let index = Index::of_run(&run)?;
        Ok(Self::Held(run, index))
    }

    /// Its blocks.
    pub fn index(&self) -> &Index {
        match self {
            Self::Held(_, index) => index,
            Self::Stored(list) => list.index(),
        }
    }

    async fn supply(&mut self, merge: &mut Merge, run: usize) -> Result<(), Error> {
        match self {
            Self::Held(bytes, _) => Ok(merge.supply_from(run, bytes)?),
            Self::Stored(list) => list.supply(merge, run).await,
        }
    }
}

impl From<KeyList> for RunSource {
    fn from(list: KeyList) -> Self {
        Self::Stored(list)
    }
}

fn merge(runs: &[RunSource], range: &PerformerRange) -> Merge {
    Merge::new(runs.iter().map(|run| run.index().within(range)).collect(), range)
}

/// The keys of several runs in a range of performers, each once, in their order.
#[derive(Debug)]
pub struct KeyMerge<'r> {
    runs: &'r mut [RunSource],
    merge: Merge,
}

impl<'r> KeyMerge<'r> {
    /// The keys that these runs have in a range.
    pub fn new(runs: &'r mut [RunSource], range: &PerformerRange) -> Self {
        Self { merge: merge(runs, range), runs }
    }

    /// Goes on to the next key. Returns whether there is one.
    ///
    /// # Errors
    /// A run is damaged, or cannot be read.
    pub async fn advance(&mut self) -> Result<bool, Error> {
        loop {
            match self.merge.step()? {
                MergeStep::Needs(run) => self.runs[run].supply(&mut self.merge, run).await?,
                MergeStep::Entry => return Ok(true),
                MergeStep::Done => return Ok(false),
            }
        }
    }

    /// The entry of the key: [`Merge::entry`].
    pub fn entry(&self) -> &RunEntry {
        self.merge.entry()
    }

    /// The other rows with the key: [`Merge::losers`].
    pub fn losers(&self) -> &[Loser] {
        self.merge.losers()
    }
}

/// The lists that are compared.
#[derive(Debug, Default)]
pub struct ComparedRuns {
    /// Of the file.
    pub new: Vec<RunSource>,
    /// Of the version before, with what it left in the table of those before it.
    pub before: Vec<RunSource>,
    /// Of other imports.
    pub others: Vec<RunSource>,
}

impl ComparedRuns {
    fn of(&mut self, version: ComparedVersion, run: usize) -> Option<&mut RunSource> {
        match version {
            ComparedVersion::New => self.new.get_mut(run),
            ComparedVersion::Before => self.before.get_mut(run),
            ComparedVersion::Other(number) => self.others.get_mut(number),
        }
    }
}

/// Compares the keys of a file with those of earlier versions, in a range of performers.
#[derive(Debug)]
pub struct KeyComparison<'r> {
    runs: &'r mut ComparedRuns,
    comparison: Comparison,
}

impl<'r> KeyComparison<'r> {
    /// Compares what these lists have in a range.
    pub fn new(runs: &'r mut ComparedRuns, range: &PerformerRange) -> Self {
        let before = (!runs.before.is_empty()).then(|| merge(&runs.before, range));
        let others = runs.others.chunks(1).map(|other| merge(other, range)).collect();
        Self { comparison: Comparison::new(merge(&runs.new, range), before, others), runs }
    }

    /// Goes on to the next key, and says what became of it; `None` after the last.
    ///
    /// # Errors
    /// A list is damaged, or cannot be read.
    pub async fn advance(&mut self) -> Result<Option<Change>, Error> {
        loop {
            match self.comparison.step()? {
                ComparisonStep::Needs { version, run } => {
                    let merge = self.comparison.merge(version).ok_or(RunError::NotAsked)?;
                    self.runs.of(version, run).ok_or(RunError::NotAsked)?.supply(merge, run).await?;
                }
                ComparisonStep::Key(change) => return Ok(Some(change)),
                ComparisonStep::Done => return Ok(None),
            }
        }
    }

    /// The entry of the key: [`Comparison::entry`].
    pub fn entry(&self) -> &RunEntry {
        self.comparison.entry()
    }

    /// What was found.
    pub fn finish(self) -> Differences {
        self.comparison.finish()
    }
}
