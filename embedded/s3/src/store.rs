//! Objects on disk: staged first, then made visible by one rename.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use uuid::Uuid;

use crate::error::BucketStoreError;
use crate::event::{self, Created, EventReason, Owner, Sequencer};
use crate::object::{Footer, NULL_VERSION, read_footer};
use crate::outbox::Outbox;
use crate::path::object_path;
use crate::staged::Staged;
use crate::versions::NoncurrentVersions;

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
    /// The buckets that keep versions.
    versioned: BTreeSet<String>,
    notified: Option<Notified>,
    /// A file that is synced before an object becomes visible.
    before: Option<PathBuf>,
    commit: Mutex<Sequencer>,
}

impl BucketStore {
    /// Opens the store and drops what was left half-written.
    pub(crate) fn open(
        root: &Path,
        owner: Owner,
        versioned: &[String],
        notified: Option<Notified>,
    ) -> io::Result<Self> {
        let root = root.to_owned();
        // Nobody goes on with a multipart upload of an earlier process: its parts would lie there for ever.
        for left in [".staged", ".uploads"].map(|name| root.join(name)) {
            fs::create_dir_all(&left)?;
            empty(&left)?;
        }
        let commit = Mutex::new(Sequencer::open(&root.join(".sequencer"))?);
        let versioned = versioned.iter().cloned().collect();
        Ok(Self { root, owner, versioned, notified, before: None, commit })
    }

    /// From now on this file, if it is there, is on the device before any object becomes visible.
    pub(crate) fn sync_before(&mut self, file: PathBuf) {
        self.before = Some(file);
    }

    fn sync(&self) -> Result<(), BucketStoreError> {
        let Some(path) = &self.before else { return Ok(()) };
        match File::open(path).and_then(|file| file.sync_data()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            synced => synced.map_err(|source| BucketStoreError::Io { path: path.clone(), source }),
        }
    }

    /// The region of every bucket.
    pub(crate) fn region(&self) -> &str {
        &self.owner.region
    }

    /// The folder that the buckets are in.
    pub(crate) fn root(&self) -> &Path {
        &self.root
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
        Staged::at(self.root.join(".staged").join(Uuid::new_v4().to_string()))
    }

    /// An object as it is now: its open file stays the same whatever is written later.
    pub(crate) fn open_object(&self, bucket: &str, key: &str) -> Result<(File, Footer), BucketStoreError> {
        let path = self.bucket(bucket)?.join(object_path(key));
        let mut file = File::open(&path).map_err(|source| missing(key, &path, source))?;
        let footer = read_footer(&mut file).map_err(|source| damaged(key, &path, source))?;
        Ok((file, footer))
    }

