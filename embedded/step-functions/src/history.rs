//! An execution's history: events numbered from 1, one JSON object a line.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::error::EngineError;
use crate::event::Event;
use crate::record::HistoryEvent;
use crate::store::failed;

/// The most events that a standard workflow may have (Step Functions guide, "Service quotas").
pub(crate) const MAX_EVENTS: u64 = 25_000;

/// Appends events. They are kept back until [`History::flush`], so that what belongs together
/// (a state's exit and the next one's entry) is on disk together, and few writes are made.
pub(crate) struct History {
    path: PathBuf,
    file: File,
    last_id: u64,
    /// The event that the next one follows from.
    previous: u64,
    waiting: Vec<u8>,
}

impl History {
    /// Opens it for appending, and cuts off a line that the end of a process left unfinished.
    pub(crate) fn open(path: &Path) -> Result<Self, EngineError> {
        let opened = OpenOptions::new().read(true).append(true).create(true).open(path);
        let mut file = opened.map_err(|source| failed("opening", path, source))?;
        let last_id = whole_lines(&mut file).map_err(|source| failed("reading", path, source))?;
        Ok(Self { path: path.into(), file, last_id, previous: last_id, waiting: Vec::new() })
    }

    /// The number of the last event.
    pub(crate) const fn last_id(&self) -> u64 {
        self.last_id
    }

    /// Adds an event that the last one led to, or the one that [`History::follow`] named.
    pub(crate) fn add(&mut self, now: Timestamp, event: Event) -> u64 {
        self.add_after(self.previous, now, event)
    }

    /// The next event follows from event `previous`, not from the last one.
    pub(crate) fn follow(&mut self, previous: u64) {
        self.previous = previous;
    }

    /// Adds an event that event `previous` led to; 0 for none.
    pub(crate) fn add_after(&mut self, previous: u64, now: Timestamp, event: Event) -> u64 {
        self.last_id += 1;
        self.previous = self.last_id;
        let details = event.details.map(|(name, fields)| (name.to_owned(), fields));
        let event = HistoryEvent {
            timestamp: now,
            event_type: event.event_type,
            id: self.last_id,
            previous_event_id: previous,
            details: details.into_iter().collect::<Map<String, Value>>(),
        };
        let line = serde_json::to_string(&event).unwrap_or_default();
        self.waiting.extend_from_slice(line.as_bytes());
        self.waiting.push(b'\n');
        self.last_id
    }

    /// Writes what waits.
    pub(crate) fn flush(&mut self) -> Result<(), EngineError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let written = self.file.write_all(&self.waiting);
        self.waiting.clear();
        written.map_err(|source| failed("writing", &self.path, source))
    }
}

/// Counts the lines and cuts off what follows the last whole one.
fn whole_lines(file: &mut File) -> io::Result<u64> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let (count, end) = whole(&bytes).fold((0, 0), |(count, end), line| (count + 1, end + line.len()));
    if end < bytes.len() {
        file.set_len(end as u64)?;
        file.seek(io::SeekFrom::End(0))?;
    }
    Ok(count)
}

/// The lines, up to the first one that is not ended or is no JSON: it is still being written, or a power cut has damaged it.
fn whole(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = bytes.split_inclusive(|&byte| byte == b'\n');
    lines.take_while(|line| line.ends_with(b"\n") && serde_json::from_slice::<IgnoredAny>(line).is_ok())
}

/// Calls `each` with every event, in order.
pub(crate) fn for_each(path: &Path, mut each: impl FnMut(HistoryEvent)) -> Result<(), EngineError> {
    for line in lines(path)? {
        each(parse(path, &line)?);
    }
    Ok(())
}

/// The whole lines of the file.
pub(crate) fn lines(path: &Path) -> Result<Vec<String>, EngineError> {
    match fs::read(path) {
        Ok(bytes) => Ok(whole(&bytes).map(|line| String::from_utf8_lossy(line).into_owned()).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(failed("reading", path, source)),
    }
}

pub(crate) fn parse(path: &Path, line: &str) -> Result<HistoryEvent, EngineError> {
    serde_json::from_str(line).map_err(|error| failed("reading", path, error.into()))
}
