//! The expected result of an import, computed only from the generator's meaning of the file and the size of
//! chunks, never from output of the pipeline.

use std::collections::{BTreeMap, BTreeSet};

use delimited::Chunk;
use serde_json::{Value, json};

use crate::lineups::{ExpectedItem, Lineup, Rejected, Row};

/// Rows by what must happen to them: as `lineup_contracts::RowCounts`, but counted here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub read: usize,
    /// Rows that must be written.
    pub written: usize,
    /// Rows that are not performances.
    pub rejected: usize,
    /// Rows that a later row of the same chunk and key replaces.
    pub replaced: usize,
}

impl Counts {
    /// The same as the JSON in a summary and a result.
    pub fn json(self) -> Value {
        let Self { read, written, rejected, replaced } = self;
        json!({"read": read, "written": written, "rejected": rejected, "replaced": replaced})
    }
}

/// A file with its chunks.
#[derive(Debug)]
pub struct Expected {
    /// Its chunks, in order.
    pub chunks: Vec<Chunk>,
    /// Its rows in order, each with the number of its chunk.
    rows: Vec<(u32, Row)>,
}

impl Expected {
    /// The expectation for a file that is cut by a grid of `chunk_bytes` from its first record on. The records
    /// that begin in one cell are a chunk.
    pub fn new(lineup: &Lineup, chunk_bytes: u64) -> Self {
        let (mut chunks, mut rows) = (Vec::<Chunk>::new(), Vec::new());
        let mut cell = None;
        for row in &lineup.rows {
            let of_row = (row.start - lineup.rows[0].start) / chunk_bytes;
            if cell.replace(of_row) != Some(of_row) {
                let number = chunks.len() as u32 + 1;
                if let Some(last) = chunks.last_mut() {
                    last.end = row.start;
                }
                let end = lineup.bytes.len() as u64;
                chunks.push(Chunk { chunk: number, start: row.start, end, first_line: row.line });
            }
            rows.push((chunks.len() as u32, row.clone()));
        }
        Self { chunks, rows }
    }

    /// The chunks' numbers.
    pub fn numbers(&self) -> BTreeSet<u32> {
        self.chunks.iter().map(|chunk| chunk.chunk).collect()
    }

    /// The rows of these chunks, in the order of the file.
    pub fn rows<'e>(&'e self, chunks: &'e BTreeSet<u32>) -> impl DoubleEndedIterator<Item = &'e Row> {
        self.rows.iter().filter(|(chunk, _)| chunks.contains(chunk)).map(|(_, row)| row)
    }

    /// The counts over these chunks, from one reading of the whole file. Where two chunks have one key,
    /// each of them writes it (docs/semantics.md, "Order").
    pub fn counts(&self, chunks: &BTreeSet<u32>) -> Counts {
        let (mut counts, mut later) = (Counts::default(), BTreeSet::new());
        for (chunk, row) in self.rows.iter().rev().filter(|(chunk, _)| chunks.contains(chunk)) {
            counts.read += 1;
            let is_last = row.key().map(|key| later.insert((chunk, key)));
            match is_last {
                None => counts.rejected += 1,
                Some(true) => counts.written += 1,
                Some(false) => counts.replaced += 1,
            }
        }
        counts
    }

    /// The bad rows of these chunks, in the order of the file.
    pub fn rejects<'e>(&'e self, chunks: &'e BTreeSet<u32>) -> impl Iterator<Item = (&'e Row, &'e Rejected)> {
        self.rows(chunks).filter_map(|row| Some((row, row.becomes.as_ref().err()?)))
    }

    /// The items of the table by key, each with all of its possible values. In a chunk the last row of a key
    /// wins; of several chunks, any may win.
    pub fn items(&self) -> BTreeMap<(String, String), Vec<&ExpectedItem>> {
        let mut last = BTreeMap::new();
        for (chunk, row) in &self.rows {
            if let (Some(key), Ok(item)) = (row.key(), &row.becomes) {
                last.insert((key, *chunk), item);
            }
        }
        let mut items = BTreeMap::<_, Vec<_>>::new();
        last.into_iter().for_each(|((key, _), item)| items.entry(key).or_default().push(item));
        items
    }
}
