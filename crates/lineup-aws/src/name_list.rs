//! Reading a list of names, piece by piece.

use bytes::Bytes;
use lineup_contracts::Source;
use lineup_versions::{BlockPlace, NameIndex, NameKind, NameTail, RunError, TAIL_BYTES, read_names};

use crate::error::Error;
use crate::object_store::uri;
use crate::objects::Objects;

/// A list of names in the imports bucket. Memory: its index, and the end of it that was read with that.
#[derive(Debug)]
pub struct NameList {
    objects: Objects,
    source: Source,
    index: NameIndex,
    /// The end of the list: all of a list of up to 64 KiB, some thousands of names.
    tail: Bytes,
}

impl NameList {
    /// Reads the index of the list at `key`; `None` if there is no such object.
    pub async fn open(objects: &Objects, bucket: &str, key: &str) -> Result<Option<Self>, Error> {
        let Some(source) = objects.latest(bucket, key).await? else { return Ok(None) };
        let (index, objects) = (NameIndex::default(), objects.clone());
        let mut list = Self { objects, index, tail: Bytes::new(), source };
        list.tail = list.read(list.source.size.saturating_sub(TAIL_BYTES)..list.source.size).await?;
        loop {
            match NameTail::read(&list.tail).map_err(|error| list.damaged(error))? {
                NameTail::Index(index) => return Ok(Some(Self { index, ..list })),
                NameTail::Needs(bytes) => {
                    list.tail = list.read(list.source.size.saturating_sub(bytes)..list.source.size).await?;
                }
            }
        }
    }

    /// How many names there are, of performers and of stages.
    pub fn names(&self) -> u64 {
        self.index.names()
    }

    /// The blocks with the names of a kind that may be equal to `asked` but for case and accents: one, or two.
    pub async fn near(&self, kind: NameKind, asked: &str) -> Result<NameBlocks<'_>, Error> {
        self.blocks(kind, self.index.equal(kind, asked)).await
    }

    /// The blocks with all names of a kind.
    pub async fn all(&self, kind: NameKind) -> Result<NameBlocks<'_>, Error> {
        self.blocks(kind, self.index.of_kind(kind)).await
    }

    /// Reads neighbouring blocks with one request.
    async fn blocks<'l>(&'l self, kind: NameKind, places: &'l [BlockPlace]) -> Result<NameBlocks<'l>, Error> {
        let begin = places.first().map_or(0, |first| first.offset);
        let end = places.last().map_or(0, |last| last.offset + u64::from(last.length));
        let bytes = match self.in_tail(&(begin..end)) {
            Some(bytes) => bytes,
            None => self.read(begin..end).await?,
        };
        Ok(NameBlocks { list: self, kind, places, begin, bytes })
    }

    /// The bytes of the range, if they were read already.
    fn in_tail(&self, range: &std::ops::Range<u64>) -> Option<Bytes> {
        let begins = self.source.size.checked_sub(self.tail.len() as u64)?;
        let start = usize::try_from(range.start.checked_sub(begins)?).ok()?;
        let end = usize::try_from(range.end.checked_sub(begins)?).ok()?;
        (end <= self.tail.len()).then(|| self.tail.slice(start..end))
    }

    async fn read(&self, range: std::ops::Range<u64>) -> Result<Bytes, Error> {
        let mut bytes = Vec::with_capacity(usize::try_from(range.end - range.start).unwrap_or_default());
        let mut reader = self.objects.read(&self.source, range);
        while let Some(piece) = reader.next().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.into())
    }

    fn damaged(&self, source: RunError) -> Error {
        Error::Run { object: uri(&self.source.bucket, &self.source.key), source }
    }
}

/// Blocks that were read, as they are in the list: compressed.
#[derive(Debug)]
pub struct NameBlocks<'l> {
    list: &'l NameList,
    kind: NameKind,
    places: &'l [BlockPlace],
    begin: u64,
    bytes: Bytes,
}

impl NameBlocks<'_> {
    /// Calls `each` with every name of the kind that was asked for.
    pub fn each(&self, mut each: impl FnMut(&str)) -> Result<(), Error> {
        for place in self.places {
            // Within what was read, which is in memory.
            let start = usize::try_from(place.offset - self.begin).unwrap_or(usize::MAX);
            let block = self.bytes.get(start..start.saturating_add(place.length as usize));
            let block = block.ok_or_else(|| self.list.damaged(RunError::Cut))?;
            let of_kind = |found, name: &str| {
                if found == self.kind {
                    each(name);
                }
            };
            read_names(place, block, of_kind).map_err(|error| self.list.damaged(error))?;
        }
        Ok(())
    }
}
