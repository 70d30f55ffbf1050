//! Objects on disk: staged first, then made visible by one rename.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use uuid::Uuid;

use crate::event::{self, Created, EventReason, Owner, Sequencer};
use crate::object::{Footer, read_footer};
use crate::outbox::Outbox;
use crate::path::object_path;

/// What went wrong with an object.
#[derive(Debug, thiserror::Error)]
pub enum BucketStoreError {
    /// No such bucket.
    #[error("the bucket {0} does not exist")]
    NoSuchBucket(String),
    /// No such object.
    #[error("there is no object {0}")]
    NoSuchKey(String),
    /// `If-Match` or `If-None-Match` says no.
    #[error("at least one of the preconditions did not hold for {0}")]
    PreconditionFailed(String),
    /// The file system.
    #[error("{path}: {source}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl BucketStoreError {
    /// The error's code in the S3 API, such as `NoSuchKey`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoSuchBucket(_) => "NoSuchBucket",
            Self::NoSuchKey(_) => "NoSuchKey",
            Self::PreconditionFailed(_) => "PreconditionFailed",
            Self::Io { .. } => "InternalError",
        }
    }
}

/// When a write may take effect.
#[derive(Debug, Clone, Default)]
pub(crate) struct Condition {
    /// `If-None-Match: *`.
    pub(crate) absent: bool,
    /// `If-Match`: the entity tag that is to be replaced.
    pub(crate) etag: Option<String>,
}

/// A bucket whose events somebody wants.
#[derive(Debug)]
pub(crate) struct Notified {
    /// The bucket.
    pub(crate) bucket: String,
    /// Takes the events.
    pub(crate) events: UnboundedSender<Value>,
    /// Keeps them until they are dealt with.
    pub(crate) outbox: Outbox,
}

impl Notified {
    /// Sends an event. Nobody listens any more while the services are being closed; it is kept.
    fn send(&self, event: Value) {
        let _ = self.events.send(event);
    }
}

/// The objects below one folder: `<root>/<bucket>/…`, and `<root>/.staged` for
/// what is being written. Visible changes happen one at a time, which is what
/// makes conditional writes atomic and sequencers follow the order of writes.
#[derive(Debug)]
pub(crate) struct BucketStore {
    root: PathBuf,
    owner: Owner,
    notified: Option<Notified>,
    commit: Mutex<Sequencer>,
}

impl BucketStore {
    /// Opens the store and drops what was left half-written.
    pub(crate) fn open(root: &Path, owner: Owner, notified: Option<Notified>) -> io::Result<Self> {
        let root = root.to_owned();
        // Nobody goes on with a multipart upload of an earlier process: its parts would lie there for ever.
        for left in [".staged", ".uploads"].map(|name| root.join(name)) {
            if left.exists() {
                fs::remove_dir_all(&left)?;
            }
            fs::create_dir_all(&left)?;
        }
        let commit = Mutex::new(Sequencer::open(&root.join(".sequencer"))?);
        Ok(Self { root, owner, notified, commit })
    }

    /// The region of every bucket.
    pub(crate) fn region(&self) -> &str {
        &self.owner.region
    }

    /// Makes `bucket` exist.
    pub(crate) fn create_bucket(&self, bucket: &str) -> io::Result<()> {
        fs::create_dir_all(self.root.join(bucket))
    }

