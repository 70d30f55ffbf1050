//! The requests of a real import, beside those from which `lineup cost` counts.

use std::sync::{Arc, Mutex};

use lineup_costs::{FunctionRequests, ImportFile, LineupMeasure};

use super::lineup_file;
use super::pipeline::{Pipeline, Service};

/// The chunks of the file. Rows of each are rejected.
const CHUNKS: u64 = 3;
/// Files of rejects that are read until there are enough examples: a chunk has three or four.
const REJECTS_READ: u64 = 2;

/// Runs an import. Returns the operations of its functions, and how many sandboxes `load` had.
async fn import() -> (Vec<String>, u64) {
    let pipeline = Pipeline::start().await;
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    for service in [Service::S3, Service::DynamoDb, Service::Sns] {
        let asked = Arc::clone(&asked);
        pipeline.proxy(service).fail(move |operation| {
            asked.lock().unwrap().push(operation.to_owned());
            None
        });
    }
    let arn = pipeline.upload().await;
    let record = pipeline.end(&arn).await;
    pipeline.assert_complete(&record).await;
    let sandboxes = pipeline.processes("load").len() as u64;
    pipeline.close().await;
    let asked = asked.lock().unwrap().clone();
    (asked, sandboxes)
}

fn count(asked: &[String], methods: &[&str]) -> f64 {
    let of = |operation: &&String| methods.iter().any(|method| operation.split(' ').next() == Some(*method));
    asked.iter().filter(of).count() as f64
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_makes_the_requests_that_its_cost_is_counted_from() {
    let (asked, sandboxes) = import().await;
    let bytes = lineup_file::text().len() as u64;
    let file = ImportFile::measured(&LineupMeasure::default(), bytes, CHUNKS);
    let file = ImportFile { chunks_with_rejects: CHUNKS, ..file };
    let (split, load) = (FunctionRequests::split(&file), FunctionRequests::load(1.0));
    let summarize = FunctionRequests::summarize(CHUNKS, REJECTS_READ);
    let chunks = CHUNKS as f64;
    // A sandbox keeps the manifest for its next chunk. The count takes every invocation for a cold start.
    let kept = (CHUNKS - sandboxes) as f64;
    // The first import of all writes when festival days start: it lists the lineups and reads the document of its own, the only one.
    let (first_reads, first_writes) = (1.0, 2.0);
    assert_eq!(
        (count(&asked, &["GET", "HEAD"]), count(&asked, &["PUT", "LIST"])),
        (
            split.reads + chunks * load.reads + summarize.reads + first_reads - kept,
            split.writes + chunks * load.writes + summarize.writes + first_writes
        ),
        "{asked:#?}"
    );
    // The file has one day, about which each chunk asks.
    assert_eq!((count(&asked, &["Query"]), count(&asked, &["Publish"])), (chunks, 1.0), "{asked:#?}");
}
