//! Events on their way, so that a restart does not lose them: S3 delivers an event at least once
//! (S3 guide, "Amazon S3 Event Notifications").
//!
//! An event is a file, `<sequencer>.json`, from before its object is visible until somebody has
//! dealt with it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder of the events that nobody has dealt with yet.
#[derive(Debug)]
pub(crate) struct Outbox(PathBuf);

impl Outbox {
    /// Opens the folder, creating it if it is absent.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self(folder.to_owned()))
    }

    /// Keeps an event. It is there as a whole or not at all.
    pub(crate) fn keep(&self, event: &Value) -> io::Result<()> {
        let file = self.file(event);
        let written = file.with_extension("new");
        fs::write(&written, event.to_string())?;
        fs::rename(written, file)
    }

    /// Lets an event go; one that is gone already is no error.
    pub(crate) fn remove(&self, event: &Value) -> io::Result<()> {
        match fs::remove_file(self.file(event)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    /// The events that are kept, in the order in which they happened.
    pub(crate) fn kept(&self) -> io::Result<Vec<Value>> {
        let paths: io::Result<Vec<PathBuf>> = fs::read_dir(&self.0)?.map(|entry| Ok(entry?.path())).collect();
        let mut paths = paths?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        paths.iter().map(|path| Ok(serde_json::from_slice(&fs::read(path)?)?)).collect()
    }

    fn file(&self, event: &Value) -> PathBuf {
        let sequencer = event["detail"]["object"]["sequencer"].as_str().unwrap_or_default();
        self.0.join(format!("{sequencer}.json"))
    }
}