    /// The buckets with the time they were created at.
    pub(crate) fn buckets(&self) -> io::Result<Vec<(String, std::time::SystemTime)>> {
        let mut buckets = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_dir() && !name.starts_with('.') {
                let metadata = entry.metadata()?;
                buckets.push((name, metadata.created().or_else(|_| metadata.modified())?));
            }
        }
        buckets.sort();
        Ok(buckets)
    }

    /// The folder of `bucket`.
    pub(crate) fn bucket(&self, bucket: &str) -> Result<PathBuf, BucketStoreError> {
        let path = self.root.join(bucket);
        if path.is_dir() { Ok(path) } else { Err(BucketStoreError::NoSuchBucket(bucket.to_owned())) }
    }

    /// The folder of the multipart upload `id`.
    pub(crate) fn upload(&self, id: Uuid) -> PathBuf {
        self.root.join(".uploads").join(id.to_string())
    }

    /// A name for a file that is being written.
    pub(crate) fn stage(&self) -> Staged {
        Staged(self.root.join(".staged").join(Uuid::new_v4().to_string()))
    }

    /// An object as it is now: its open file stays the same whatever is written later.
    pub(crate) fn open_object(&self, bucket: &str, key: &str) -> Result<(File, Footer), BucketStoreError> {
        let path = self.bucket(bucket)?.join(object_path(key));
        let mut file = File::open(&path).map_err(|source| missing(key, &path, source))?;
        let footer = read_footer(&mut file).map_err(|source| BucketStoreError::Io { path, source })?;
        Ok((file, footer))
    }

    /// Makes a staged, sealed file the object `key`, and tells who listens. The event is on disk
    /// first: a process that is killed in between finds it at the next start.
    pub(crate) fn commit(
        &self,
        staged: Staged,
        (bucket, key): (&str, &str),
        footer: &Footer,
        condition: &Condition,
        reason: EventReason,
    ) -> Result<(), BucketStoreError> {
        let path = self.bucket(bucket)?.join(object_path(key));
        let mut sequencer = self.lock();
        self.check(bucket, key, &path, condition)?;
        let failed = |source| BucketStoreError::Io { path: path.clone(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let event = self.event(&mut sequencer, (bucket, key), footer, reason).map_err(failed)?;
        let Some((notified, event)) = event else { return fs::rename(&staged.0, &path).map_err(failed) };
        notified.outbox.keep(&event).map_err(failed)?;
        if let Err(source) = fs::rename(&staged.0, &path) {
            notified.outbox.remove(&event).map_err(failed)?;
            return Err(failed(source));
        }
        notified.send(event);
        Ok(())
    }

    fn check(
        &self,
        bucket: &str,
        key: &str,
        path: &Path,
        condition: &Condition,
    ) -> Result<(), BucketStoreError> {
        let refused = || BucketStoreError::PreconditionFailed(key.to_owned());
        if condition.absent && path.exists() {
            return Err(refused());
        }
        let Some(wanted) = &condition.etag else { return Ok(()) };
        let (_, footer) = self.open_object(bucket, key)?;
        if *wanted == footer.etag { Ok(()) } else { Err(refused()) }
    }

    /// The event of a write, and who wants it.
    fn event(
        &self,
        sequencer: &mut Sequencer,
        (bucket, key): (&str, &str),
        footer: &Footer,
        reason: EventReason,
    ) -> io::Result<Option<(&Notified, Value)>> {
        let Some(notified) = self.notified.as_ref().filter(|notified| notified.bucket == bucket) else {
            return Ok(None);
        };
        let now = Timestamp::now();
        let sequencer = sequencer.next(now)?;
        let created =
            Created { bucket, key, size: footer.size, etag: &footer.etag, sequencer: &sequencer, reason };
        Ok(Some((notified, event::object_created(&self.owner, &created, Uuid::new_v4(), now))))
    }

    /// Sends the events again that an earlier process has left. One whose write did not come to
    /// pass, or was overwritten since, is dropped: an overwriting write has an event of its own.
    pub(crate) fn send_left(&self) -> io::Result<()> {
        let Some(notified) = &self.notified else { return Ok(()) };
        for event in notified.outbox.kept()? {
            if self.is_current(&event["detail"]) {
                notified.send(event);
            } else {
                notified.outbox.remove(&event)?;
            }
        }
        Ok(())
    }

    /// Whether the object of an event is the one that it tells of.
    fn is_current(&self, detail: &Value) -> bool {
        let (bucket, object) = (&detail["bucket"]["name"], &detail["object"]);
        let (Some(bucket), Some(key)) = (bucket.as_str(), object["key"].as_str()) else { return false };
        self.open_object(bucket, key).is_ok_and(|(_, footer)| object["etag"] == *footer.etag)
    }

    /// Somebody has dealt with the event.
    pub(crate) fn forget(&self, event: &Value) -> io::Result<()> {
        self.notified.as_ref().map_or(Ok(()), |notified| notified.outbox.remove(event))
    }

    /// Removes an object, and the folders that it leaves empty. Removing what is not there is no error.
    pub(crate) fn delete(&self, bucket: &str, key: &str) -> Result<(), BucketStoreError> {
        let bucket = self.bucket(bucket)?;
        let path = bucket.join(object_path(key));
        let _commit = self.lock();
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(BucketStoreError::Io { path, source }),
            Ok(()) => {}
        }
        let folders = path.ancestors().skip(1).take_while(|folder| **folder != bucket);
        // The first folder that holds something else ends the walk.
        for folder in folders {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// The sequencer is whole at every moment, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, Sequencer> {
        self.commit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn missing(key: &str, path: &Path, source: io::Error) -> BucketStoreError {
    if source.kind() == io::ErrorKind::NotFound {
        BucketStoreError::NoSuchKey(key.to_owned())
    } else {
        BucketStoreError::Io { path: path.to_owned(), source }
    }
}

/// A file that is being written; gone when dropped, unless it was committed.
#[derive(Debug)]
pub(crate) struct Staged(PathBuf);

impl Staged {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // A committed file is no longer here.
        let _ = fs::remove_file(&self.0);
    }
}
