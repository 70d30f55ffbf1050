//! Reading a list of keys, a run, piece by piece.

use std::ops::Range;

use bytes::Bytes;
use lineup_contracts::{ListParts, Source};
use lineup_versions::{Index, Merge, RunError, TAIL_BYTES, Tail};

use crate::error::Error;
use crate::object_store::uri;
use crate::objects::Objects;
use crate::task::OwnedTask;

/// How much is read with one request, unless a block is larger: some 30,000 keys.
const READ_BYTES: u64 = 1 << 20;

/// A list of keys in the imports bucket: an object, or several, of which each has the keys behind those of the one before. Memory: its
/// index, and of its blocks the piece that is used and the next one, each up to 1 MiB.
#[derive(Debug)]
pub struct KeyList {
    objects: Objects,
    parts: Vec<ListPart>,
    index: Index,
    read_bytes: u64,
    piece: Piece,
    /// What is read while the piece before it is used.
    ahead: Option<OwnedTask<Result<Piece, Error>>>,
}

/// An object of a list.
#[derive(Debug, Clone)]
struct ListPart {
    source: Source,
    /// The byte of the list at which it begins.
    begins: u64,
}

/// Bytes of a list, and where they begin in it.
#[derive(Debug, Default)]
struct Piece {
    bytes: Bytes,
    begins: u64,
}

impl Piece {
    fn get(&self, range: &Range<u64>) -> Option<&[u8]> {
        let start = usize::try_from(range.start.checked_sub(self.begins)?).ok()?;
        self.bytes.get(start..usize::try_from(range.end - self.begins).ok()?)
    }
}

impl KeyList {
    /// Reads the index of the list at `key`; `None` if there is no such object.
    pub async fn open(objects: &Objects, bucket: &str, key: &str) -> Result<Option<Self>, Error> {
        let Some(source) = objects.latest(bucket, key).await? else { return Ok(None) };
        let mut list = Self {
            objects: objects.clone(),
            parts: Vec::new(),
            index: Index::default(),
            read_bytes: READ_BYTES,
            piece: Piece::default(),
            ahead: None,
        };
        match list.read_end(source).await? {
            ListEnd::Run(index, source) => list.add(index, source)?,
            ListEnd::Parts(parts) => {
                for key in parts {
                    list.add_part(bucket, &key).await?;
                }
            }
        }
        Ok(Some(list))
    }

    /// The same list, read in pieces of this size: where many are merged.
    #[must_use]
    pub fn reading(mut self, bytes: u64) -> Self {
        self.read_bytes = bytes;
        self
    }

    /// Its blocks.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Supplies the next block of this list to a merge in which it is the run of this number, and which asked for it.
    pub async fn supply(&mut self, merge: &mut Merge, run: usize) -> Result<(), Error> {
        // Without a closure that is held while it waits: a future of this stays `Send`.
        let Some(next) =
            merge.next_block(run).map(|block| block.offset..block.offset + u64::from(block.length))
        else {
            return Err(self.damaged(RunError::NotAsked));
        };
        if self.piece.get(&next).is_none() {
            self.read(merge, run, &next).await?;
        }
        let block = self.piece.get(&next).ok_or_else(|| self.damaged(RunError::Cut))?;
        merge.supply(run, block).map_err(|error| self.damaged(error))
    }

    /// Reads the piece that begins with the block at `next`, and begins to read the one behind it.
    async fn read(&mut self, merge: &Merge, run: usize, next: &Range<u64>) -> Result<(), Error> {
        let ahead = match self.ahead.take() {
            Some(ahead) => Some(ahead.join().await?).filter(|piece| piece.get(next).is_some()),
            None => None,
        };
        self.piece = match ahead {
            Some(piece) => piece,
            None => {
                let end = self.end_of_piece(merge, run, next.start).unwrap_or(next.end);
                self.part_of(next.start).read(&self.objects, next.start..end).await?
            }
        };
        let behind = self.piece.begins + self.piece.bytes.len() as u64;
        let following =
            merge.blocks_left(run).iter().map(|block| block.offset).find(|offset| *offset >= behind);
        if let Some(start) = following
            && let Some(end) = self.end_of_piece(merge, run, start)
        {
            let (part, objects) = (self.part_of(start).clone(), self.objects.clone());
            self.ahead = Some(OwnedTask::spawn(async move { part.read(&objects, start..end).await }));
        }
        Ok(())
    }

