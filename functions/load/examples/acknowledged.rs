//! What `load` costs by itself: a made-up lineup against an endpoint that only acknowledges.
//!
//! `cargo run --release -p load --example acknowledged -- [ROWS] [DELAY_MS]`
//!
//! The endpoint is this program again, in a process of its own, so that the
//! figures are those of `load` alone. Linux only (`/proc`).
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use lineup::contract::{Chunk, Columns, Dialect, LoadInput, LoadOutput, Manifest, Source};
use lineup::layout::Layout;
use lineup_aws::client;
use lineup_aws::imports::Imports;
use lineup_aws::objects::Objects;
use lineup_testing::{Acknowledging, CALENDAR, PERFORMANCES};
use load::{Context, handle};
use tokio::runtime::Runtime;
use uuid::Uuid;

const ID: Uuid = Uuid::from_u128(7);
const HEADER: &str = "Performer,Stage,Start,End,Date,Popularity";
const ENDPOINT: &str = "endpoint";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize, default| arguments.get(index).map_or(default, |n| n.parse().unwrap());
    if arguments.last().is_some_and(|last| last == ENDPOINT) {
        return runtime().block_on(serve(number(0, 0), Duration::from_millis(number(1, 0))));
    }
    measure(number(0, 1_000_000), number(1, 0));
}

fn measure(rows: u64, delay: u64) {
    let mut endpoint = Endpoint::start(rows, delay);
    let (start, before) = (Instant::now(), cpu_seconds());
    let output = runtime().block_on(load(&endpoint.next_line(), &endpoint.next_line()));
    let (elapsed, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - before);
    assert!(output.done);
    assert_eq!((output.progress.rows.written, endpoint.end()), (rows, rows), "written, and acknowledged");
    println!(
        "{rows} rows, answers after {delay} ms: {:.0} rows/CPU-s ({cpu:.2} CPU-s), {:.0} rows/s ({elapsed:.2} s), peak {:.1} MiB",
        rows as f64 / cpu,
        rows as f64 / elapsed,
        peak_mib(),
    );
}

/// Of one thread, as the function's.
fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

async fn load(url: &str, input: &str) -> LoadOutput {
    let config = client::config_at(url).await;
    let imports = Imports::new(Objects::new(client::s3(&config)), "imports");
    let context = Context::new(imports, &config, PERFORMANCES, CALENDAR);
    let input = serde_json::from_str(input).unwrap();
    handle(&context, input, Instant::now() + Duration::from_secs(600)).await.unwrap()
}

/// User and system time of this process ("utime" and "stime" in proc_pid_stat(5), in hundredths of a second).
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11..=12].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

fn peak_mib() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

/// This program as the endpoint. It says its URL and what to load, and at the end how many rows came.
struct Endpoint {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Endpoint {
    fn start(rows: u64, delay: u64) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([&rows.to_string(), &delay.to_string(), ENDPOINT]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn next_line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn end(mut self) -> u64 {
        drop(self.child.stdin.take());
        let items = self.next_line().parse().unwrap();
        self.child.wait().unwrap();
        items
    }
}

async fn serve(rows: u64, delay: Duration) {
    let service = Acknowledging::start(delay).await;
    let file = lineup(rows);
    let (start, end) = (HEADER.len() as u64 + 1, file.len() as u64);
    let etag = service.s3.put("uploads/a.csv", file, &[]);
    let source = Source { bucket: "uploads".into(), key: "a.csv".into(), version_id: None, etag, size: end };
    let manifest = serde_json::to_vec(&manifest(source.clone())).unwrap();
    service.s3.put(&format!("imports/{}", Layout(ID).manifest()), manifest, &[]);
    let chunk = Chunk { chunk: 1, start, end, first_line: 2 };
    let input = LoadInput { import_id: ID, source, execution_arn: "one".into(), chunk, load: None };
    println!("{}\n{}", service.endpoint, serde_json::to_string(&input).unwrap());
    tokio::task::spawn_blocking(|| std::io::stdin().lines().count()).await.unwrap();
    println!("{}", service.asked(PERFORMANCES).items);
}

fn manifest(source: Source) -> Manifest {
    Manifest {
        import_id: ID,
        source,
        dialect: Dialect::default(),
        columns: Columns(HEADER.split(',').map(str::to_owned).collect()),
        chunks: 1,
        chunk_bytes: 1 << 30,
        max_concurrency: 1,
        execution_arn: "one".into(),
    }
}

/// Rows of 56 bytes or so: 40 stages, on each a set every half an hour of the day, day after day.
fn lineup(rows: u64) -> Vec<u8> {
    let mut file = Vec::new();
    writeln!(file, "{HEADER}").unwrap();
    for row in 0..rows {
        let (stage, set, day) = (row % 40, row / 40 % 48, row / (40 * 48));
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
