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
    /// Rows whose key a later row of the file repeats.
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

    /// The counts over these chunks, from one reading of the whole file.
    pub fn counts(&self, chunks: &BTreeSet<u32>) -> Counts {
        let mut counts = Counts::default();
        for (_, _, is_last) in self.last_of_key().filter(|(chunk, ..)| chunks.contains(chunk)) {
            counts.read += 1;
            match is_last {
                None => counts.rejected += 1,
                Some(true) => counts.written += 1,
                Some(false) => counts.replaced += 1,
            }
        }
        counts
    }

    /// Every row with its chunk, and whether it is the last one in the file of its key; `None` without a key. From
    /// the last row to the first.
    fn last_of_key(&self) -> impl Iterator<Item = (u32, &Row, Option<bool>)> {
        let mut later = BTreeSet::new();
        self.rows.iter().rev().map(move |(chunk, row)| (*chunk, row, row.key().map(|key| later.insert(key))))
    }

    /// The keys that a chunk writes: those of which it has the last row in the file.
    pub fn keys(&self, chunk: u32) -> impl Iterator<Item = (String, String)> {
        let of_chunk =
            self.last_of_key().filter(move |(of, _, is_last)| *of == chunk && *is_last == Some(true));
        of_chunk.filter_map(|(_, row, _)| row.key())
    }

    /// The bad rows of these chunks, in the order of the file.
    pub fn rejects<'e>(&'e self, chunks: &'e BTreeSet<u32>) -> impl Iterator<Item = (&'e Row, &'e Rejected)> {
        self.rows(chunks).filter_map(|row| Some((row, row.becomes.as_ref().err()?)))
    }

    /// The rows with the key of `item` in the chunk that has the last of them: a chunk may write a row before the one
    /// that replaces it, but no row that another chunk replaces.
    pub fn rows_beside_the_last(&self, item: &ExpectedItem) -> impl Iterator<Item = &ExpectedItem> {
        let key = Some((item["Performer"].clone(), item["Performance"].clone()));
        let chunk = self.rows.iter().rfind(|(_, row)| row.key() == key).map(|(chunk, _)| *chunk);
        let beside = self.rows.iter().filter(move |(of, row)| Some(*of) == chunk && row.key() == key);
        beside.filter_map(|(_, row)| row.becomes.as_ref().ok())
    }

    /// The items of the table by key: of the rows of a key, the last one in the file.
    pub fn items(&self) -> BTreeMap<(String, String), &ExpectedItem> {
        self.rows.iter().filter_map(|(_, row)| Some((row.key()?, row.becomes.as_ref().ok()?))).collect()
    }
}