    /// A version of an object, or the object as it is now. In a bucket without versions each object has the id `null`.
    pub(crate) fn open_version(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<(File, Footer), BucketStoreError> {
        let versions = self.versions(bucket);
        let current = self.open_object(bucket, key);
        let Some(version) = version.filter(|id| versions.is_some() || *id != NULL_VERSION) else {
            return current.map_err(|error| self.deleted(bucket, key, error));
        };
        let missing = || BucketStoreError::NoSuchVersion { key: key.to_owned(), version: version.to_owned() };
        let versions = versions.ok_or_else(missing)?;
        match current {
            Ok((file, footer)) if footer.version() == version => return Ok((file, footer)),
            Ok(_) | Err(BucketStoreError::NoSuchKey(_)) => {}
            Err(error) => return Err(error),
        }
        // A write keeps the current version before it takes its place, so that it is in one of the two.
        let (file, footer) = versions.open(key, version)?.ok_or_else(missing)?;
        if footer.delete_marker {
            let (key, version) = (key.to_owned(), version.to_owned());
            return Err(BucketStoreError::DeleteMarker { key, version, modified: footer.modified });
        }
        Ok((file, footer))
    }

    /// Why there is no object: says so where it was deleted.
    fn deleted(&self, bucket: &str, key: &str, error: BucketStoreError) -> BucketStoreError {
        let BucketStoreError::NoSuchKey(key_text) = error else { return error };
        let newest = self.versions(bucket).and_then(|versions| versions.of_key(key).ok()?.into_iter().next());
        match newest {
            Some(newest) if newest.delete_marker => {
                BucketStoreError::Deleted { key: key_text, version: newest.version().to_owned() }
            }
            _ => BucketStoreError::NoSuchKey(key_text),
        }
    }

    /// The noncurrent versions of a bucket that keeps them.
    pub(crate) fn versions(&self, bucket: &str) -> Option<NoncurrentVersions> {
        self.versioned.contains(bucket).then(|| NoncurrentVersions::of(&self.root, bucket))
    }

    /// The id of a version, in a bucket that shows it.
    pub(crate) fn shown_version(&self, bucket: &str, footer: &Footer) -> Option<String> {
        self.versioned.contains(bucket).then(|| footer.version().to_owned())
    }

    /// Keeps the object that is about to be overwritten or deleted, if its bucket keeps versions.
    pub(crate) fn keep_current(&self, bucket: &str, key: &str, path: &Path) -> Result<(), BucketStoreError> {
        let Some(versions) = self.versions(bucket) else { return Ok(()) };
        match self.open_object(bucket, key) {
            Ok((_, footer)) => versions.keep(key, path, footer.version()),
            Err(BucketStoreError::NoSuchKey(_)) => Ok(()),
            Err(error) => Err(error),
        }
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
        self.sync()?;
        let mut sequencer = self.lock();
        let path = self.bucket(bucket)?.join(object_path(key));
        self.check(bucket, key, condition)?;
        let failed = |source| BucketStoreError::Io { path: path.clone(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        self.keep_current(bucket, key, &path)?;
        let event = self.event(&mut sequencer, (bucket, key), footer, reason).map_err(failed)?;
        let Some((notified, event)) = event else { return fs::rename(staged.path(), &path).map_err(failed) };
        notified.outbox.keep(&event).map_err(failed)?;
        if let Err(source) = fs::rename(staged.path(), &path) {
            notified.outbox.remove(&event).map_err(failed)?;
            return Err(failed(source));
        }
        notified.send(event);
        Ok(())
    }

    fn check(&self, bucket: &str, key: &str, condition: &Condition) -> Result<(), BucketStoreError> {
        let refused = || BucketStoreError::PreconditionFailed(key.to_owned());
        if condition.absent {
            return match self.open_object(bucket, key) {
                Ok(_) => Err(refused()),
                Err(BucketStoreError::NoSuchKey(_)) => Ok(()),
                Err(error) => Err(error),
            };
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
        let version = self.shown_version(bucket, footer);
        let version = version.as_deref();
        let Footer { size, etag, .. } = footer;
        let created = Created { bucket, key, size: *size, etag, version, sequencer: &sequencer, reason };
        Ok(Some((notified, event::object_created(&self.owner, &created, Uuid::new_v4(), now))))
    }

    /// Sends the events again that an earlier process has left. One whose write did not come to
    /// pass, or was overwritten since and is not kept as a version, is dropped: an overwriting write has an event of its own.
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
        self.open_version(bucket, key, object["version-id"].as_str())
            .is_ok_and(|(_, footer)| object["etag"] == *footer.etag)
    }

    /// Somebody has dealt with the event.
    pub(crate) fn forget(&self, event: &Value) -> io::Result<()> {
        self.notified.as_ref().map_or(Ok(()), |notified| notified.outbox.remove(event))
    }

    /// The sequencer is whole at every moment, so a panic elsewhere does not spoil it.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Sequencer> {
        self.commit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes all that is in the folder, but not the folder: on a full disk it could not be made again.
fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())
        } else {
            fs::remove_file(entry.path())
        }?;
    }
    Ok(())
}

fn missing(key: &str, path: &Path, source: io::Error) -> BucketStoreError {
    if source.kind() == io::ErrorKind::NotFound {
        BucketStoreError::NoSuchKey(key.to_owned())
    } else {
        BucketStoreError::Io { path: path.to_owned(), source }
    }
}

/// Objects are not synced, so that a power cut may leave the file of one empty or cut. Then there is none: it can be written again.
fn damaged(key: &str, path: &Path, source: io::Error) -> BucketStoreError {
    if source.kind() == io::ErrorKind::InvalidData {
        tracing::warn!(path = %path.display(), "the object's file is damaged, so there is no object");
        BucketStoreError::NoSuchKey(key.to_owned())
    } else {
        BucketStoreError::Io { path: path.to_owned(), source }
    }
}
