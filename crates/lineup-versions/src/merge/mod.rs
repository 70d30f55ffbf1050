//! Reading many runs as one list.

mod heap;
mod input;
#[cfg(test)]
mod tests;

use heap::Heap;
use input::{Input, NextEntry};

use crate::entry::RunEntry;
use crate::error::RunError;
use crate::performers::PerformerRange;
use crate::run::{BlockPlace, Index};

/// A row whose key another row of the same file has, with a higher offset: the other one is the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Loser {
    /// The number of the run that has it, as the runs were given to [`Merge::new`].
    pub run: usize,
    /// The byte of the text at which its record begins.
    pub offset: u64,
}

/// What a merge came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeStep {
    /// It needs the [next block](Merge::next_block) of the run with this number: fetch it and
    /// [supply](Merge::supply) it. Several `step`s until then say the same.
    Needs(usize),
    /// The next [entry](Merge::entry) is there.
    Entry,
    /// There are no more entries.
    Done,
}

/// Merges the runs of one version: every key once, in order, as its row with the highest offset. It reads nothing
/// itself: it says which block it needs, and is given the bytes.
///
/// Memory: a block of each run, at most [`BLOCK_BYTES`](crate::BLOCK_BYTES), two keys, and its index. Time: for each
/// entry as many comparisons as twice the binary logarithm of the number of runs, most of them of a number.
///
/// ```
/// use lineup_versions::{Index, ItemKey, Merge, MergeStep, PerformerRange, RunBuilder, RunEntry, Tail};
///
/// let run = |rows: &[(&str, u64)]| {
///     let mut builder = RunBuilder::new();
///     for (performer, offset) in rows {
///         let key = ItemKey::new(*performer, "2025-07-12#20:00#Main Stage");
///         builder.insert(&RunEntry { key, offset: *offset, value: 1, minutes: 60 })?;
///     }
///     builder.finish().map(|run| run.bytes)
/// };
/// let runs = [run(&[("Stormzy", 0), ("Ada", 40)])?, run(&[("Stormzy", 80)])?];
/// let indexes = runs.iter().map(|run| match Tail::read(run)? {
///     Tail::Index(index) => Ok(index),
///     Tail::Needs(_) => unreachable!("all of it was given"),
/// });
/// let mut merge = Merge::new(indexes.collect::<Result<_, lineup_versions::RunError>>()?, &PerformerRange::default());
/// let mut rows = Vec::new();
/// loop {
///     match merge.step()? {
///         MergeStep::Needs(run) => {
///             let place = merge.next_block(run).expect("it was asked for");
///             let block = &runs[run][place.bytes()];
///             merge.supply(run, block)?;
///         }
///         MergeStep::Entry => {
///             let losers: Vec<u64> = merge.losers().iter().map(|loser| loser.offset).collect();
///             rows.push((merge.entry().key.performer.clone(), merge.entry().offset, losers));
///         }
///         MergeStep::Done => break,
///     }
/// }
/// assert_eq!(rows, [("Ada".to_owned(), 40, vec![]), ("Stormzy".to_owned(), 80, vec![0])]);
/// # Ok::<_, lineup_versions::RunError>(())
/// ```
#[derive(Debug)]
pub struct Merge {
    inputs: Vec<Input>,
    range: PerformerRange,
    /// The runs whose next entry is not known yet.
    waiting: Vec<usize>,
    /// The runs whose next entry is known, by its key.
    heap: Heap,
    /// The row with the highest offset of the key that is being gathered, its run, and the others.
    winner: RunEntry,
    winner_run: usize,
    losers: Vec<Loser>,
    state: KeyState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyState {
    /// No key is being gathered.
    Empty,
    /// Rows of the winner's key are being gathered.
    Gathering,
    /// The winner was given to the caller.
    Given,
}

impl Merge {
    /// A merge of the entries that runs with these indexes have in a range. The indexes may have been cut to
    /// it, by [`Index::within`].
    pub fn new(indexes: Vec<Index>, range: &PerformerRange) -> Self {
        let inputs: Vec<Input> = indexes.into_iter().map(|index| Input::new(index.within(range))).collect();
        Self {
            waiting: (0..inputs.len()).rev().collect(),
            heap: Heap::default(),
            inputs,
            range: range.clone(),
            winner: RunEntry::default(),
            winner_run: 0,
            losers: Vec::new(),
            state: KeyState::Empty,
        }
    }

