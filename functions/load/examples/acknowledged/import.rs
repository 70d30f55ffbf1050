//! A generated lineup of one chunk, in an S3 in memory. The example and the tests use it.

use std::io::Write;

use delimited::Chunk;
use lineup_aws::client;
use lineup_aws::imports::Imports;
use lineup_aws::objects::Objects;
use lineup_contracts::LoadInput;
use lineup_testing::import::{EXECUTION, IMPORT_ID, IMPORTS, put_source, put_split};
use lineup_testing::{CALENDAR, MemoryStore, PERFORMANCES};
use load::LoadContext;

const HEADER: &str = "Performer,Stage,Start,End,Date,Popularity";

/// The number of stages of a usual lineup.
pub(crate) const STAGES: u64 = 40;

/// Stores a lineup of `rows` rows on `stages` stages, with what `split` writes for it. Returns the input of `load`.
pub(crate) fn put(s3: &MemoryStore, rows: u64, stages: u64) -> LoadInput {
    let file = lineup(rows, stages);
    let (start, end) = (HEADER.len() as u64 + 1, file.len() as u64);
    let source = put_source(s3, file);
    let chunk = Chunk { chunk: 1, start, end, first_line: 2 };
    put_split(s3, source.clone(), HEADER, &[chunk]);
    LoadInput { import_id: IMPORT_ID, source, execution_arn: EXECUTION.into(), chunk, load: None }
}

/// The context of a new `load` that uses the services at `url`.
pub(crate) async fn context(url: &str) -> LoadContext {
    let config = client::config_at(url).await;
    let imports = Imports::new(Objects::new(client::s3(&config)), IMPORTS);
    LoadContext::new(imports, &config, PERFORMANCES, CALENDAR)
}

/// Rows of about 56 bytes: on each stage, a set begins every half hour, day after day.
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
