//! The calls of an object store that imports need, as a trait. The module `s3` implements it for production.
//! The crate `lineup-testing` has a store in memory, and one whose calls fail as a test says.
//!
//! A store only reports what happened. The module `objects` adds the call and the object to the error that
//! people read, and `source` resumes where a body broke off.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use lineup_contracts::Source;
use lineup_contracts::error::ErrorName;

use crate::error::{CallFailure, Cause, Error};

/// The calls of an object store. They behave as those of S3; each method documents what callers rely on.
///
/// It can be a trait object (`Arc<dyn ObjectStore>`), so that its users need no type parameter.
pub trait ObjectStore: fmt::Debug + Send + Sync {
    /// Size and metadata of the pinned object (HeadObject).
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it was deleted, [`StoreError::PreconditionFailed`] if it was overwritten.
    fn head_object<'a>(&'a self, source: &'a Source) -> BoxFuture<'a, Result<Head, StoreError>>;

    /// The bytes `range` of the pinned object, as they arrive (GetObject with Range). The range is not empty.
    /// If it ends after the object's end, the bytes up to there are returned.
    ///
    /// # Errors
    /// As [`Self::head_object`]; and [`StoreError::InvalidRequest`] if the range begins after the object's end.
    fn get_range<'a>(
        &'a self,
        source: &'a Source,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Pieces, StoreError>>;

    /// A whole object that fits into memory (GetObject).
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is none.
    fn get_object<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
    ) -> BoxFuture<'a, Result<WholeObject, StoreError>>;

    /// Writes a whole object if `condition` holds, and overwrites an earlier one (PutObject). Returns its
    /// entity tag, without quotes.
    ///
    /// # Errors
    /// [`StoreError::PreconditionFailed`] if the condition does not hold; [`StoreError::Conflict`] if the
    /// store cannot decide that yet.
    fn put_object<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        content_type: &'a str,
        body: Bytes,
        condition: PutCondition<'a>,
    ) -> BoxFuture<'a, Result<String, StoreError>>;

    /// Size, metadata and entity tag of the object that is there now (HeadObject).
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is none.
    fn head_latest<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<Head, StoreError>>;

    /// Begins to write an object in parts (CreateMultipartUpload). Nothing is at the key before
    /// [`Self::complete_upload`]. Parts that are not completed cost money until [`Self::abort_upload`].
    fn create_upload<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        content_type: &'a str,
    ) -> BoxFuture<'a, Result<PendingUpload, StoreError>>;

    /// Writes the part `number`, from 1, in the place of an earlier one (UploadPart). Returns its entity tag. All
    /// parts but the last have at least 5 MiB (S3 guide, "Amazon S3 multipart upload limits").
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the upload was completed or aborted.
    fn put_part<'a>(
        &'a self,
        upload: &'a PendingUpload,
        number: u32,
        body: Bytes,
    ) -> BoxFuture<'a, Result<String, StoreError>>;

    /// Makes one object of the parts, if `condition` holds (CompleteMultipartUpload). `parts` are the entity tags
    /// of all parts, in order. Returns that of the object.
    ///
    /// # Errors
    /// As [`Self::put_object`]; and [`StoreError::NotFound`] if the upload was completed or aborted.
    fn complete_upload<'a>(
        &'a self,
        upload: &'a PendingUpload,
        parts: &'a [String],
        condition: PutCondition<'a>,
    ) -> BoxFuture<'a, Result<String, StoreError>>;

    /// Removes the parts of an upload (AbortMultipartUpload). A part that arrives meanwhile may stay.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the upload was completed or aborted.
    fn abort_upload<'a>(&'a self, upload: &'a PendingUpload) -> BoxFuture<'a, Result<(), StoreError>>;

    /// All keys under `prefix`, in order, page by page (ListObjectsV2). With a delimiter, keys that contain it
    /// after the prefix are replaced by their folders. The stream ends with the first error.
    fn list_objects<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        delimiter: Option<&'a str>,
    ) -> BoxStream<'a, Result<ListPage, StoreError>>;

    /// Deletes an object, if it is there (DeleteObject).
    fn delete_object<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// An object that was read whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WholeObject {
    /// Its bytes.
    pub body: Bytes,
    /// Its entity tag, without quotes: for a later write on the condition that it has not changed.
    pub etag: String,
}

/// The body of an object, in the pieces in which it arrives. If it breaks off, the caller requests the rest.
pub type Pieces = BoxStream<'static, Result<Bytes, StoreError>>;

/// Size, entity tag and metadata of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Bytes.
    pub size: u64,
    /// The entity tag, without quotes.
    pub etag: String,
    /// The user's metadata, by name without `x-amz-meta-`.
    pub metadata: HashMap<String, String>,
}

impl Head {
    /// The value of `x-amz-meta-<name>`, with which the object was uploaded.
    pub fn metadata(&self, name: &str) -> Option<&str> {
        self.metadata.get(name).map(String::as_str)
    }
}

/// An object that is being written in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingUpload {
    /// The object's bucket.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// The id that the store gave the upload.
    pub id: String,
}

/// The condition under which an object is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutCondition<'e> {
    /// Always.
    Always,
    /// Unless there is one (`If-None-Match: *`): of several writers exactly one succeeds.
    IfAbsent,
    /// If the object has this entity tag still (`If-Match`): of several writers who read it, exactly one succeeds. S3 asks
    /// for the permissions s3:PutObject and s3:GetObject then (S3 guide, "How to prevent object overwrites with conditional writes").
    IfMatch(&'e str),
}