    /// Goes on as far as it can without another block.
    ///
    /// # Errors
    /// If a block is not as it was written.
    pub fn step(&mut self) -> Result<MergeStep, RunError> {
        if self.state == KeyState::Given {
            self.state = KeyState::Empty;
            self.losers.clear();
        }
        loop {
            if let Some(run) = self.advance_waiting()? {
                return Ok(MergeStep::Needs(run));
            }
            let Some(run) = self.heap.first().filter(|run| self.belongs(*run)) else { break };
            self.take(run);
            self.heap.remove_first(&self.inputs);
            self.waiting.push(run);
        }
        if self.state == KeyState::Empty {
            return Ok(MergeStep::Done);
        }
        self.state = KeyState::Given;
        Ok(MergeStep::Entry)
    }

    /// The block that is needed of a run next, as far as it is known from the indexes: for
    /// [`MergeStep::Needs`], and to fetch it ahead.
    pub fn next_block(&self, run: usize) -> Option<&BlockPlace> {
        self.inputs.get(run)?.next_block()
    }

    /// The blocks that will be needed of a run, the next one first: neighbours can be fetched with one request.
    pub fn blocks_left(&self, run: usize) -> &[BlockPlace] {
        self.inputs.get(run).map_or(&[], Input::blocks_left)
    }

    /// Takes the bytes of the [next block](Merge::next_block) of a run.
    ///
    /// # Errors
    /// If the run needs none, and if the block is not the one that the index means, byte for byte.
    pub fn supply(&mut self, run: usize, block: &[u8]) -> Result<(), RunError> {
        self.inputs.get_mut(run).ok_or(RunError::NotAsked)?.supply(block)
    }

    /// As [`Merge::supply`], out of the whole run, which is in memory.
    ///
    /// # Errors
    /// As [`Merge::supply`]; and if the run is cut.
    pub fn supply_from(&mut self, run: usize, bytes: &[u8]) -> Result<(), RunError> {
        let place = self.next_block(run).ok_or(RunError::NotAsked)?.bytes();
        self.supply(run, bytes.get(place).ok_or(RunError::Cut)?)
    }

    /// The entry that the last step came to: of all rows of its key the one with the highest offset.
    pub fn entry(&self) -> &RunEntry {
        &self.winner
    }

    /// The run that has the [entry](Merge::entry).
    pub fn run(&self) -> usize {
        self.winner_run
    }

    /// The other rows of its key, in no order. An earlier row of the same run is not among them:
    /// [`RunBuilder`](crate::RunBuilder) left it out, and says so.
    pub fn losers(&self) -> &[Loser] {
        &self.losers
    }

    /// Finds the next entries of waiting runs. Returns a run that needs a block for it.
    fn advance_waiting(&mut self) -> Result<Option<usize>, RunError> {
        while let Some(run) = self.waiting.last().copied() {
            match self.inputs[run].advance(&self.range)? {
                NextEntry::Block => return Ok(Some(run)),
                NextEntry::End => {}
                NextEntry::Entry => self.heap.push(run, &self.inputs),
            }
            self.waiting.pop();
        }
        Ok(None)
    }

    /// Whether the next entry of a run has the key that is being gathered, or begins one.
    fn belongs(&self, run: usize) -> bool {
        self.state == KeyState::Empty || self.inputs[run].entry().key == self.winner.key
    }

    fn take(&mut self, run: usize) {
        let entry = self.inputs[run].entry();
        if self.state == KeyState::Empty {
            self.state = KeyState::Gathering;
        } else if entry.offset > self.winner.offset {
            self.losers.push(Loser { run: self.winner_run, offset: self.winner.offset });
        } else {
            // One row in two runs is one row.
            let another = entry.offset < self.winner.offset;
            self.losers.extend(another.then_some(Loser { run, offset: entry.offset }));
            return;
        }
        self.winner.copy(entry);
        self.winner_run = run;
    }
}
