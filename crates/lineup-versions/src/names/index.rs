//! The index of a list of names.

use super::NameKind;
use crate::error::RunError;
use crate::run::{BlockPlace, Index, OpenIndex, RunMagic, Tail};

/// What the trailer of a list of names has.
const MAGIC: RunMagic = RunMagic(*b"LINEUPNM");

/// The blocks of a list of names, in the order of the names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameIndex(Index);

/// What the end of a list of names shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameTail {
    /// The index.
    Index(NameIndex),
    /// The index is longer: so many bytes of the end have it.
    Needs(u64),
}

impl NameTail {
    /// Reads the last bytes of a list, for example [`TAIL_BYTES`](crate::TAIL_BYTES), or all of a shorter one.
    ///
    /// # Errors
    /// If this is not the end of a list of names, or a damaged one, or one of another version.
    pub fn read(tail: &[u8]) -> Result<Self, RunError> {
        Ok(match Tail::read_as(tail, MAGIC)? {
            Tail::Index(index) => Self::Index(NameIndex(index)),
            Tail::Needs(bytes) => Self::Needs(bytes),
        })
    }
}

impl NameIndex {
    /// The index of a whole list that is in memory.
    ///
    /// # Errors
    /// The list is cut or damaged, or of another version.
    pub fn of_list(list: &[u8]) -> Result<Self, RunError> {
        match NameTail::read(list)? {
            NameTail::Index(index) => Ok(index),
            NameTail::Needs(_) => Err(RunError::Cut),
        }
    }

    /// How many names there are, of both kinds.
    pub fn names(&self) -> u64 {
        self.0.entries()
    }

    /// All blocks.
    pub fn all(&self) -> &[BlockPlace] {
        self.0.blocks()
    }

    /// The blocks that may have names of a kind that are equal to `asked` as names compare; others are in them, too.
    pub fn equal(&self, kind: NameKind, asked: &str) -> &[BlockPlace] {
        let folded = kind.folded(asked);
        self.between(&folded, &format!("{folded}\0"))
    }

    /// The blocks that have names of a kind; others may be in them, too.
    pub fn of_kind(&self, kind: NameKind) -> &[BlockPlace] {
        // "q" is behind all keys that begin with "p", and "t" behind those with "s".
        let behind = match kind {
            NameKind::Performer => "q",
            NameKind::Stage => "t",
        };
        self.between(kind.prefix(), behind)
    }

    fn between(&self, from: &str, until: &str) -> &[BlockPlace] {
        let blocks = self.0.blocks();
        let begins_before = |key: &str| blocks.partition_point(|block| *block.first.performer < *key);
        let until = begins_before(until);
        // The block before may end with such names.
        let from = begins_before(from).saturating_sub(1).min(until);
        &blocks[from..until]
    }
}

/// Appends index and trailer to `out`.
pub(super) fn end_of_list(index: OpenIndex, out: &mut Vec<u8>) -> Result<u64, RunError> {
    index.finish_as(out, MAGIC)
}
