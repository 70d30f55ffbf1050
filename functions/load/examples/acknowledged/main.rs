//! Measures `load` alone: it loads a generated lineup into an endpoint that only acknowledges.
//!
//! `cargo run --release -p load --example acknowledged -- [ROWS] [DELAY_MS] [STAGES]`
//!
//! Memory is highest with as many stages as rows, because each row then needs calendar entries of its own.
//! A chunk of 16 MiB, the largest, has some 290,000 of these rows.
//!
//! The endpoint is this program again, in a second process, so that it does not count in the
//! figures. Linux only (`/proc`).
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod import;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lineup_contracts::LoadOutput;
use lineup_testing::{Acknowledging, PERFORMANCES};
use load::handle;
use tokio::runtime::Runtime;

const ENDPOINT: &str = "endpoint";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize, default| arguments.get(index).map_or(default, |n| n.parse().unwrap());
    if arguments.last().is_some_and(|last| last == ENDPOINT) {
        return runtime().block_on(serve(number(0, 0), Duration::from_millis(number(1, 0)), number(2, 0)));
    }
    measure(number(0, 1_000_000), number(1, 0), number(2, import::STAGES));
}

fn measure(rows: u64, delay: u64, stages: u64) {
    let mut endpoint = Endpoint::start(rows, delay, stages);
    let (start, before) = (Instant::now(), cpu_seconds());
    let output = runtime().block_on(load(&endpoint.next_line(), &endpoint.next_line()));
    let (elapsed, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - before);
    assert!(output.done);
    assert_eq!((output.progress.rows.written, endpoint.end()), (rows, rows), "written, and acknowledged");
    println!(
        "{rows} rows on {stages} stages, answers after {delay} ms: {:.0} rows/CPU-s ({cpu:.2} CPU-s), {:.0} rows/s ({elapsed:.2} s), peak {:.1} MiB",
        rows as f64 / cpu,
        rows as f64 / elapsed,
        peak_mib(),
    );
}

/// A runtime with one thread, like the function's.
fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

async fn load(url: &str, input: &str) -> LoadOutput {
    let context = import::context(url).await;
    let input = serde_json::from_str(input).unwrap();
    handle(&context, input, Timestamp::now(), Instant::now() + Duration::from_secs(600)).await.unwrap()
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

/// This program as the endpoint. It prints its URL and the input of `load`, and at the end the number of rows it got.
struct Endpoint {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Endpoint {
    fn start(rows: u64, delay: u64, stages: u64) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([rows, delay, stages].map(|number| number.to_string())).arg(ENDPOINT);
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

async fn serve(rows: u64, delay: Duration, stages: u64) {
    let service = Acknowledging::start(delay).await;
    let input = import::put(&service.s3, rows, stages);
    println!("{}\n{}", service.endpoint, serde_json::to_string(&input).unwrap());
    tokio::task::spawn_blocking(|| std::io::stdin().lines().count()).await.unwrap();
    println!("{}", service.asked(PERFORMANCES).items);
}
