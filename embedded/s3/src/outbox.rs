//! Events on their way, so that a restart does not lose them: S3 delivers an event at least once
//! (S3 guide, "Amazon S3 Event Notifications").
//!
//! An event is a file, `<sequencer>.json`, from before its object is visible until somebody has
//! dealt with it.

use std::fs::{self, File};
use std::io::{self, Write};
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

    /// Keeps an event. It is there as a whole or not at all, also after a power cut.
    pub(crate) fn keep(&self, event: &Value) -> io::Result<()> {
        replace(&self.file(event), event.to_string().as_bytes())
    }

    /// Lets an event go; one that is gone already is no error.
    pub(crate) fn remove(&self, event: &Value) -> io::Result<()> {
        match fs::remove_file(self.file(event)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    /// The events that are kept, in the order in which they happened. A file that holds none, as a power cut may
    /// have left one, is set aside.
    pub(crate) fn kept(&self) -> io::Result<Vec<Value>> {
        let paths: io::Result<Vec<PathBuf>> = fs::read_dir(&self.0)?.map(|entry| Ok(entry?.path())).collect();
        let mut paths = paths?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        let mut events = Vec::new();
        for path in paths {
            match serde_json::from_slice(&fs::read(&path)?) {
                Ok(event) => events.push(event),
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "the file holds no event; it is set aside");
                    fs::rename(&path, path.with_extension("damaged"))?;
                }
            }
        }
        Ok(events)
    }

    fn file(&self, event: &Value) -> PathBuf {
        let sequencer = event["detail"]["object"]["sequencer"].as_str().unwrap_or_default();
        self.0.join(format!("{sequencer}.json"))
    }
}

/// Replaces a file by one that has reached the device before it gets the name: after a power cut there is the old
/// one or the new one, and none that is empty.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let written = path.with_extension("new");
    let mut file = File::create(&written)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&written, path)?;
    match path.parent() {
        // The name itself. Where a folder cannot be opened as a file, the system sees to that.
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
