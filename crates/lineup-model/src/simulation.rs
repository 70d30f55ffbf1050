//! The state that survives a process: buckets, tables, topic, the executions' files, and the observations.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use lineup_contracts::layout::Layout;
use lineup_testing::InProcess;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::expected::Expected;
use crate::lineups::Lineup;
use crate::observations::Observations;
use crate::random::Random;

/// The uploads bucket.
pub const UPLOADS: &str = "uploads";
/// The imports bucket.
pub const IMPORTS: &str = "imports";
/// The key of the file.
pub const KEY: &str = "day 1/lineup.csv";

/// One seed's import, over all of its processes.
pub struct Simulation {
    /// The random decisions of the seed.
    pub random: Random,
    /// The services.
    pub aws: InProcess,
    /// The file that is imported.
    pub lineup: Lineup,
    /// The expected result of the import.
    pub expected: Expected,
    /// The size of its chunks, in bytes.
    pub chunk_bytes: u64,
    /// How many chunks load at a time.
    pub max_concurrency: u64,
    /// The most bytes of rows that `split` surveys itself.
    pub surveyed_bytes: u64,
    /// How `split` merges keys, and how many `hold` compares at a time: in half of the seeds in so little memory that runs are gathered, and in
    /// several ranges.
    pub merging: split::Merging,
    /// The `detail` of the event of the upload.
    pub detail: Value,
    /// The id of its import.
    pub import_id: Uuid,
    /// The time of day at which the next process begins.
    pub now: Mutex<Timestamp>,
    observations: Mutex<Observations>,
    log: Mutex<Vec<String>>,
    violations: Mutex<Vec<String>>,
    store: TempDir,
}

fn merging(rng: &mut fastrand::Rng) -> split::Merging {
    match rng.bool() {
        true => split::Merging { held_bytes: 0, runs: rng.u32(2..=4), range_keys: rng.u64(1..=40) },
        false => split::Merging::default(),
    }
}

impl Simulation {
    /// A simulation with a random file, already uploaded.
    pub fn new(seed: u64) -> Arc<Self> {
        Self::with(seed, Lineup::random(&mut Random::new(seed).of("lineup")))
    }

    /// A simulation with this file, already uploaded.
    pub fn with(seed: u64, lineup: Lineup) -> Arc<Self> {
        let random = Random::new(seed);
        let mut rng = random.of("world");
        let aws = InProcess::default();
        let etag = aws.s3.put(&format!("{UPLOADS}/{KEY}"), lineup.bytes.clone(), &[]);
        let size = lineup.bytes.len();
        let object = json!({"key": KEY, "size": size, "etag": etag, "sequencer": "0055"});
        let (size, chunks) = (size as u64, rng.u64(1..=8));
        // In a quarter of the seeds there is one chunk, so that it has several batches.
        let chunk_bytes =
            if rng.u8(..4) == 0 { size + 1 } else { rng.u64(1 + size / 40..=1 + size / chunks) };
        Arc::new(Self {
            expected: Expected::new(&lineup, chunk_bytes),
            chunk_bytes,
            max_concurrency: rng.u64(1..=6),
            surveyed_bytes: if rng.bool() { 0 } else { size },
            merging: merging(&mut random.of("merging")),
            detail: json!({"bucket": {"name": UPLOADS}, "object": object}),
            import_id: lineup_contracts::layout::import_id(UPLOADS, KEY, None, &etag, "0055"),
            now: Mutex::new("2025-07-10T12:00:00Z".parse().unwrap()),
            observations: Mutex::default(),
            log: Mutex::default(),
            violations: Mutex::default(),
            store: TempDir::new().unwrap(),
            random,
            aws,
            lineup,
        })
    }

    /// The folder of the executions' files.
    pub fn store(&self) -> &Path {
        self.store.path()
    }

    /// Logs an event, for people who examine a failing seed.
    pub fn note(&self, what: impl FnOnce() -> String) {
        self.log.lock().unwrap().push(what());
    }

    /// The log of events, in order.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Records a violation of an expectation.
    pub fn violation(&self, what: String) {
        self.note(|| format!("WRONG: {what}"));
        self.violations.lock().unwrap().push(what);
    }

    /// Records a [`Self::violation`] unless `holds` is true.
    pub fn check(&self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.violation(what());
        }
    }

    /// The violations so far.
    pub fn violations(&self) -> Vec<String> {
        self.violations.lock().unwrap().clone()
    }

    /// Reads or changes the observations.
    pub fn observe<T>(&self, what: impl FnOnce(&mut Observations) -> T) -> T {
        what(&mut self.observations.lock().unwrap())
    }

    /// An object of the import, as JSON.
    pub fn json(&self, key: &str) -> Option<Value> {
        let object = self.aws.s3.get(&format!("{IMPORTS}/{key}"))?;
        Some(serde_json::from_slice(&object.body).unwrap())
    }

    /// Whether the import is split: whether it has a manifest.
    pub fn is_split(&self) -> bool {
        self.json(&Layout(self.import_id).manifest()).is_some()
    }

    /// The numbers of the chunks that have a result.
    pub fn loaded(&self) -> BTreeSet<u32> {
        let result = |chunk: u32| format!("{IMPORTS}/{}", Layout(self.import_id).result(chunk));
        let numbers = self.expected.numbers().into_iter();
        numbers.filter(|&number| self.aws.s3.get(&result(number)).is_some()).collect()
    }

    /// Whether every chunk has a result; never, if the file has no rows.
    pub fn is_loaded(&self) -> bool {
        self.is_split() && self.loaded() == self.expected.numbers()
    }
}
