//! Where executions live on disk.
//!
//! ```text
//! <root>/<execution>/execution.json
//! <root>/<execution>/history.jsonl
//! <root>/<execution>/map-runs/<id>/map-run.json
//! <root>/<execution>/map-runs/<id>/items.jsonl
//! <root>/<execution>/map-runs/<id>/children/<child>.json
//! <root>/<execution>/map-runs/<id>/children/<child>.history.jsonl
//! ```
//! Records are replaced by rename, so that a reader, or the next process, sees
//! the old one or the new one. Nothing is synced to the device: the store
//! survives its process. A power cut may leave a file empty or cut: what can be known is told then, see `damage`. Calls block for as long as small
//! local files take, which is shorter than handing them to another thread.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;
use std::{fs, io};

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::error::EngineError;
use crate::mutex::lock;
use crate::record::{ExecutionRecord, MapRunRecord};

/// The folder of all executions.
#[derive(Debug)]
pub(crate) struct Store {
    root: PathBuf,
    /// The execution that each Map Run belongs to; absent until somebody asks, because it takes a look at every execution.
    map_runs: Mutex<Option<HashMap<Uuid, String>>>,
}

/// The files of one execution. A child has no folder of its own: making one costs as much as
/// the rest of what is written about it.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    folder: PathBuf,
    record: PathBuf,
    history: PathBuf,
    is_child: bool,
}

/// By which a record is known to be the one that was read before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordStamp {
    modified: SystemTime,
    length: u64,
}

/// The folder of one Map Run.
#[derive(Debug, Clone)]
pub(crate) struct MapRunHome(PathBuf);

impl Store {
    /// Opens the folder. Nothing in it is read: how long that takes must not depend on what it holds.
    pub(crate) fn open(root: &Path) -> Result<Self, EngineError> {
        create_dir_all(root)?;
        Ok(Self { root: root.into(), map_runs: Mutex::default() })
    }

    pub(crate) fn execution_names(&self) -> Result<Vec<String>, EngineError> {
        names(&self.root)
    }

    pub(crate) fn execution(&self, name: &str) -> Home {
        let folder = self.root.join(name);
        let (record, history) = (folder.join("execution.json"), folder.join("history.jsonl"));
        Home { record, history, folder, is_child: false }
    }

    pub(crate) fn create_map_run(&self, execution: &str, id: Uuid) -> Result<MapRunHome, EngineError> {
        let home = self.execution(execution).map_run(id);
        create_dir_all(&home.children())?;
        if let Some(known) = lock(&self.map_runs).as_mut() {
            known.insert(id, execution.into());
        }
        Ok(home)
    }

    /// The name of the execution that a Map Run belongs to.
    pub(crate) fn execution_of(&self, map_run: Uuid) -> Result<Option<String>, EngineError> {
        self.with_map_runs(|known| known.get(&map_run).cloned())
    }

    /// The Map Run that has a child of this name, with the name of its execution.
    pub(crate) fn parent_of(&self, child: Uuid) -> Result<Option<(String, MapRunHome)>, EngineError> {
        let known = self.with_map_runs(HashMap::clone)?;
        let mut homes = known.into_iter().map(|(id, name)| (self.execution(&name).map_run(id), name));
        Ok(homes.find(|(home, _)| home.child(child).exists()).map(|(home, name)| (name, home)))
    }

    fn with_map_runs<T>(&self, ask: impl FnOnce(&HashMap<Uuid, String>) -> T) -> Result<T, EngineError> {
        let mut known = lock(&self.map_runs);
        if let Some(known) = known.as_ref() {
            return Ok(ask(known));
        }
        let mut found = HashMap::new();
        for name in self.execution_names()? {
            let ids = self.execution(&name).map_run_ids()?;
            found.extend(ids.into_iter().map(|id| (id, name.clone())));
        }
        Ok(ask(known.insert(found)))
    }
}

