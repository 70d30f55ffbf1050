//! One run of a merge.

use crate::entry::{ItemKey, RunEntry};
use crate::error::RunError;
use crate::performers::PerformerRange;
use crate::run::{BlockEntries, BlockPlace, Index};

/// What the next entry of a run takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NextEntry {
    /// It is there.
    Entry,
    /// Another block.
    Block,
    /// There is none.
    End,
}

/// A run, as far as it was read.
#[derive(Debug)]
pub(super) struct Input {
    index: Index,
    /// How many blocks were supplied.
    supplied: usize,
    block: BlockEntries,
    /// [`ItemKey::prefix`] of the entry.
    prefix: u64,
    ended: bool,
}

impl Input {
    pub(super) fn new(index: Index) -> Self {
        Self { index, supplied: 0, block: BlockEntries::default(), prefix: 0, ended: false }
    }

    pub(super) fn next_block(&self) -> Option<&BlockPlace> {
        self.blocks_left().first()
    }

    pub(super) fn blocks_left(&self) -> &[BlockPlace] {
        self.index.blocks().get(self.supplied..).unwrap_or_default()
    }

    pub(super) fn supply(&mut self, block: &[u8]) -> Result<(), RunError> {
        if !self.block.is_empty() {
            return Err(RunError::NotAsked);
        }
        let place = self.index.blocks().get(self.supplied).ok_or(RunError::NotAsked)?;
        self.block.open(place, block)?;
        self.supplied += 1;
        Ok(())
    }

    /// Goes on to the next entry in the range.
    pub(super) fn advance(&mut self, range: &PerformerRange) -> Result<NextEntry, RunError> {
        while !self.ended {
            if !self.block.advance()? {
                return Ok(if self.next_block().is_some() { NextEntry::Block } else { NextEntry::End });
            }
            let performer = &self.block.entry().key.performer;
            if range.is_behind(performer) {
                self.ended = true;
            } else if !range.is_before(performer) {
                self.prefix = ItemKey::prefix(performer);
                return Ok(NextEntry::Entry);
            }
        }
        Ok(NextEntry::End)
    }

    pub(super) fn entry(&self) -> &RunEntry {
        self.block.entry()
    }

    /// Whether its entry comes before that of another run.
    pub(super) fn is_before(&self, other: &Self) -> bool {
        match self.prefix.cmp(&other.prefix) {
            std::cmp::Ordering::Equal => self.entry().key < other.entry().key,
            order => order.is_lt(),
        }
    }
}
