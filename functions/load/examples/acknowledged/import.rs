//! A made-up lineup of one chunk, in an S3 in memory: for the example beside this, and for tests.

use std::io::Write;

use delimited::{Chunk, Dialect};
use lineup::header::Columns;
use lineup_aws::client;
use lineup_aws::imports::Imports;
use lineup_aws::objects::Objects;
use lineup_contracts::layout::Layout;
use lineup_contracts::{LoadInput, Manifest, Source};
use lineup_testing::{CALENDAR, MemoryStore, PERFORMANCES};
use load::LoadContext;
use uuid::Uuid;

const ID: Uuid = Uuid::from_u128(7);
const HEADER: &str = "Performer,Stage,Start,End,Date,Popularity";

/// The stages of a lineup as usual.
pub const STAGES: u64 = 40;

/// Puts so many rows on so many stages and what `split` writes for them; gives the event for `load`.
pub fn put(s3: &MemoryStore, rows: u64, stages: u64) -> LoadInput {
    let file = lineup(rows, stages);
    let (start, end) = (HEADER.len() as u64 + 1, file.len() as u64);
    let etag = s3.put("uploads/a.csv", file, &[]);
    let source = Source { bucket: "uploads".into(), key: "a.csv".into(), version_id: None, etag, size: end };
    let manifest = serde_json::to_vec(&manifest(source.clone())).unwrap();
    s3.put(&format!("imports/{}", Layout(ID).manifest()), manifest, &[]);
    let chunk = Chunk { chunk: 1, start, end, first_line: 2 };
    LoadInput { import_id: ID, source, execution_arn: "one".into(), chunk, load: None }
}

/// Of a new `load` with these services.
pub async fn context(url: &str) -> LoadContext {
    let config = client::config_at(url).await;
    let imports = Imports::new(Objects::new(client::s3(&config)), "imports");
    LoadContext::new(imports, &config, PERFORMANCES, CALENDAR)
}

fn manifest(source: Source) -> Manifest {
    Manifest {
        import_id: ID,
        source,
        dialect: Dialect::default(),
        columns: Columns::from_names(HEADER.split(',')).unwrap(),
        chunks: 1,
        chunk_bytes: 1 << 30,
        max_concurrency: 1,
        execution_arn: "one".into(),
    }
}

/// Rows of 56 bytes or so: on each stage a set every half an hour of the day, day after day.
fn lineup(rows: u64, stages: u64) -> Vec<u8> {
    let mut file = Vec::new();
    writeln!(file, "{HEADER}").unwrap();
    for row in 0..rows {
        let (stage, set, day) = (row % stages, row / stages % 48, row / (stages * 48));
        let (year, month, date) = (2000 + day / 336, day / 28 % 12 + 1, day % 28 + 1);
        let time = |set: u64| format!("{:02}:{:02}", set / 2 % 24, set % 2 * 30);
        let (start, end, popularity) = (time(set), time(set + 1), row * 7 % 100 + 1);
        writeln!(
            file,
            "Performer No {row:07},Stage {stage:02},{start},{end},{year}-{month:02}-{date:02},{popularity}"
        )
        .unwrap();
    }
    file
}
