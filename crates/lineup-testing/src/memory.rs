//! An object store in memory, with the features of S3 that an import uses: conditions, ranges, metadata,
//! versions, lists.
//!
//! It implements the trait of object stores. The module `s3` serves the same objects over HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt};
use lineup_aws::error::{CallFailure, Refusal, name_of};
use lineup_aws::object_store::{
    Head, ListPage, ObjectStore, PendingUpload, Pieces, PutCondition, StoreError, WholeObject,
};
use lineup_contracts::Source;

/// Names on a page of a list. There are few, so that tests have lists of several pages.
const PAGE: usize = 2;
/// Bytes of a piece of a body. There are few, so that records and quoted fields span pieces.
const PIECE: usize = 16 << 10;

/// An object.
#[derive(Debug, Clone, Default)]
pub struct Object {
    /// Its bytes.
    pub body: Bytes,
    /// How often the bytes after the first line are served, at least once. This makes a large object of little
    /// memory.
    pub copies: u64,
    /// Its entity tag, without quotes.
    pub etag: String,
    /// Its version, in a bucket that keeps versions.
    pub version_id: Option<String>,
    /// Its metadata, without `x-amz-meta-`.
    pub metadata: BTreeMap<String, String>,
}

impl Object {
    /// The length of the part that is served once.
    fn head(&self) -> u64 {
        let line = self.body.iter().position(|byte| *byte == b'\n').map_or(self.body.len(), |at| at + 1);
        if self.copies > 1 { line as u64 } else { 0 }
    }

    pub(crate) fn size(&self) -> u64 {
        self.head() + (self.body.len() as u64 - self.head()) * self.copies.max(1)
    }

    /// The bytes `range` of the served object, without copies in memory.
    pub(crate) fn slice(&self, range: Range<u64>) -> Vec<Bytes> {
        let (head, end) = (self.head(), self.body.len() as u64);
        let mut pieces = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let from = if at < head { at } else { head + (at - head) % (end - head) };
            let length = (end - from).min(range.end - at);
            pieces.push(self.body.slice(from as usize..(from + length) as usize));
            at += length;
        }
        pieces
    }

    /// The part of `range` that is inside the object.
    pub(crate) fn within(&self, range: Range<u64>) -> Result<Range<u64>, Refused> {
        let size = self.size();
        if range.start < size { Ok(range.start..range.end.min(size)) } else { Err(INVALID_RANGE) }
    }
}

/// Status and error code of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) u16, pub(crate) &'static str);

const NO_SUCH_KEY: Refused = Refused(404, "NoSuchKey");
const NO_SUCH_UPLOAD: Refused = Refused(404, "NoSuchUpload");
const INVALID_PART: Refused = Refused(400, "InvalidPart");
const NO_SUCH_VERSION: Refused = Refused(404, "NoSuchVersion");
const PRECONDITION_FAILED: Refused = Refused(412, "PreconditionFailed");
const INVALID_RANGE: Refused = Refused(416, "InvalidRange");

impl From<Refused> for StoreError {
    /// The error that the S3 implementation would return.
    fn from(Refused(status, code): Refused) -> Self {
        let (message, request_id) = ("refused".to_owned(), "none".to_owned());
        let refusal = Refusal { code: code.to_owned(), message, status, request_id };
        Self::from(CallFailure {
            name: name_of(code, status),
            status: Some(status),
            code: Some(code.to_owned()),
            cause: refusal.into(),
        })
    }
}

/// Every object, by `bucket/key`. Clones are the same store.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Contents>>);

#[derive(Debug, Default)]
struct Contents {
    objects: BTreeMap<String, Object>,
    /// Every version of every object in buckets that keep versions, by path and version.
    versions: BTreeMap<(String, String), Object>,
    versioned: BTreeSet<String>,
    /// Multipart uploads under way, by id.
    uploads: BTreeMap<String, MemoryUpload>,
    puts: u64,
}

#[derive(Debug, Default)]
struct MemoryUpload {
    path: String,
    /// The parts with their entity tags, by number.
    parts: BTreeMap<u32, (String, Bytes)>,
}

impl MemoryStore {
    /// Writes an object. Returns its entity tag, which differs each time.
    pub fn put(&self, path: &str, body: impl Into<Bytes>, metadata: &[(&str, &str)]) -> String {
        let metadata =
            metadata.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.write(path, Object { body: body.into(), copies: 1, metadata, ..Object::default() }).etag
    }

    /// An object.
    pub fn get(&self, path: &str) -> Option<Object> {
        self.contents().objects.get(path).cloned()
    }

    /// Deletes an object. Its versions stay.
    pub fn delete(&self, path: &str) {
        self.contents().objects.remove(path);
    }

    /// The `bucket/key` of every object that begins with a prefix.
    pub fn paths(&self, prefix: &str) -> Vec<String> {
        self.contents().objects.keys().filter(|path| path.starts_with(prefix)).cloned().collect()
    }

    /// How many multipart uploads are neither completed nor aborted.
    pub fn pending_uploads(&self) -> usize {
        self.contents().uploads.len()
    }

