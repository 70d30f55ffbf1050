//! Reading a list of keys, a run, piece by piece.

use bytes::Bytes;
use lineup_contracts::Source;
use lineup_versions::{Index, Merge, RunError, TAIL_BYTES, Tail};

use crate::error::Error;
use crate::object_store::uri;
use crate::objects::Objects;

/// How much is read with one request, unless a block is larger: some 30,000 keys.
const READ_BYTES: u64 = 1 << 20;

/// A list of keys in the imports bucket. Memory: its index, and up to 1 MiB of its blocks.
#[derive(Debug)]
pub struct KeyList {
    objects: Objects,
    source: Source,
    index: Index,
    /// The bytes that were read last, and where they begin.
    read: Bytes,
    read_from: u64,
}

impl KeyList {
    /// Reads the index of the list at `key`; `None` if there is no such object.
    pub async fn open(objects: &Objects, bucket: &str, key: &str) -> Result<Option<Self>, Error> {
        let Some(source) = objects.latest(bucket, key).await? else { return Ok(None) };
        let mut list = Self {
            objects: objects.clone(),
            index: Index::default(),
            read: Bytes::new(),
            read_from: 0,
            source,
        };
        list.read(list.source.size.saturating_sub(TAIL_BYTES)..list.source.size).await?;
        loop {
            match Tail::read(&list.read).map_err(|error| list.damaged(error))? {
                Tail::Index(index) => return Ok(Some(Self { index, ..list })),
                Tail::Needs(bytes) => {
                    list.read(list.source.size.saturating_sub(bytes)..list.source.size).await?;
                }
            }
        }
    }

    /// Its blocks.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Supplies the next block of this list to a merge in which it is the run of this number, and which asked for it.
    pub async fn supply(&mut self, merge: &mut Merge, run: usize) -> Result<(), Error> {
        // Without a closure that is held while it waits: a future of this stays `Send`.
        let Some((next, end)) = next_read(merge, run) else { return Err(self.damaged(RunError::NotAsked)) };
        let is_read = next.start >= self.read_from && next.end <= self.read_from + self.read.len() as u64;
        if !is_read {
            self.read(next.start..end).await?;
        }
        let start = usize::try_from(next.start - self.read_from).unwrap_or(usize::MAX);
        let end = usize::try_from(next.end - self.read_from).unwrap_or(usize::MAX);
        let block = self.read.get(start..end).ok_or_else(|| self.damaged(RunError::Cut))?;
        merge.supply(run, block).map_err(|error| self.damaged(error))
    }

    async fn read(&mut self, range: std::ops::Range<u64>) -> Result<(), Error> {
        let mut bytes = Vec::with_capacity(usize::try_from(range.end - range.start).unwrap_or_default());
        let mut reader = self.objects.read(&self.source, range.clone());
        while let Some(piece) = reader.next().await? {
            bytes.extend_from_slice(&piece);
        }
        (self.read, self.read_from) = (bytes.into(), range.start);
        Ok(())
    }

    pub(crate) fn damaged(&self, source: RunError) -> Error {
        Error::Run { object: uri(&self.source.bucket, &self.source.key), source }
    }
}

/// Where the next block of a run is, and where the blocks end that are read with it.
fn next_read(merge: &Merge, run: usize) -> Option<(std::ops::Range<u64>, u64)> {
    let places = merge.blocks_left(run);
    let mut ends = places.iter().map(|block| block.offset + u64::from(block.length));
    let first = places.first()?;
    let next = first.offset..ends.next()?;
    let end = ends.take_while(|end| *end <= next.start + READ_BYTES).last();
    let end = end.unwrap_or(next.end);
    Some((next, end))
}
