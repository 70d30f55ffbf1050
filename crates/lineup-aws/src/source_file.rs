//! The source as a file, for code that seeks and blocks.

use std::collections::VecDeque;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use lineup_contracts::Source;
use tokio::runtime::Handle;

use crate::error::Error;
use crate::objects::Objects;

/// How many bytes one request reads: what S3 advises for a large object (S3 guide, "Performance design patterns
/// for Amazon S3").
const BLOCK_BYTES: u64 = 8 << 20;
/// How many blocks are kept, the last ones that were used: the directory at the end of a zip, and where it is read.
const KEPT_BLOCKS: usize = 3;

/// The pinned source, read in blocks of 8 MiB of which three are kept, for all its readers together. A block that
/// breaks off goes on where it broke, as in [`crate::source`].
#[derive(Debug)]
pub struct SourceBlocks {
    objects: Objects,
    source: Source,
    runtime: Handle,
    /// The last one is the one that was used last.
    kept: Mutex<VecDeque<(u64, Bytes)>>,
}

impl SourceBlocks {
    /// Blocks of `source`, whose requests run on `runtime`.
    pub fn new(objects: Objects, source: Source, runtime: Handle) -> Arc<Self> {
        Arc::new(Self { objects, source, runtime, kept: Mutex::default() })
    }

    /// A reader, at the first byte.
    pub fn open(self: &Arc<Self>) -> SourceFile {
        SourceFile { blocks: Arc::clone(self), position: 0 }
    }

    /// The block with this number, from 0.
    fn block(&self, number: u64) -> Result<Bytes, Error> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().position(|(other, _)| *other == number);
        let block = match found.and_then(|at| kept.remove(at)) {
            Some((_, block)) => block,
            None => self.runtime.block_on(self.fetch(number))?,
        };
        if kept.len() == KEPT_BLOCKS {
            kept.pop_front();
        }
        kept.push_back((number, block.clone()));
        Ok(block)
    }

    async fn fetch(&self, number: u64) -> Result<Bytes, Error> {
        let start = number * BLOCK_BYTES;
        let end = self.source.size.min(start + BLOCK_BYTES);
        let mut block = BytesMut::with_capacity(usize::try_from(end - start).unwrap_or(0));
        let mut reader = self.objects.read(&self.source, start..end);
        while let Some(piece) = reader.next().await? {
            block.extend_from_slice(&piece);
        }
        Ok(block.freeze())
    }
}

/// A reader of the source. It blocks: call it on a thread that may (`spawn_blocking`), never on one that runs tasks.
///
/// The cause of its errors is an [`Error`]: [`Error::SourceChanged`] if the object was overwritten or deleted.
#[derive(Debug)]
pub struct SourceFile {
    blocks: Arc<SourceBlocks>,
    position: u64,
}

impl Read for SourceFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.position >= self.blocks.source.size {
            return Ok(0);
        }
        let block = self.blocks.block(self.position / BLOCK_BYTES).map_err(io::Error::other)?;
        // Both are within a block, so they fit.
        let within = block.get((self.position % BLOCK_BYTES) as usize..).unwrap_or_default();
        let count = within.len().min(buffer.len());
        buffer[..count].copy_from_slice(&within[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for SourceFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.blocks.source.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        let before_the_start =
            || io::Error::new(io::ErrorKind::InvalidInput, "a seek to before the first byte");
        self.position = target.ok_or_else(before_the_start)?;
        Ok(self.position)
    }
}