/// A part of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListPage {
    /// Keys of objects.
    pub keys: Vec<String>,
    /// Folders: prefixes that end with the delimiter.
    pub folders: Vec<String>,
}

/// Why a call failed, as far as callers distinguish it. Each variant has the store's error, and displays it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such object, or no such version of it.
    #[error(transparent)]
    NotFound(Cause),
    /// The object does not meet the condition of the request.
    #[error(transparent)]
    PreconditionFailed(Cause),
    /// Another write of the object has not ended. S3 answers 409 then, and expects a retry (S3 guide,
    /// "Conditional requests"). The object may not exist yet.
    #[error(transparent)]
    Conflict(Cause),
    /// There is no such bucket.
    #[error(transparent)]
    NoSuchBucket(Cause),
    /// A permission is missing.
    #[error(transparent)]
    AccessDenied(Cause),
    /// The store throttles.
    #[error(transparent)]
    Throttled(Cause),
    /// The store failed, could not be reached, or answered late.
    #[error(transparent)]
    Unavailable(Cause),
    /// The store refuses the request as malformed.
    #[error(transparent)]
    InvalidRequest(Cause),
}

impl StoreError {
    /// The name for the state machine, which says what to do.
    pub fn name(&self) -> ErrorName {
        match self {
            Self::NotFound(_) | Self::NoSuchBucket(_) => ErrorName::ResourceNotFound,
            Self::AccessDenied(_) => ErrorName::AccessDenied,
            Self::Throttled(_) => ErrorName::Throttled,
            Self::Conflict(_) | Self::Unavailable(_) => ErrorName::Unavailable,
            Self::PreconditionFailed(_) | Self::InvalidRequest(_) => ErrorName::InvalidRequest,
        }
    }

    /// The error that names the call by its IAM action, and the object.
    pub fn on(self, call: &'static str, target: impl Into<String>) -> Error {
        Error::Service { call, target: target.into(), name: self.name(), source: self.into() }
    }
}

impl From<CallFailure> for StoreError {
    /// Classified by status where that says more than the error's name.
    fn from(failure: CallFailure) -> Self {
        let CallFailure { name, status, code, cause } = failure;
        match (status, name) {
            (Some(412), _) => Self::PreconditionFailed(cause),
            (Some(409), _) => Self::Conflict(cause),
            (Some(404), _) if code.as_deref() != Some("NoSuchBucket") => Self::NotFound(cause),
            (_, ErrorName::ResourceNotFound) => Self::NoSuchBucket(cause),
            (_, ErrorName::AccessDenied) => Self::AccessDenied(cause),
            (_, ErrorName::Throttled) => Self::Throttled(cause),
            (_, ErrorName::Unavailable) => Self::Unavailable(cause),
            // A service never answers with the other names.
            (
                _,
                ErrorName::InvalidRequest
                | ErrorName::InvalidInput
                | ErrorName::SourceChanged
                | ErrorName::Superseded
                | ErrorName::ChunksNotSurveyed
                | ErrorName::ChunksNotLoaded,
            ) => Self::InvalidRequest(cause),
        }
    }
}

/// The URI of an object, as the aws command writes it.
pub fn uri(bucket: &str, key: &str) -> String {
    format!("s3://{bucket}/{key}")
}

#[cfg(test)]
mod tests {
    use lineup_contracts::error::chain;

    use super::*;
    use crate::error::{Refusal, name_of};

    fn refused(status: u16, code: &str) -> CallFailure {
        let (message, request_id) = ("said".to_owned(), "1".to_owned());
        let refusal = Refusal { code: code.to_owned(), message, status, request_id };
        CallFailure {
            name: name_of(code, status),
            status: Some(status),
            code: Some(code.to_owned()),
            cause: refusal.into(),
        }
    }

    #[test]
    fn an_answer_is_told_by_its_status_and_its_code() {
        type Is = fn(&StoreError) -> bool;
        let cases: [(u16, &str, Is); 11] = [
            (404, "NoSuchKey", |error| matches!(error, StoreError::NotFound(_))),
            (404, "404", |error| matches!(error, StoreError::NotFound(_))),
            (404, "NoSuchVersion", |error| matches!(error, StoreError::NotFound(_))),
            (404, "NoSuchBucket", |error| matches!(error, StoreError::NoSuchBucket(_))),
            (412, "PreconditionFailed", |error| matches!(error, StoreError::PreconditionFailed(_))),
            (409, "ConditionalRequestConflict", |error| matches!(error, StoreError::Conflict(_))),
            (403, "AccessDenied", |error| matches!(error, StoreError::AccessDenied(_))),
            (503, "SlowDown", |error| matches!(error, StoreError::Throttled(_))),
            (500, "InternalError", |error| matches!(error, StoreError::Unavailable(_))),
            (400, "RequestTimeout", |error| matches!(error, StoreError::Unavailable(_))),
            (416, "InvalidRange", |error| matches!(error, StoreError::InvalidRequest(_))),
        ];
        for (status, code, is) in cases {
            let error = StoreError::from(refused(status, code));
            assert!(is(&error), "{code}: {error:?}");
            assert_eq!(error.name(), name_of(code, status), "{code}");
            assert_eq!(chain(&error), format!("{code}: said (HTTP {status}, request 1)"));
        }
    }

    #[test]
    fn a_request_without_an_answer_keeps_its_name() {
        for name in [ErrorName::Unavailable, ErrorName::InvalidRequest] {
            let failure = CallFailure { name, status: None, code: None, cause: "no answer".into() };
            assert_eq!(StoreError::from(failure).name(), name);
        }
    }
}