impl Home {
    /// Makes the folder of an execution of the state machine; false where it is there already.
    pub(crate) fn create(&self) -> Result<bool, EngineError> {
        match fs::create_dir(&self.folder) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(source) => Err(failed("creating", &self.folder, source)),
        }
    }

    pub(crate) fn exists(&self) -> bool {
        self.record.exists()
    }

    /// When the record was written, and its length: what changes with every write. `None` where there is none.
    pub(crate) fn stamp(&self) -> Option<RecordStamp> {
        let metadata = fs::metadata(&self.record).ok()?;
        Some(RecordStamp { modified: metadata.modified().ok()?, length: metadata.len() })
    }

    pub(crate) fn history(&self) -> &Path {
        &self.history
    }

    /// The record; `None` where there is none. A child whose record is damaged is set aside: its item is run again.
    pub(crate) fn read(&self) -> Result<Option<ExecutionRecord>, EngineError> {
        match read_json(&self.record) {
            Err(error @ EngineError::Damaged { .. }) if self.is_child => {
                tracing::warn!("the item is run again: {}", error.chain());
                set_aside(&self.record)?;
                set_aside(&self.history)?;
                Ok(None)
            }
            read => read,
        }
    }

    pub(crate) fn write(&self, record: &ExecutionRecord) -> Result<(), EngineError> {
        write_json(&self.record, record)
    }

    /// Sets the damaged record aside.
    pub(crate) fn set_aside(&self) -> Result<(), EngineError> {
        set_aside(&self.record)
    }

    pub(crate) fn map_run_ids(&self) -> Result<Vec<Uuid>, EngineError> {
        Ok(names(&self.folder.join("map-runs"))?.iter().filter_map(|name| name.parse().ok()).collect())
    }

    pub(crate) fn map_run(&self, id: Uuid) -> MapRunHome {
        MapRunHome(self.folder.join("map-runs").join(id.to_string()))
    }
}

impl MapRunHome {
    /// The record; `None` where there is none, or a damaged one: a redrive begins another Map Run.
    pub(crate) fn read(&self) -> Result<Option<MapRunRecord>, EngineError> {
        match read_json(&self.0.join("map-run.json")) {
            Err(error @ EngineError::Damaged { .. }) => {
                tracing::warn!("a redrive begins another Map Run: {}", error.chain());
                Ok(None)
            }
            read => read,
        }
    }

    pub(crate) fn write(&self, record: &MapRunRecord) -> Result<(), EngineError> {
        write_json(&self.0.join("map-run.json"), record)
    }

    pub(crate) fn child(&self, name: Uuid) -> Home {
        let folder = self.children();
        Home {
            record: folder.join(format!("{name}.json")),
            history: folder.join(format!("{name}.history.jsonl")),
            folder,
            is_child: true,
        }
    }

    fn children(&self) -> PathBuf {
        self.0.join("children")
    }

    /// The items as they were read when the Map Run began; `None` where it did not come to that.
    pub(crate) fn read_items(&self) -> Result<Option<Vec<u8>>, EngineError> {
        read(&self.0.join("items.jsonl"))
    }

    pub(crate) fn write_items(&self, items: &[u8]) -> Result<(), EngineError> {
        replace(&self.0.join("items.jsonl"), items)
    }
}

fn names(folder: &Path) -> Result<Vec<String>, EngineError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed("reading", folder, source)),
    };
    let names = entries.map(|entry| Ok(entry?.file_name().into_string().ok()));
    let names: io::Result<Vec<_>> = names.collect();
    Ok(names.map_err(|source| failed("reading", folder, source))?.into_iter().flatten().collect())
}

/// Gives the file a name that nobody reads. One that is not there is no error.
fn set_aside(path: &Path) -> Result<(), EngineError> {
    match fs::rename(path, path.with_extension("damaged")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        renamed => renamed.map_err(|source| failed("setting aside", path, source)),
    }
}

fn create_dir_all(path: &Path) -> Result<(), EngineError> {
    fs::create_dir_all(path).map_err(|source| failed("creating", path, source))
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, EngineError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(failed("reading", path, source)),
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, EngineError> {
    let Some(bytes) = read(path)? else { return Ok(None) };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|source| EngineError::Damaged { path: path.into(), source })
}

fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), EngineError> {
    let bytes = serde_json::to_vec(value).map_err(|error| failed("writing", path, error.into()))?;
    replace(path, &bytes)
}

fn replace(path: &Path, bytes: &[u8]) -> Result<(), EngineError> {
    let new = path.with_extension("new");
    fs::write(&new, bytes)
        .and_then(|()| fs::rename(&new, path))
        .map_err(|source| failed("writing", path, source))
}

pub(crate) fn failed(doing: &'static str, path: &Path, source: io::Error) -> EngineError {
    EngineError::Store { doing, path: path.into(), source }
}
