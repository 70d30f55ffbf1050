//! Reads the rows of a file on all processors.

use std::collections::HashSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZero;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use delimited::Chunk;
use delimited::records::{Next, Records};
use lineup::header::Header;
use lineup::origin::Origin;
use lineup::reading::Reading;
use lineup::reject::{Reason, Reject};
use lineup::row::RowAbove;
use lineup::survey::{Facts, SHOWN, Surveyor};
use lineup_costs::LineupMeasure;
use lineup_table::ItemReader;
use lineup_versions::ChunkSurveyor;

/// The rows of a file.
pub(super) struct FileRows<'f> {
    pub(super) file: &'f File,
    pub(super) header: &'f Header,
    pub(super) chunks: &'f [Chunk],
}

impl FileRows<'_> {
    /// What the rows say of the file, if they are read like this.
    pub(super) fn survey(&self, reading: &Reading) -> anyhow::Result<Facts> {
        let Header { dialect, columns, .. } = self.header;
        let parts = self.each_chunk(reading, |chunk, bytes, above| {
            let surveyor = Surveyor::new(*dialect, columns, reading, chunk.start, chunk.first_line);
            let mut surveyor = surveyor.with_above(above);
            surveyor.push(bytes);
            surveyor.finish()
        })?;
        let mut facts = Facts::default();
        parts.into_iter().for_each(|part| facts.merge(part));
        Ok(facts)
    }

    /// The run of each chunk's keys.
    pub(super) fn runs(&self, reading: &Reading) -> anyhow::Result<Vec<Vec<u8>>> {
        let Header { dialect, columns, .. } = self.header;
        let chunks = self.each_chunk(reading, |chunk, bytes, above| {
            let surveyor = Surveyor::new(*dialect, columns, reading, chunk.start, chunk.first_line);
            let mut surveyor = ChunkSurveyor::new(surveyor.with_above(above), true);
            surveyor.push(bytes);
            let surveyed = surveyor.finish();
            let above = surveyed.as_ref().map(|chunk| chunk.above.clone()).unwrap_or_default();
            (surveyed, above)
        })?;
        chunks.into_iter().map(|chunk| Ok(chunk?.run.map(|run| run.bytes).unwrap_or_default())).collect()
    }

    /// Reads every row.
    pub(super) fn read(&self, reading: &Reading) -> anyhow::Result<CountedRows> {
        let read = |chunk: &Chunk, bytes: &[u8], above| read_chunk(self.header, reading, chunk, bytes, above);
        let parts = self.each_chunk(reading, read)?;
        let (mut rows, mut keys) = (CountedRows::default(), HashSet::new());
        for part in parts {
            rows.read += part.read;
            rows.rejected += part.rejected;
            rows.chunks_with_rejects += u64::from(part.rejected > 0);
            rows.measure.merge(part.measure);
            rows.first.extend(part.first);
            rows.first.truncate(SHOWN);
            rows.repeated += part.keys.into_iter().filter(|key| !keys.insert(*key)).count() as u64;
        }
        Ok(rows)
    }

    /// Calls `each` with every chunk, its bytes and the row above it, on all processors, and returns what it made, in
    /// order. Where blank fields are filled, a chunk needs the one before it, so that they are read one by one.
    fn each_chunk<T: Send>(
        &self,
        reading: &Reading,
        each: impl Fn(&Chunk, &[u8], RowAbove) -> (T, RowAbove) + Sync,
    ) -> anyhow::Result<Vec<T>> {
        let read = |chunk: &Chunk| -> std::io::Result<Vec<u8>> {
            let mut bytes = vec![0; usize::try_from(chunk.end - chunk.start).unwrap_or(usize::MAX)];
            self.file.read_exact_at(&mut bytes, chunk.start)?;
            Ok(bytes)
        };
        if reading.fill_down {
            let mut above = RowAbove::default();
            let one = |chunk: &Chunk| {
                let (made, last) = each(chunk, &read(chunk)?, std::mem::take(&mut above));
                above = last;
                Ok(made)
            };
            return self.chunks.iter().map(one).collect();
        }
        let next = AtomicUsize::new(0);
        let take = || -> std::io::Result<Vec<(usize, T)>> {
            let indices = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
            let chunks = indices.map_while(|index| Some((index, self.chunks.get(index)?)));
            chunks
                .map(|(index, chunk)| Ok((index, each(chunk, &read(chunk)?, RowAbove::default()).0)))
                .collect()
        };
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let made: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(take)).collect();
            threads.into_iter().map(|thread| thread.join()).collect()
        });
        let mut parts = Vec::new();
        for part in made {
            parts.extend(part.map_err(|_| anyhow::anyhow!("a thread that reads the file panicked"))??);
        }
        parts.sort_by_key(|(index, _)| *index);
        Ok(parts.into_iter().map(|(_, part)| part).collect())
    }
}

/// The rows as an import would load them.
#[derive(Default)]
pub(super) struct CountedRows {
    pub(super) read: u64,
    pub(super) rejected: u64,
    /// Rows whose key a later row repeats.
    pub(super) repeated: u64,
    /// Chunks in which rows cannot be read.
    pub(super) chunks_with_rejects: u64,
    /// What the rows that can be read cost.
    pub(super) measure: LineupMeasure,
    first: Vec<(u64, Reject)>,
    keys: Vec<u64>,
}

impl CountedRows {
    /// The first rejects, as people read them.
    pub(super) fn samples(&self, origin: &Origin) -> Vec<String> {
        self.first.iter().map(|(line, reject)| format!("{}, {reject}", origin.place(*line))).collect()
    }

    fn reject(&mut self, line: u64, reject: Reject) {
        self.rejected += 1;
        if self.first.len() < SHOWN {
            self.first.push((line, reject));
        }
    }
}

fn read_chunk(
    header: &Header,
    reading: &Reading,
    chunk: &Chunk,
    bytes: &[u8],
    above: RowAbove,
) -> (CountedRows, RowAbove) {
    let dialect = header.dialect;
    let mut records = Records::new(dialect, chunk.start, chunk.first_line);
    let mut reader = ItemReader::new(&header.columns, reading).with_above(above);
    let mut rows = CountedRows::default();
    records.push(bytes);
    records.finish();
    while let Some(next) = records.next_record() {
        rows.read += 1;
        match next {
            Next::Record(record) => match reader.read_record(&record) {
                Ok(Some(item)) => {
                    rows.keys.push(hash(item));
                    rows.measure.add(item);
                }
                Ok(None) => rows.read -= 1,
                Err(reject) => rows.reject(record.line, reject),
            },
            Next::TooLong(record) => rows.reject(record.line, Reject::whole_row(Reason::RecordTooLong)),
            // The split has found every quote that is never closed.
            Next::UnclosedQuote { .. } => break,
        }
    }
    (rows, reader.above().clone())
}

/// A hash of the item's key. Two of a million rows have the same by chance once in thirty million files.
fn hash(item: &lineup_table::Item) -> u64 {
    let performance = item.performance();
    let mut hasher = DefaultHasher::new();
    (&performance.performer, performance.date, performance.start, &performance.stage).hash(&mut hasher);
    hasher.finish()
}
