//! The index of a run, and the trailer behind it.

use std::cmp::Ordering;
use std::ops::Range;

use super::place::{BLOCK_BYTES, BlockPlace, checksum};
use crate::bytes::{ByteCursor, push_key, push_varint};
use crate::entry::ItemKey;
use crate::error::RunError;
use crate::performers::PerformerRange;

/// How much of the end of a run one asks for first: trailer and index of some 1,300 blocks, of half a million entries.
pub const TAIL_BYTES: u64 = 64 << 10;

const TRAILER_BYTES: usize = 52;
const VERSION: u32 = 1;

/// What the trailer says of the kind of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunMagic(pub(crate) [u8; 8]);

/// What the trailer of a run has.
const MAGIC: RunMagic = RunMagic(*b"LINEUPRN");

/// The blocks of a run, in the order of their keys. Memory: some 150 bytes a block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    blocks: Vec<BlockPlace>,
}

impl Index {
    /// All blocks.
    pub fn blocks(&self) -> &[BlockPlace] {
        &self.blocks
    }

    /// How many entries the blocks have.
    pub fn entries(&self) -> u64 {
        self.blocks.iter().map(|block| u64::from(block.entries)).sum()
    }

    /// The index with only those blocks that may have entries of the range: its blocks, and the one before it.
    pub fn within(&self, range: &PerformerRange) -> Self {
        let begins_before =
            |performer: &str| self.blocks.partition_point(|block| *block.first.performer < *performer);
        let from = range.from.as_deref().map_or(0, |from| begins_before(from).saturating_sub(1));
        let until = range.until.as_deref().map_or(self.blocks.len(), begins_before);
        Self { blocks: self.blocks[from.min(until)..until].to_vec() }
    }

    /// Cuts the run into parts of whole blocks with at most `entries` entries each, or one block: numbers of blocks.
    /// For work that takes one key at a time, such as removing.
    pub fn parts(&self, entries: u64) -> Vec<Range<usize>> {
        let mut parts: Vec<Range<usize>> = Vec::new();
        let mut held = 0;
        for (number, block) in self.blocks.iter().enumerate() {
            held += u64::from(block.entries);
            match parts.last_mut() {
                Some(part) if held <= entries => part.end = number + 1,
                _ => {
                    parts.push(number..number + 1);
                    held = u64::from(block.entries);
                }
            }
        }
        parts
    }

    /// The index of a whole run that is in memory.
    ///
    /// # Errors
    /// The run is cut or damaged, or of another version.
    pub fn of_run(run: &[u8]) -> Result<Self, RunError> {
        match Tail::read(run)? {
            Tail::Index(index) => Ok(index),
            Tail::Needs(_) => Err(RunError::Cut),
        }
    }

    /// The index of one block alone; empty if there is no block of this number. Only that block is copied.
    pub fn block(&self, number: usize) -> Self {
        Self { blocks: self.blocks.get(number).into_iter().cloned().collect() }
    }

    /// Adds the blocks of a run whose keys are behind those of this one, and whose first byte is byte `at` of the list that both make.
    ///
    /// # Errors
    /// Its keys are not behind those of this one.
    pub fn append(&mut self, next: Self, at: u64) -> Result<(), RunError> {
        if let (Some(last), Some(first)) = (self.blocks.last(), next.blocks.first())
            && last.first >= first.first
        {
            return Err(RunError::NotSorted { key: first.first.performance.clone() });
        }
        let moved = |block: BlockPlace| BlockPlace { offset: block.offset + at, ..block };
        self.blocks.extend(next.blocks.into_iter().map(moved));
        Ok(())
    }

    /// The index with only the blocks of a [part](Index::parts).
    pub fn part(mut self, part: Range<usize>) -> Self {
        self.blocks.truncate(part.end);
        self.blocks.drain(..part.start.min(self.blocks.len()));
        self
    }

    fn read(bytes: &[u8], trailer: &Trailer) -> Result<Self, RunError> {
        if checksum(bytes) != trailer.index_checksum {
            return Err(RunError::Damaged("its index has another checksum"));
        }
        let (mut rest, mut first, mut offset) = (ByteCursor(bytes), ItemKey::default(), 0);
        let mut blocks = Vec::new();
        while !rest.0.is_empty() {
            let order = rest.key(&mut first)?;
            let (length, entries, checksum): (u32, u32, u64) = (rest.small()?, rest.small()?, rest.u64()?);
            if order != Ordering::Greater || entries == 0 || length as usize > BLOCK_BYTES {
                return Err(RunError::Damaged("its index is no list of blocks"));
            }
            blocks.push(BlockPlace { first: first.clone(), offset, length, entries, checksum });
            offset += u64::from(length);
        }
        let index = Self { blocks };
        if (index.blocks.len() as u64, offset, index.entries())
            != (u64::from(trailer.blocks), trailer.blocks_bytes, trailer.entries)
        {
            return Err(RunError::Damaged("its index is not as its trailer says"));
        }
        Ok(index)
    }
}

