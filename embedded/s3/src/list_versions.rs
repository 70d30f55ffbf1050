//! Listing the versions in a bucket (S3 API reference, "ListObjectVersions").

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::error::BucketStoreError;
use crate::list::{Query, add_key, names};
use crate::object::Footer;
use crate::path::{Entry, entry};
use crate::store::BucketStore;

/// Which part of a bucket's versions is asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct VersionQuery {
    /// `after` is a key: its versions were given before, unless `after_version` says up to which.
    pub(crate) query: Query,
    /// The last version of the key `after` that was given before.
    pub(crate) after_version: Option<String>,
}

/// A version as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedVersion {
    pub(crate) key: String,
    pub(crate) footer: Footer,
    /// Whether it is the current one.
    pub(crate) is_latest: bool,
}

/// A part of a bucket's versions: by key, and of each key the newest first.
#[derive(Debug, Default)]
pub(crate) struct ListedVersions {
    pub(crate) versions: Vec<ListedVersion>,
    pub(crate) prefixes: Vec<String>,
    /// The key or prefix that was given last, and its version, if there are more.
    pub(crate) next: Option<(String, Option<String>)>,
}

impl ListedVersions {
    /// Whether nothing was found.
    pub(crate) const fn is_empty(&self) -> bool {
        self.versions.is_empty() && self.prefixes.is_empty()
    }
}

/// Lists the versions in a bucket. In one that keeps none, each object is its only version.
pub(crate) fn list_versions(
    store: &BucketStore,
    bucket: &str,
    asked: &VersionQuery,
) -> Result<ListedVersions, BucketStoreError> {
    let folder = store.bucket(bucket)?;
    let failed = |source| BucketStoreError::Io { path: folder.clone(), source };
    let mut found = names(&folder, &asked.query).map_err(failed)?;
    if let Some(versions) = store.versions(bucket) {
        add_version_keys(versions.folder(), "", &asked.query, &mut found).map_err(failed)?;
    }
    let mut listed = ListedVersions::default();
    for (name, is_prefix) in found {
        if name < asked.query.after || (name == asked.query.after && asked.after_version.is_none()) {
            continue;
        }
        let full = if is_prefix {
            take(&mut listed, asked.query.limit, |listed| listed.prefixes.push(name.clone()), (&name, None))
        } else {
            take_versions(&mut listed, store, bucket, asked, &name)?
        };
        if full {
            return Ok(listed);
        }
    }
    listed.next = None;
    Ok(listed)
}

/// Adds one entry, or says that the part is full. What was added last is where the next part begins.
fn take(
    listed: &mut ListedVersions,
    limit: usize,
    push: impl FnOnce(&mut ListedVersions),
    (name, version): (&str, Option<&str>),
) -> bool {
    if listed.versions.len() + listed.prefixes.len() >= limit {
        return true;
    }
    push(listed);
    listed.next = Some((name.to_owned(), version.map(str::to_owned)));
    false
}

/// Adds the versions of a key, as long as there is room for them. Says whether there was too little.
fn take_versions(
    listed: &mut ListedVersions,
    store: &BucketStore,
    bucket: &str,
    asked: &VersionQuery,
    key: &str,
) -> Result<bool, BucketStoreError> {
    let mut versions = store.versions_of(bucket, key)?;
    if let Some(after) = asked.after_version.as_ref().filter(|_| key == asked.query.after) {
        let given = versions.iter().position(|version| version.footer.version() == after);
        versions.drain(..given.map_or(0, |at| at + 1));
    }
    for version in versions {
        let id = version.footer.version().to_owned();
        if take(listed, asked.query.limit, |listed| listed.versions.push(version), (key, Some(&id))) {
            return Ok(true);
        }
    }
    Ok(false)
}

impl BucketStore {
    /// All versions of an object and its delete markers, newest first.
    fn versions_of(&self, bucket: &str, key: &str) -> Result<Vec<ListedVersion>, BucketStoreError> {
        let current = match self.open_object(bucket, key) {
            Ok((_, footer)) => Some(footer),
            Err(BucketStoreError::NoSuchKey(_)) => None,
            Err(error) => return Err(error),
        };
        let mut kept = self.versions(bucket).map_or(Ok(Vec::new()), |versions| versions.of_key(key))?;
        kept.retain(|footer| current.as_ref().is_none_or(|current| current.version() != footer.version()));
        // Where the object was deleted, its newest version is the delete marker.
        let is_deleted = current.is_none();
        let kept = kept.into_iter().enumerate();
        let kept = kept.map(|(at, footer)| (is_deleted && at == 0 && footer.delete_marker, footer));
        let all = current.map(|footer| (true, footer)).into_iter().chain(kept);
        Ok(all.map(|(is_latest, footer)| ListedVersion { key: key.to_owned(), footer, is_latest }).collect())
    }
}

/// Adds the keys that have versions in `folder`, whose names begin with `base`. A folder with versions in it stands for a key.
fn add_version_keys(
    folder: &Path,
    base: &str,
    query: &Query,
    found: &mut BTreeMap<String, bool>,
) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    for file in entries {
        let file = file?;
        match file.file_name().to_str().and_then(entry) {
            Some(Entry::Object(_)) => {
                if let Some(key) = base.strip_suffix('/') {
                    add_key(key.to_owned(), query, found);
                }
            }
            Some(Entry::Folder(name)) => {
                let below = format!("{base}{name}");
                if below.starts_with(&query.prefix) || query.prefix.starts_with(&below) {
                    add_version_keys(&file.path(), &below, query, found)?;
                }
            }
            None => {}
        }
    }
    Ok(())
}
