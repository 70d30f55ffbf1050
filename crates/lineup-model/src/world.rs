//! What survives a process: the buckets, the tables, the topic, the executions' files, and the notes of the model.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use delimited::Chunk;
use jiff::Timestamp;
use lineup_contracts::layout::Layout;
use lineup_testing::InProcess;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::check;
use crate::dice::Dice;
use crate::lineups::Lineup;
use crate::message::Message;

/// Where people put files.
pub const UPLOADS: &str = "uploads";
/// The pipeline's own bucket.
pub const IMPORTS: &str = "imports";
const KEY: &str = "day 1/lineup.csv";

/// What survives.
pub struct World {
    /// The seed's decisions.
    pub dice: Dice,
    /// The services.
    pub aws: InProcess,
    /// The file that is imported.
    pub lineup: Lineup,
    /// The size of its chunks that is aimed at.
    pub chunk_bytes: u64,
    /// How many chunks load at a time.
    pub max_concurrency: u64,
    /// The `detail` of the event that tells of it.
    pub detail: Value,
    /// Its import.
    pub import_id: Uuid,
    /// The time of day at which the next process begins.
    pub now: Mutex<Timestamp>,
    /// The chunks that each execution's `summarize` found missing last.
    pub missing: Mutex<BTreeMap<String, Vec<u32>>>,
    /// How many messages are checked.
    checked: Mutex<usize>,
    log: Mutex<Vec<String>>,
    wrong: Mutex<Vec<String>>,
    store: TempDir,
}

impl World {
    /// With a random file, uploaded.
    pub fn new(seed: u64) -> Arc<Self> {
        Self::with(seed, Lineup::random(&mut Dice::new(seed).of("lineup")))
    }

    /// With this file, uploaded.
    pub fn with(seed: u64, lineup: Lineup) -> Arc<Self> {
        let dice = Dice::new(seed);
        let mut rng = dice.of("world");
        let aws = InProcess::default();
        let etag = aws.s3.put(&format!("{UPLOADS}/{KEY}"), lineup.bytes.clone(), &[]);
        let size = lineup.bytes.len();
        let object = json!({"key": KEY, "size": size, "etag": etag, "sequencer": "0055"});
        let (size, chunks) = (size as u64, rng.u64(1..=8));
        Arc::new(Self {
            // One chunk in a quarter of the seeds: then it has several batches.
            chunk_bytes: if rng.u8(..4) == 0 { size + 1 } else { rng.u64(1 + size / 40..=1 + size / chunks) },
            max_concurrency: rng.u64(1..=6),
            detail: json!({"bucket": {"name": UPLOADS}, "object": object}),
            import_id: lineup_contracts::layout::import_id(UPLOADS, KEY, None, &etag, "0055"),
            now: Mutex::new("2025-07-10T12:00:00Z".parse().unwrap()),
            missing: Mutex::default(),
            checked: Mutex::default(),
            log: Mutex::default(),
            wrong: Mutex::default(),
            store: TempDir::new().unwrap(),
            dice,
            aws,
            lineup,
        })
    }

    /// The folder of the executions' files.
    pub fn store(&self) -> &Path {
        self.store.path()
    }

    /// Notes what happens, for people who look at a failing seed.
    pub fn note(&self, what: impl FnOnce() -> String) {
        self.log.lock().unwrap().push(what());
    }

    /// Notes that something is not as it must be.
    pub fn wrong(&self, what: String) {
        self.note(|| format!("WRONG: {what}"));
        self.wrong.lock().unwrap().push(what);
    }

    /// [`Self::wrong`] unless it `holds`.
    pub fn must(&self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.wrong(what());
        }
    }

    /// What is not as it must be.
    pub fn all_wrong(&self) -> Vec<String> {
        self.wrong.lock().unwrap().clone()
    }

    /// What happened.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// An object of the import, as JSON.
    pub fn json(&self, key: &str) -> Option<Value> {
        let object = self.aws.s3.get(&format!("{IMPORTS}/{key}"))?;
        Some(serde_json::from_slice(&object.body).unwrap())
    }

    /// The chunks of the import, as far as it is split: once there is a manifest.
    pub fn chunks(&self) -> Option<Vec<Chunk>> {
        let layout = Layout(self.import_id);
        self.json(&layout.manifest())?;
        let list =
            self.aws.s3.get(&format!("{IMPORTS}/{}", layout.chunks())).expect("a list behind a manifest");
        let lines = serde_json::Deserializer::from_slice(&list.body).into_iter();
        Some(lines.map(Result::unwrap).collect())
    }

    /// Whether the chunk has a result.
    pub fn is_loaded(&self, chunk: u32) -> bool {
        self.aws.s3.get(&format!("{IMPORTS}/{}", Layout(self.import_id).result(chunk))).is_some()
    }

    /// The chunks that have none; `None` before the split is done.
    pub fn not_loaded(&self) -> Option<Vec<u32>> {
        let numbers = self.chunks()?.into_iter().map(|chunk| chunk.chunk);
        Some(numbers.filter(|&number| !self.is_loaded(number)).collect())
    }

    /// Checks the messages since the last time.
    pub fn check_messages(&self) {
        let messages = self.messages();
        let mut checked = self.checked.lock().unwrap();
        messages[*checked..].iter().for_each(|message| check::message(self, message));
        *checked = messages.len();
    }

    /// The messages so far.
    pub fn messages(&self) -> Vec<Message> {
        self.aws.published.lock().unwrap().iter().map(|body| Message::of(body)).collect()
    }
}