    /// From now on the bucket keeps versions.
    pub fn keep_versions(&self, bucket: &str) {
        self.contents().versioned.insert(bucket.to_owned());
    }

    /// Writes an object with a new entity tag and version. Returns the object.
    pub(crate) fn write(&self, path: &str, object: Object) -> Object {
        self.contents().write(path, object)
    }

    /// As [`Self::write`], if the condition holds.
    pub(crate) fn write_if(
        &self,
        path: &str,
        object: Object,
        condition: PutCondition<'_>,
    ) -> Result<Object, Refused> {
        let mut contents = self.contents();
        contents.check(path, condition)?;
        Ok(contents.write(path, object))
    }

    /// Begins a multipart upload. Returns its id.
    pub(crate) fn begin_upload(&self, path: &str) -> String {
        let mut contents = self.contents();
        contents.puts += 1;
        let id = format!("upload-{}", contents.puts);
        let upload = MemoryUpload { path: path.to_owned(), ..MemoryUpload::default() };
        contents.uploads.insert(id.clone(), upload);
        id
    }

    /// Writes a part. Returns its entity tag.
    pub(crate) fn write_part(
        &self,
        path: &str,
        id: &str,
        number: u32,
        body: Bytes,
    ) -> Result<String, Refused> {
        let mut contents = self.contents();
        contents.puts += 1;
        let etag = format!("{:032x}", contents.puts);
        let upload =
            contents.uploads.get_mut(id).filter(|upload| upload.path == path).ok_or(NO_SUCH_UPLOAD)?;
        upload.parts.insert(number, (etag.clone(), body));
        Ok(etag)
    }

    /// Makes an object of the parts with these entity tags, in this order. If it is refused, the upload stays.
    pub(crate) fn end_upload(
        &self,
        path: &str,
        id: &str,
        etags: &[String],
        condition: PutCondition<'_>,
    ) -> Result<Object, Refused> {
        let mut contents = self.contents();
        let upload = contents.uploads.get(id).filter(|upload| upload.path == path).ok_or(NO_SUCH_UPLOAD)?;
        let parts = &upload.parts;
        let same =
            parts.len() == etags.len() && parts.values().zip(etags).all(|((etag, _), asked)| etag == asked);
        if !same {
            return Err(INVALID_PART);
        }
        contents.check(path, condition)?;
        let bodies: Vec<_> = parts.values().map(|(_, body)| body.clone()).collect();
        contents.uploads.remove(id);
        Ok(contents.write(path, Object { body: bodies.concat().into(), copies: 1, ..Object::default() }))
    }

    /// Forgets an upload and its parts.
    pub(crate) fn remove_upload(&self, id: &str) -> Result<(), Refused> {
        self.contents().uploads.remove(id).map(drop).ok_or(NO_SUCH_UPLOAD)
    }

    /// The object, or the requested version of it, if it has the requested entity tag.
    pub(crate) fn read(
        &self,
        path: &str,
        version_id: Option<&str>,
        etag: Option<&str>,
    ) -> Result<Object, Refused> {
        let contents = self.contents();
        let object = match version_id {
            None => contents.objects.get(path).ok_or(NO_SUCH_KEY)?,
            Some(version) => {
                let version = (path.to_owned(), version.to_owned());
                contents.versions.get(&version).ok_or(NO_SUCH_VERSION)?
            }
        };
        if etag.is_some_and(|etag| etag != object.etag) {
            return Err(PRECONDITION_FAILED);
        }
        Ok(object.clone())
    }

    /// The page after the name `after`, and the name after which the next page begins.
    pub(crate) fn page(
        &self,
        bucket: &str,
        prefix: &str,
        delimiter: Option<&str>,
        after: &str,
    ) -> (ListPage, Option<String>) {
        let bucket = format!("{bucket}/");
        let name = |path: &String| {
            let key = &path[bucket.len()..];
            match delimiter.and_then(|delimiter| Some(key[prefix.len()..].find(delimiter)? + delimiter.len()))
            {
                Some(end) => (key[..prefix.len() + end].to_owned(), true),
                None => (key.to_owned(), false),
            }
        };
        let paths = self.paths(&format!("{bucket}{prefix}"));
        let names: BTreeSet<_> = paths.iter().map(name).filter(|(name, _)| name.as_str() > after).collect();
        let next = names.iter().nth(PAGE - 1).filter(|_| names.len() > PAGE).map(|(name, _)| name.clone());
        let mut page = ListPage::default();
        for (name, is_folder) in names.into_iter().take(PAGE) {
            if is_folder { page.folders.push(name) } else { page.keys.push(name) }
        }
        (page, next)
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap()
    }
}

impl Contents {
    /// Whether an object may be written. If-Match of a key that has no object is 404 (S3 API reference, PutObject).
    fn check(&self, path: &str, condition: PutCondition<'_>) -> Result<(), Refused> {
        match (condition, self.objects.get(path)) {
            (PutCondition::IfAbsent, Some(_)) => Err(PRECONDITION_FAILED),
            (PutCondition::IfMatch(_), None) => Err(NO_SUCH_KEY),
            (PutCondition::IfMatch(etag), Some(object)) if object.etag != etag => Err(PRECONDITION_FAILED),
            _ => Ok(()),
        }
    }

