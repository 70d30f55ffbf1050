//! The objects of an import as `split` and `load` write them, for tests of the later functions.
//!
//! This does not use `lineup-aws`, so that keys do not come from the code under test.

use std::collections::{BTreeMap, BTreeSet};

use delimited::{Chunk, Dialect};
use lineup::header::Columns;
use lineup::reading::Reading;
use lineup_contracts::layout::Layout;
use lineup_contracts::{ChunkResult, DryRun, Manifest, RowCounts, Source};
use lineup_versions::{ReplaceMode, SkippedOffsets};
use serde::Serialize;
use uuid::Uuid;

use crate::memory::MemoryStore;

/// The id of the import.
pub const IMPORT_ID: Uuid = Uuid::from_u128(7);
/// The imports bucket.
pub const IMPORTS: &str = "imports";
/// How many chunks of the import load at a time.
pub const MAX_CONCURRENCY: u32 = 7;
/// The execution that imports.
pub const EXECUTION: &str = "one";

/// A header with the columns that every lineup has.
pub const HEADER: &str = "Performer,Stage,Start,End,Date";

/// Uploads `uploads/a.csv`.
pub fn put_source(s3: &MemoryStore, body: Vec<u8>) -> Source {
    let size = body.len() as u64;
    let etag = s3.put("uploads/a.csv", body, &[]);
    Source { bucket: "uploads".into(), key: "a.csv".into(), version_id: None, etag, size }
}

/// Writes the chunk list and the manifest of a file with this header, `Performer,Stage,…`.
pub fn put_split(s3: &MemoryStore, source: Source, header: &str, chunks: &[Chunk]) {
    let line = |chunk| serde_json::to_string(chunk).unwrap() + "\n";
    put(s3, &Layout(IMPORT_ID).chunks(), chunks.iter().map(line).collect::<String>().into_bytes());
    let manifest = Manifest {
        import_id: IMPORT_ID,
        source,
        conversion: None,
        dialect: Dialect::default(),
        columns: Columns::from_names(header.trim_end().split(',')).unwrap(),
        reading: Reading::default(),
        notes: Vec::new(),
        warnings: Vec::new(),
        above: BTreeMap::new(),
        dry_run: None,
        skips: BTreeSet::new(),
        version: None,
        replace: ReplaceMode::default(),
        chunks: u32::try_from(chunks.len()).unwrap(),
        chunk_bytes: 1 << 20,
        max_concurrency: MAX_CONCURRENCY,
        execution_arn: EXECUTION.into(),
    };
    put_json(s3, &Layout(IMPORT_ID).manifest(), &manifest);
}

/// Makes a dry run of the import that [`put_split`] wrote.
pub fn make_dry_run(s3: &MemoryStore, found: DryRun) {
    change_manifest(s3, |manifest| Manifest { dry_run: Some(found), ..manifest });
}

/// Has chunk `number` of the import that [`put_split`] wrote leave out the rows at these offsets.
pub fn put_skips(s3: &MemoryStore, number: u32, offsets: Vec<u64>) {
    put(s3, &Layout(IMPORT_ID).skips(number), SkippedOffsets::new(offsets).bytes());
    change_manifest(s3, |manifest| Manifest { skips: [number].into(), ..manifest });
}

fn change_manifest(s3: &MemoryStore, change: impl FnOnce(Manifest) -> Manifest) {
    let key = Layout(IMPORT_ID).manifest();
    let object = s3.get(&format!("{IMPORTS}/{key}")).unwrap();
    put_json(s3, &key, &change(serde_json::from_slice(&object.body).unwrap()));
}

/// Chunk `number`, from 1, of a file whose chunks have ten bytes each.
pub fn chunk(number: u32) -> Chunk {
    let start = u64::from(number) * 10;
    Chunk { chunk: number, start, end: start + 10, first_line: 2 }
}

/// The result of a chunk that was loaded in one invocation, in 100 ms, with a throttle and 20.5 write units.
pub fn result(chunk: Chunk, rows: RowCounts) -> ChunkResult {
    ChunkResult {
        chunk,
        rows,
        bytes: chunk.end - chunk.start,
        write_units: 20.5,
        throttles: 1,
        milliseconds: 100,
        invocations: 1,
        rejects: Vec::new(),
        execution_arn: EXECUTION.into(),
    }
}

/// Writes the result, so that its chunk is loaded.
pub fn put_result(s3: &MemoryStore, result: &ChunkResult) {
    put_json(s3, &Layout(IMPORT_ID).result(result.chunk.chunk), result);
}

fn put_json(s3: &MemoryStore, key: &str, value: &impl Serialize) {
    put(s3, key, serde_json::to_vec(value).unwrap());
}

fn put(s3: &MemoryStore, key: &str, body: Vec<u8>) {
    s3.put(&format!("{IMPORTS}/{key}"), body, &[]);
}
