//! Lists of names as bytes: writing one, and merging several.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::vec;

use super::block::{OpenNames, read_keys};
use super::index::{NameIndex, end_of_list};
use crate::entry::ItemKey;
use crate::error::RunError;
use crate::run::{BlockPlace, OpenIndex};

/// A list that is being written.
#[derive(Debug, Default)]
pub(super) struct OpenList {
    out: Vec<u8>,
    block: OpenNames,
    index: OpenIndex,
}

impl OpenList {
    fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes), ..Self::default() }
    }

    /// Adds a name whose key is behind all others.
    pub(super) fn push(&mut self, key: &ItemKey) {
        if self.block.entries() > 0 && !self.block.has_room(key) {
            self.end_block();
        }
        self.block.push(key);
    }

    fn end_block(&mut self) {
        let (start, entries) = (self.out.len(), self.block.entries());
        self.block.take(&mut self.out);
        self.index.push(self.block.first(), entries, &self.out[start..]);
    }

    pub(super) fn finish(mut self) -> Result<Vec<u8>, RunError> {
        if self.block.entries() > 0 {
            self.end_block();
        }
        end_of_list(self.index, &mut self.out)?;
        Ok(self.out)
    }
}

/// Merges lists that have no name in common. Memory: the lists, as much for the new one, and a block of keys of each.
///
/// # Errors
/// A list is cut or damaged.
pub(super) fn merge(lists: Vec<Vec<u8>>) -> Result<Vec<u8>, RunError> {
    let mut merged = OpenList::with_capacity(lists.iter().map(Vec::len).sum());
    let mut lists: Vec<ReadList> = lists.into_iter().map(ReadList::new).collect::<Result<_, _>>()?;
    let mut next = BinaryHeap::with_capacity(lists.len());
    for (number, list) in lists.iter_mut().enumerate() {
        next.extend(list.next()?.map(|key| Reverse((key, number))));
    }
    while let Some(Reverse((key, number))) = next.pop() {
        merged.push(&key);
        next.extend(lists[number].next()?.map(|key| Reverse((key, number))));
    }
    merged.finish()
}

/// A list that is read from its front.
#[derive(Debug)]
struct ReadList {
    list: Vec<u8>,
    blocks: vec::IntoIter<BlockPlace>,
    keys: vec::IntoIter<ItemKey>,
}

impl ReadList {
    fn new(list: Vec<u8>) -> Result<Self, RunError> {
        let blocks = NameIndex::of_list(&list)?.all().to_vec().into_iter();
        Ok(Self { list, blocks, keys: Vec::new().into_iter() })
    }

    fn next(&mut self) -> Result<Option<ItemKey>, RunError> {
        if let Some(key) = self.keys.next() {
            return Ok(Some(key));
        }
        let Some(place) = self.blocks.next() else { return Ok(None) };
        let block = self.list.get(place.bytes()).ok_or(RunError::Cut)?;
        let mut keys = Vec::new();
        read_keys(&place, block, |key| keys.push(key.clone()))?;
        self.keys = keys.into_iter();
        Ok(self.keys.next())
    }
}
