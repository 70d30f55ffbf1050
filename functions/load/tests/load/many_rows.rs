//! `load` with enough rows that all its stages work at the same time, against a DynamoDB that acknowledges.
#[path = "../../examples/acknowledged/import.rs"]
mod import;

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use allocation_counter::measure;
use jiff::Timestamp;
use lineup_contracts::LoadInput;
use lineup_testing::{Acknowledging, CALENDAR, PERFORMANCES};
use load::handle;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

/// The services with a lineup of `rows` rows. They have a thread of their own, so their allocations are not counted.
struct Services {
    url: String,
    input: LoadInput,
    requests: Requests,
    _stop: oneshot::Sender<()>,
}

/// The body of each `BatchWriteItem`, a line each.
#[derive(Clone, Default)]
struct Requests(Arc<Mutex<Vec<u8>>>);

impl io::Write for Requests {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Services {
    fn start(rows: u64) -> Self {
        let requests = Requests::default();
        let (stop, stopped) = oneshot::channel();
        let (started, starting) = mpsc::channel();
        let recording = requests.clone();
        std::thread::spawn(move || {
            runtime().block_on(async {
                let services = Acknowledging::start(Duration::ZERO).await;
                services.record(recording);
                let input = import::put(&services.s3, rows, import::STAGES);
                started.send((services.endpoint.clone(), input)).unwrap();
                let _ = stopped.await;
            });
        });
        let (url, input) = starting.recv().unwrap();
        Self { url, input, requests, _stop: stop }
    }

    /// Loads the rows in this thread. Returns the number of allocations.
    fn load(&self) -> u64 {
        let (runtime, mut written) = (runtime(), 0);
        let measured = measure(|| {
            let output = runtime.block_on(async {
                let context = import::context(&self.url).await;
                handle(
                    &context,
                    self.input.clone(),
                    Timestamp::now(),
                    Instant::now() + Duration::from_secs(600),
                )
                .await
                .unwrap()
            });
            assert!(output.done);
            written = output.progress.rows.written;
        });
        assert_eq!(self.puts().filter(|(table, _)| table == PERFORMANCES).count() as u64, written);
        measured.count_total
    }

    /// Every put, in the order of the requests.
    fn puts(&self) -> impl Iterator<Item = (String, Value)> {
        let requests = self.requests.0.lock().unwrap().clone();
        let bodies: Vec<Value> = requests
            .split(|byte| *byte == b'\n')
            .filter_map(|body| serde_json::from_slice(body).ok())
            .collect();
        bodies.into_iter().flat_map(|body| {
            let (table, puts) = body["RequestItems"].as_object().unwrap().iter().next().unwrap();
            let item = |put: &Value| (table.clone(), put["PutRequest"]["Item"].clone());
            puts.as_array().unwrap().iter().map(item).collect::<Vec<_>>()
        })
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Otherwise a query by stage would miss the row after a crash. The lineup has a new stage-day every 48 rows,
/// so the entries of some batches are written while other batches are sent.
#[test]
fn rows_go_in_their_order_and_none_before_the_calendar_entries_of_its_stage_and_day() {
    const ROWS: u64 = 40_000;
    /// Those in flight: 128 batches.
    const IN_FLIGHT: u64 = 128 * 25;
    let services = Services::start(ROWS);
    services.load();
    let mut entries = HashSet::new();
    let (mut rows, mut turns, mut before) = (0, 0, String::new());
    for (table, item) in services.puts() {
        let text = |name: &str| item[name]["S"].as_str().unwrap().to_owned();
        if table == CALENDAR {
            entries.insert((text("Entry"), text("Value")));
        } else {
            let (stage, day) = (text("Stage"), text("Date"));
            assert!(entries.contains(&(format!("day#{day}"), stage.clone())), "{item}");
            assert!(entries.contains(&(format!("stage#{stage}"), day.clone())), "{item}");
            assert!(entries.contains(&("days".to_owned(), day)), "{item}");
            // Rows are written in the file's order, so the first missing row shows how far they are written.
            let number: u64 = text("Performer").rsplit(' ').next().unwrap().parse().unwrap();
            assert!(number.abs_diff(rows) < IN_FLIGHT, "{number} came as number {rows}");
            rows += 1;
        }
        turns += u32::from(table != before);
        before = table;
    }
    assert_eq!(rows, ROWS);
    assert!(turns > 10, "entries and rows alternate: {turns}");
}

/// A request of 25 rows has some 400 allocations, whatever the length of its rows. Nearly all are made by
/// the SDK and the HTTP client. The SDK's own types would add 30 a row.
#[test]
fn a_row_is_few_allocations_from_the_source_to_the_socket() {
    let (few, many) = (Services::start(5_000).load(), Services::start(30_000).load());
    let a_row = (many - few) as f64 / 25_000.0;
    assert!((1.0..18.0).contains(&a_row), "{a_row}");
}