    fn write(&mut self, path: &str, mut object: Object) -> Object {
        self.puts += 1;
        object.etag = format!("{:032x}", self.puts);
        let bucket = path.split('/').next().unwrap();
        if self.versioned.contains(bucket) {
            let version = format!("version-{}", self.puts);
            object.version_id = Some(version.clone());
            self.versions.insert((path.to_owned(), version), object.clone());
        }
        self.objects.insert(path.to_owned(), object.clone());
        object
    }
}

impl ObjectStore for MemoryStore {
    fn head_object<'a>(&'a self, source: &'a Source) -> BoxFuture<'a, Result<Head, StoreError>> {
        Box::pin(async { Ok(described(self.pinned(source)?)) })
    }

    fn get_range<'a>(
        &'a self,
        source: &'a Source,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Pieces, StoreError>> {
        Box::pin(async {
            let object = self.pinned(source)?;
            let slices = object.slice(object.within(range)?);
            Ok(stream::iter(slices.into_iter().flat_map(pieces).map(Ok)).boxed())
        })
    }

    fn get_object<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
    ) -> BoxFuture<'a, Result<WholeObject, StoreError>> {
        Box::pin(async move {
            let object = self.read(&format!("{bucket}/{key}"), None, None)?;
            let body = object.slice(0..object.size()).concat().into();
            Ok(WholeObject { body, etag: object.etag })
        })
    }

    fn put_object<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        _content_type: &'a str,
        body: Bytes,
        condition: PutCondition<'a>,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        Box::pin(async move {
            let path = format!("{bucket}/{key}");
            let object = Object { body, copies: 1, ..Object::default() };
            Ok(self.write_if(&path, object, condition)?.etag)
        })
    }

    fn head_latest<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<Head, StoreError>> {
        Box::pin(async move { Ok(described(self.read(&format!("{bucket}/{key}"), None, None)?)) })
    }

    fn create_upload<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        _content_type: &'a str,
    ) -> BoxFuture<'a, Result<PendingUpload, StoreError>> {
        Box::pin(async move {
            let id = self.begin_upload(&format!("{bucket}/{key}"));
            Ok(PendingUpload { bucket: bucket.to_owned(), key: key.to_owned(), id })
        })
    }

    fn put_part<'a>(
        &'a self,
        upload: &'a PendingUpload,
        number: u32,
        body: Bytes,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        Box::pin(async move { Ok(self.write_part(&path_of(upload), &upload.id, number, body)?) })
    }

    fn complete_upload<'a>(
        &'a self,
        upload: &'a PendingUpload,
        parts: &'a [String],
        condition: PutCondition<'a>,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        Box::pin(async move { Ok(self.end_upload(&path_of(upload), &upload.id, parts, condition)?.etag) })
    }

    fn abort_upload<'a>(&'a self, upload: &'a PendingUpload) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { Ok(self.remove_upload(&upload.id)?) })
    }

    fn list_objects<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        delimiter: Option<&'a str>,
    ) -> BoxStream<'a, Result<ListPage, StoreError>> {
        let pages = stream::unfold(Some(String::new()), move |after: Option<String>| async move {
            let (page, next) = self.page(bucket, prefix, delimiter, &after?);
            Some((Ok(page), next))
        });
        pages.boxed()
    }

    fn delete_object<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.delete(&format!("{bucket}/{key}"));
            Ok(())
        })
    }
}

impl MemoryStore {
    fn pinned(&self, source: &Source) -> Result<Object, Refused> {
        let path = format!("{}/{}", source.bucket, source.key);
        self.read(&path, source.version_id.as_deref(), Some(&source.etag))
    }
}

fn path_of(upload: &PendingUpload) -> String {
    format!("{}/{}", upload.bucket, upload.key)
}

fn described(object: Object) -> Head {
    Head { size: object.size(), etag: object.etag, metadata: object.metadata.into_iter().collect() }
}

fn pieces(body: Bytes) -> impl Iterator<Item = Bytes> {
    let starts = (0..body.len()).step_by(PIECE);
    starts.map(move |start| body.slice(start..body.len().min(start + PIECE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_follow_one_head_and_any_range_of_them_is_served() {
        let object = Object { body: "head\na,b\nc\n".into(), copies: 3, ..Object::default() };
        let whole = "head\na,b\nc\na,b\nc\na,b\nc\n";
        assert_eq!(object.size(), whole.len() as u64);
        for start in 0..=whole.len() {
            for end in start..=whole.len() {
                let pieces = object.slice(start as u64..end as u64).concat();
                assert_eq!(pieces, whole.as_bytes()[start..end], "{start}..{end}");
            }
        }
    }

    #[test]
    fn an_object_is_served_once_unless_more_copies_are_asked_for() {
        let object = Object { body: "head\na".into(), ..Object::default() };
        assert_eq!((object.size(), object.slice(2..6).concat()), (6, b"ad\na".to_vec()));
    }
}
