//! Listing objects and versions.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use super::answer::{blocking, signed, strong, time};
use crate::fault;
use crate::list::{self, Listed, Query};
use crate::list_versions::{ListedVersion, VersionQuery, list_versions};
use crate::object::{Footer, NULL_VERSION};
use crate::store::BucketStore;

/// A list has at most this many names (S3 API reference, ListObjectsV2).
const MAX_KEYS: i32 = 1000;

pub(super) async fn objects_v2(
    store: &Arc<BucketStore>,
    input: ListObjectsV2Input,
) -> S3Result<ListObjectsV2Output> {
    let query = Query {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone(),
        after: input.continuation_token.clone().or_else(|| input.start_after.clone()).unwrap_or_default(),
        limit: limit(input.max_keys)?,
    };
    let (contents, listed) = listed(store, input.bucket.clone(), query).await?;
    Ok(ListObjectsV2Output {
        key_count: i32::try_from(contents.len() + listed.prefixes.len()).ok(),
        contents: Some(contents),
        common_prefixes: Some(common_prefixes(listed.prefixes)),
        is_truncated: Some(listed.next.is_some()),
        next_continuation_token: listed.next,
        name: Some(input.bucket),
        prefix: Some(input.prefix.unwrap_or_default()),
        delimiter: input.delimiter,
        max_keys: Some(input.max_keys.unwrap_or(MAX_KEYS)),
        continuation_token: input.continuation_token,
        start_after: input.start_after,
        ..Default::default()
    })
}

pub(super) async fn objects(
    store: &Arc<BucketStore>,
    input: ListObjectsInput,
) -> S3Result<ListObjectsOutput> {
    let query = Query {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone(),
        after: input.marker.clone().unwrap_or_default(),
        limit: limit(input.max_keys)?,
    };
    let (contents, listed) = listed(store, input.bucket.clone(), query).await?;
    Ok(ListObjectsOutput {
        contents: Some(contents),
        common_prefixes: Some(common_prefixes(listed.prefixes)),
        is_truncated: Some(listed.next.is_some()),
        next_marker: listed.next,
        name: Some(input.bucket),
        prefix: Some(input.prefix.unwrap_or_default()),
        delimiter: input.delimiter,
        max_keys: Some(input.max_keys.unwrap_or(MAX_KEYS)),
        marker: input.marker,
        ..Default::default()
    })
}

/// A part of a bucket, with what a listing says about each object.
async fn listed(store: &Arc<BucketStore>, bucket: String, query: Query) -> S3Result<(Vec<Object>, Listed)> {
    let store = Arc::clone(store);
    let listed = blocking(move || {
        let listed = list::list(&store.bucket(&bucket)?, &query).map_err(fault::of_file)?;
        // An object deleted meanwhile is left out.
        let found = |key: &String| Some(object(key, &store.open_object(&bucket, key).ok()?.1));
        Ok((listed.keys.iter().filter_map(found).collect(), listed))
    });
    listed.await
}

pub(super) async fn versions(
    store: &Arc<BucketStore>,
    input: ListObjectVersionsInput,
) -> S3Result<ListObjectVersionsOutput> {
    if input.version_id_marker.is_some() && input.key_marker.is_none() {
        return Err(s3_error!(
            InvalidArgument,
            "A version-id marker cannot be specified without a key marker."
        ));
    }
    let query = Query {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone(),
        after: input.key_marker.clone().unwrap_or_default(),
        limit: limit(input.max_keys)?,
    };
    let asked = VersionQuery { query, after_version: input.version_id_marker.clone() };
    let (shared, bucket) = (Arc::clone(store), input.bucket.clone());
    let listed = blocking(move || Ok(list_versions(&shared, &bucket, &asked)?)).await?;
    let is_truncated = listed.next.is_some();
    let (next_key_marker, next_version_id_marker) = listed.next.unzip();
    let shows_ids = store.versions(&input.bucket).is_some();
    let (markers, versions): (Vec<_>, Vec<_>) =
        listed.versions.into_iter().partition(|version| version.footer.delete_marker);
    Ok(ListObjectVersionsOutput {
        versions: Some(versions.into_iter().map(|version| object_version(version, shows_ids)).collect()),
        delete_markers: Some(markers.into_iter().map(delete_marker).collect()),
        common_prefixes: Some(common_prefixes(listed.prefixes)),
        is_truncated: Some(is_truncated),
        next_key_marker,
        next_version_id_marker: next_version_id_marker.flatten().map(|id| shown(id, shows_ids)),
        name: Some(input.bucket),
        prefix: Some(input.prefix.unwrap_or_default()),
        delimiter: input.delimiter,
        max_keys: Some(input.max_keys.unwrap_or(MAX_KEYS)),
        key_marker: Some(input.key_marker.unwrap_or_default()),
        version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
        ..Default::default()
    })
}

/// The id of a version: `null` in a bucket that keeps none (S3 API reference, "ListObjectVersions").
fn shown(id: String, shows_ids: bool) -> String {
    if shows_ids { id } else { NULL_VERSION.to_owned() }
}

fn object_version(version: ListedVersion, shows_ids: bool) -> ObjectVersion {
    let ListedVersion { key, footer, is_latest } = version;
    ObjectVersion {
        version_id: Some(shown(footer.version().to_owned(), shows_ids)),
        key: Some(key),
        e_tag: Some(strong(&footer.etag)),
        is_latest: Some(is_latest),
        size: signed(footer.size),
        last_modified: Some(time(footer.modified)),
        storage_class: Some(ObjectVersionStorageClass::from_static(ObjectVersionStorageClass::STANDARD)),
        ..Default::default()
    }
}

fn delete_marker(version: ListedVersion) -> DeleteMarkerEntry {
    let ListedVersion { key, footer, is_latest } = version;
    DeleteMarkerEntry {
        version_id: Some(footer.version().to_owned()),
        key: Some(key),
        is_latest: Some(is_latest),
        last_modified: Some(time(footer.modified)),
        ..Default::default()
    }
}

fn object(key: &str, footer: &Footer) -> Object {
    Object {
        key: Some(key.to_owned()),
        e_tag: Some(strong(&footer.etag)),
        size: signed(footer.size),
        last_modified: Some(time(footer.modified)),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        ..Default::default()
    }
}

fn common_prefixes(prefixes: Vec<String>) -> Vec<CommonPrefix> {
    prefixes.into_iter().map(|prefix| CommonPrefix { prefix: Some(prefix) }).collect()
}

fn limit(max_keys: Option<i32>) -> S3Result<usize> {
    let limit = max_keys.unwrap_or(MAX_KEYS).min(MAX_KEYS);
    usize::try_from(limit).map_err(|_| s3_error!(InvalidArgument, "max-keys is negative"))
}