/// The index that is being made. Memory: what it holds, some 50 bytes a block.
#[derive(Debug, Default)]
pub(crate) struct OpenIndex {
    bytes: Vec<u8>,
    last: ItemKey,
    blocks: u32,
    blocks_bytes: u64,
    entries: u64,
}

impl OpenIndex {
    /// Adds the next block.
    pub(crate) fn push(&mut self, first: &ItemKey, entries: usize, block: &[u8]) {
        push_key(&mut self.bytes, &mut self.last, first);
        push_varint(&mut self.bytes, block.len() as u64);
        push_varint(&mut self.bytes, entries as u64);
        self.bytes.extend_from_slice(&checksum(block).to_le_bytes());
        self.blocks += 1;
        self.blocks_bytes += block.len() as u64;
        self.entries += entries as u64;
    }

    /// Appends index and trailer to `out`. Returns how many entries the run has.
    pub(super) fn finish(self, out: &mut Vec<u8>) -> Result<u64, RunError> {
        self.finish_as(out, MAGIC)
    }

    /// The same for a list of another kind.
    pub(crate) fn finish_as(self, out: &mut Vec<u8>, magic: RunMagic) -> Result<u64, RunError> {
        let index_bytes = u32::try_from(self.bytes.len()).map_err(|_| RunError::TooLarge)?;
        out.extend_from_slice(&self.bytes);
        let trailer = out.len();
        out.extend_from_slice(&self.entries.to_le_bytes());
        out.extend_from_slice(&self.blocks.to_le_bytes());
        out.extend_from_slice(&index_bytes.to_le_bytes());
        out.extend_from_slice(&self.blocks_bytes.to_le_bytes());
        out.extend_from_slice(&checksum(&self.bytes).to_le_bytes());
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&magic.0);
        let own = checksum(&out[trailer..]);
        out.extend_from_slice(&own.to_le_bytes());
        Ok(self.entries)
    }
}

struct Trailer {
    entries: u64,
    blocks: u32,
    index_bytes: u32,
    blocks_bytes: u64,
    index_checksum: u64,
}

impl Trailer {
    fn read(bytes: &[u8], magic: RunMagic) -> Result<Self, RunError> {
        let mut rest = ByteCursor(bytes);
        let read = Self {
            entries: rest.u64()?,
            blocks: rest.u32()?,
            index_bytes: rest.u32()?,
            blocks_bytes: rest.u64()?,
            index_checksum: rest.u64()?,
        };
        let found = rest.u32()?;
        if rest.take(magic.0.len())? != magic.0 || rest.u64()? != checksum(&bytes[..TRAILER_BYTES - 8]) {
            return Err(RunError::Cut);
        }
        if found == VERSION { Ok(read) } else { Err(RunError::Version { found, known: VERSION }) }
    }
}

/// What the end of a run shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tail {
    /// The index.
    Index(Index),
    /// The index is longer: so many bytes of the end have it.
    Needs(u64),
}

impl Tail {
    /// Reads the last bytes of a run, for example [`TAIL_BYTES`], or all of a shorter one.
    ///
    /// ```
    /// use lineup_versions::{RunBuilder, RunEntry, Tail, ItemKey};
    ///
    /// let mut builder = RunBuilder::new();
    /// let key = ItemKey::new("Stormzy", "2025-07-12#20:00#Main Stage");
    /// builder.insert(&RunEntry { key, offset: 40, value: 1, minutes: 60 })?;
    /// let run = builder.finish()?.bytes;
    /// let (all, end) = (Tail::read(&run)?, Tail::read(&run[run.len() - 52..])?);
    /// let Tail::Index(index) = all else { panic!("the index is there") };
    /// assert_eq!((index.entries(), &*index.blocks()[0].first.performer), (1, "Stormzy"));
    /// assert!(matches!(end, Tail::Needs(bytes) if bytes < run.len() as u64));
    /// assert!(Tail::read(&run[..run.len() - 1]).is_err());
    /// # Ok::<_, lineup_versions::RunError>(())
    /// ```
    ///
    /// # Errors
    /// If this is not the end of a run, or a damaged one, or a run of another version.
    pub fn read(tail: &[u8]) -> Result<Self, RunError> {
        Self::read_as(tail, MAGIC)
    }

    /// The same for a list of another kind.
    pub(crate) fn read_as(tail: &[u8], magic: RunMagic) -> Result<Self, RunError> {
        let at = tail.len().checked_sub(TRAILER_BYTES).ok_or(RunError::Cut)?;
        let (before, trailer) = tail.split_at(at);
        let trailer = Trailer::read(trailer, magic)?;
        match before.len().checked_sub(trailer.index_bytes as usize) {
            Some(start) => Index::read(&before[start..], &trailer).map(Self::Index),
            None => Ok(Self::Needs(u64::from(trailer.index_bytes) + TRAILER_BYTES as u64)),
        }
    }
}