    /// Where the blocks end that are read together from the byte `start` on: at most in the same object.
    fn end_of_piece(&self, merge: &Merge, run: usize, start: u64) -> Option<u64> {
        let next_part = self.parts.iter().map(|part| part.begins).find(|begins| *begins > start);
        let limit = next_part.unwrap_or(u64::MAX);
        let blocks = merge.blocks_left(run).iter().skip_while(|block| block.offset < start);
        let mut ends =
            blocks.map(|block| block.offset + u64::from(block.length)).take_while(|end| *end <= limit);
        let first = ends.next()?;
        Some(ends.take_while(|end| *end <= start + self.read_bytes).last().unwrap_or(first))
    }

    /// The object that has a byte.
    fn part_of(&self, byte: u64) -> &ListPart {
        let behind = self.parts.partition_point(|part| part.begins <= byte);
        // A list with a block has a part, and the first begins with byte 0.
        &self.parts[behind.saturating_sub(1)]
    }

    /// Reads the end of an object: its index, or which objects the list is.
    async fn read_end(&mut self, source: Source) -> Result<ListEnd, Error> {
        let whole = ListPart { source, begins: 0 };
        let size = whole.source.size;
        let mut end = whole.read(&self.objects, size.saturating_sub(TAIL_BYTES)..size).await?;
        loop {
            let read = match Tail::read(&end.bytes) {
                Err(error) => match serde_json::from_slice::<ListParts>(&end.bytes) {
                    Ok(parts) => return Ok(ListEnd::Parts(parts.parts)),
                    Err(_) => Err(error),
                },
                read => read,
            };
            match read.map_err(|error| whole.damaged(error))? {
                Tail::Needs(bytes) => {
                    end = whole.read(&self.objects, size.saturating_sub(bytes)..size).await?;
                }
                Tail::Index(index) => {
                    self.piece = end;
                    return Ok(ListEnd::Run(index, whole.source));
                }
            }
        }
    }

    async fn add_part(&mut self, bucket: &str, key: &str) -> Result<(), Error> {
        let missing = || Error::Missing { object: uri(bucket, key) };
        let source = self.objects.latest(bucket, key).await?.ok_or_else(missing)?;
        let end = self.read_end(source).await?;
        // Its bytes lie elsewhere in the list.
        self.piece = Piece::default();
        match end {
            ListEnd::Run(index, source) => self.add(index, source),
            ListEnd::Parts(_) => Err(Error::Run { object: uri(bucket, key), source: RunError::Cut }),
        }
    }

    fn add(&mut self, index: Index, source: Source) -> Result<(), Error> {
        let begins = self.parts.last().map_or(0, |last| last.begins + last.source.size);
        let part = ListPart { source, begins };
        self.index.append(index, begins).map_err(|error| part.damaged(error))?;
        self.parts.push(part);
        Ok(())
    }

    fn damaged(&self, source: RunError) -> Error {
        let object = self.parts.first().map_or_else(String::new, ListPart::uri);
        Error::Run { object, source }
    }
}

/// What the end of an object shows.
enum ListEnd {
    /// The index of a run, which this object is.
    Run(Index, Source),
    /// The objects of the list, by their keys.
    Parts(Vec<String>),
}

impl ListPart {
    /// Reads bytes of the list that lie in this object.
    async fn read(&self, objects: &Objects, range: Range<u64>) -> Result<Piece, Error> {
        let mut bytes = Vec::with_capacity(usize::try_from(range.end - range.start).unwrap_or_default());
        let within = range.start - self.begins..range.end - self.begins;
        let mut reader = objects.read(&self.source, within);
        while let Some(piece) = reader.next().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(Piece { bytes: bytes.into(), begins: range.start })
    }

    fn uri(&self) -> String {
        uri(&self.source.bucket, &self.source.key)
    }

    fn damaged(&self, source: RunError) -> Error {
        Error::Run { object: self.uri(), source }
    }
}
