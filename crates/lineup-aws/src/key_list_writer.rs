//! Where a list of keys stands, and writing it.

use lineup_contracts::ListParts;
use lineup_versions::{RunEntry, RunError, RunWriter};

use crate::error::Error;
use crate::key_list::KeyList;
use crate::object_store::uri;
use crate::object_writer::ObjectWriter;
use crate::objects::Objects;

/// How many bytes of a list are held before they are given to the writer of the object.
const HELD_BYTES: usize = 1 << 20;
/// Runs: numbers, and no text.
const BYTES: &str = "application/octet-stream";

/// Where a list of keys stands, or will.
#[derive(Debug, Clone)]
pub struct KeyListPlace {
    objects: Objects,
    bucket: String,
    key: String,
}

impl KeyListPlace {
    /// The list at this key.
    pub fn new(objects: &Objects, bucket: &str, key: String) -> Self {
        Self { objects: objects.clone(), bucket: bucket.to_owned(), key }
    }

    /// The list; `None` if there is none.
    pub async fn open(&self) -> Result<Option<KeyList>, Error> {
        KeyList::open(&self.objects, &self.bucket, &self.key).await
    }

    /// The list, which was written.
    ///
    /// # Errors
    /// It is not there, or damaged.
    pub async fn open_written(&self) -> Result<KeyList, Error> {
        let list = self.open().await?;
        list.ok_or_else(|| Error::Missing { object: uri(&self.bucket, &self.key) })
    }

    /// Writes the list as one object.
    pub fn writer(&self) -> KeyListWriter {
        KeyListWriter {
            run: RunWriter::new(),
            held: Vec::new(),
            object: self.objects.writer(&self.bucket, &self.key, BYTES),
            place: self.clone(),
            keys: 0,
        }
    }

    /// A part of the list, where it is several objects, counted from 1.
    pub fn part(&self, part: usize) -> Self {
        Self { key: ListParts::key(&self.key, part), ..self.clone() }
    }

    /// Deletes the object, which may be gone already.
    pub async fn delete(&self) -> Result<(), Error> {
        self.objects.delete(&self.bucket, &self.key).await
    }

    /// Completes a list that is several objects, each with the keys behind those of the one before.
    pub async fn put_parts(&self, parts: impl IntoIterator<Item = Self>) -> Result<(), Error> {
        let parts = ListParts { parts: parts.into_iter().map(|part| part.key).collect() };
        self.objects.put_json(&self.bucket, &self.key, &parts).await
    }
}

/// Writes a list of keys, in their order, as one object. It is there when [`Self::finish`] returns. Memory: 1 MiB, the parts of the
/// object that are under way, and some 50 bytes for each block of 32 KiB.
#[derive(Debug)]
pub struct KeyListWriter {
    run: RunWriter,
    held: Vec<u8>,
    object: ObjectWriter,
    place: KeyListPlace,
    keys: u64,
}

impl KeyListWriter {
    /// Adds the next key.
    ///
    /// # Errors
    /// It is not behind the one before; or the store's.
    pub async fn push(&mut self, entry: &RunEntry) -> Result<(), Error> {
        let pushed = self.run.push(entry, &mut self.held);
        pushed.map_err(|source| self.damaged(source))?;
        self.keys += 1;
        if self.held.len() >= HELD_BYTES {
            self.object.write(&self.held).await?;
            self.held.clear();
        }
        Ok(())
    }

    /// How many keys were added.
    pub fn keys(&self) -> u64 {
        self.keys
    }

    /// Completes the list, and returns how many keys it has.
    pub async fn finish(mut self) -> Result<u64, Error> {
        let run = std::mem::take(&mut self.run);
        run.finish(&mut self.held).map_err(|source| self.damaged(source))?;
        self.object.write(&self.held).await?;
        self.object.finish().await?;
        Ok(self.keys)
    }

    /// The same, but a list without keys is not written.
    pub async fn finish_unless_empty(self) -> Result<u64, Error> {
        match self.keys {
            0 => Ok(0),
            _ => self.finish().await,
        }
    }

    /// Removes what was sent of the list.
    pub async fn abort(self) {
        self.object.abort().await;
    }

    fn damaged(&self, source: RunError) -> Error {
        Error::Run { object: uri(&self.place.bucket, &self.place.key), source }
    }
}
