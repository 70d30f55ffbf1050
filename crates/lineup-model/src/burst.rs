//! Many uploads at the same time, where few functions run at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use embedded_aws::step_functions::record::ExecutionRecord;
use embedded_aws::step_functions::{Engine, Page};
use futures::future::join_all;
use jiff::SignedDuration;
use lineup_testing::PERFORMANCES;
use serde_json::{Value, json};

use crate::concurrency::TOO_MANY_REQUESTS;
use crate::engine::run_process;
use crate::faults::FaultPlan;
use crate::lineups::Lineup;
use crate::message::SentMessage;
use crate::simulation::{Simulation, UPLOADS};

/// How many functions a new account may run at a time, as people report: AWS says only that it is less than the default of 1,000.
const CONCURRENCY: usize = 10;
/// The default of the template's `MaxConcurrency`.
const MAX_CONCURRENCY: u64 = 8;
/// The longest delay of a request, and of its answer. So an invocation takes some ten seconds, which costs a test nothing, and many wait.
const LATENCY: Duration = Duration::from_secs(1);

/// A file to upload.
#[derive(Debug, Clone)]
pub struct BurstFile {
    /// Its key.
    pub key: String,
    /// Its content.
    pub text: String,
}

/// How the import of a file ended.
#[derive(Debug)]
pub struct BurstImport {
    /// The file's key.
    pub key: String,
    /// The state that the execution ended in.
    pub ended_in: String,
    /// The messages about it.
    pub messages: Vec<SentMessage>,
    /// How long it took, from the upload on.
    pub took: SignedDuration,
    /// How often in a row one of its invocations was refused at the most, those of its Map aside.
    pub refused_in_a_row: usize,
}

/// What came of the uploads.
#[derive(Debug)]
pub struct BurstOutcome {
    /// The imports, in the order of the uploads.
    pub imports: Vec<BurstImport>,
    /// The rows of the table: performer and the key of the set, which has date, start and stage.
    pub table: BTreeSet<(String, String)>,
    /// How many invocations Lambda refused.
    pub refused: u64,
}

/// Uploads the files at once, in this order. Their events arrive in an order that `seed` decides. Chunks have this size.
pub fn upload(seed: u64, files: &[BurstFile], chunk_bytes: u64) -> BurstOutcome {
    let simulation = simulation(seed, chunk_bytes);
    let details: Vec<_> =
        files.iter().enumerate().map(|(number, file)| put(&simulation, number, file)).collect();
    let mut order: Vec<usize> = (0..files.len()).collect();
    simulation.random.of("order of events").shuffle(&mut order);
    let faults = FaultPlan { lambda_concurrency: Some(CONCURRENCY), latency: LATENCY, ..FaultPlan::none() };
    let done = run_process(&simulation, faults, async |process, engine| {
        for &number in &order {
            let input = json!({"detail": details[number]}).to_string();
            engine.start_execution(Some(&name(number)), &input).await.unwrap();
        }
        let arns: Vec<_> = (0..files.len()).map(|number| arn(&engine, number)).collect();
        let records = join_all(arns.iter().map(|arn| engine.wait(arn))).await;
        let records: Vec<_> = records.into_iter().map(Result::unwrap).collect();
        let ended = std::iter::zip(files, &records).map(|(file, record)| ended(&engine, &file.key, record));
        (arns, ended.collect::<Vec<_>>(), process.concurrency.as_ref().unwrap().refused())
    });
    let (arns, mut imports, refused) = done.unwrap();
    assert_eq!(simulation.violations(), Vec::<String>::new());
    let mut messages = messages(&simulation);
    for (import, arn) in std::iter::zip(&mut imports, &arns) {
        import.messages = messages.remove(arn).unwrap_or_default();
    }
    BurstOutcome { imports, table: table(&simulation), refused }
}

fn simulation(seed: u64, chunk_bytes: u64) -> Arc<Simulation> {
    let mut simulation = Simulation::with(seed, Lineup::small());
    let settings = Arc::get_mut(&mut simulation).unwrap();
    settings.chunk_bytes = chunk_bytes;
    settings.max_concurrency = MAX_CONCURRENCY;
    settings.surveyed_bytes = 64 << 20;
    settings.aws.s3.keep_versions(UPLOADS);
    simulation
}

/// Uploads a file. Returns the `detail` of its event.
fn put(simulation: &Simulation, number: usize, file: &BurstFile) -> Value {
    let BurstFile { key, text } = file;
    let path = format!("{UPLOADS}/{key}");
    simulation.aws.s3.put(&path, text.clone(), &[]);
    let object = simulation.aws.s3.get(&path).unwrap();
    json!({
        "bucket": {"name": UPLOADS},
        "object": {
            "key": key,
            "size": text.len(),
            "etag": object.etag,
            "version-id": object.version_id,
            "sequencer": format!("{number:016X}"),
        },
    })
}

fn name(number: usize) -> String {
    format!("event-{number}")
}

fn arn(engine: &Engine, number: usize) -> String {
    let machine = engine.state_machine_arn().replace(":stateMachine:", ":execution:");
    format!("{machine}:{}", name(number))
}

/// How the execution ended, without its messages.
fn ended(engine: &Engine, key: &str, record: &ExecutionRecord) -> BurstImport {
    let all = Page { max_results: 1000, next_token: None };
    let events = engine.history(&record.execution_arn, &all, false).unwrap().items;
    let (mut ended_in, mut in_a_row, mut refused_in_a_row) = ("", 0, 0);
    for event in &events {
        if let Some(entered) = event.details.get("stateEnteredEventDetails") {
            (ended_in, in_a_row) = (entered["name"].as_str().unwrap(), 0);
        }
        if event
            .details
            .get("taskFailedEventDetails")
            .is_some_and(|failed| failed["error"] == TOO_MANY_REQUESTS)
        {
            in_a_row += 1;
            refused_in_a_row = refused_in_a_row.max(in_a_row);
        }
    }
    let took = record.stop_date.unwrap().duration_since(record.start_date);
    BurstImport {
        key: key.to_owned(),
        ended_in: ended_in.to_owned(),
        messages: Vec::new(),
        took,
        refused_in_a_row,
    }
}

/// The messages by execution.
fn messages(simulation: &Simulation) -> BTreeMap<String, Vec<SentMessage>> {
    let mut messages: BTreeMap<_, Vec<_>> = BTreeMap::new();
    simulation.observe(|seen| {
        for notification in seen.notifications() {
            let published = notification.publications.iter().map(|publication| publication.message.clone());
            messages.entry(notification.execution.clone()).or_default().extend(published);
        }
    });
    messages
}

fn table(simulation: &Simulation) -> BTreeSet<(String, String)> {
    let text = |item: &Value, name: &str| item[name]["S"].as_str().unwrap().to_owned();
    let items = simulation.aws.db.items(PERFORMANCES);
    items.iter().map(|item| (text(item, "Performer"), text(item, "Performance"))).collect()
}
