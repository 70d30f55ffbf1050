//! Calls on buckets as a whole.

use std::time::SystemTime;

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use crate::fault;
use crate::store::BucketStore;

/// The region that has no LocationConstraint, and where a bucket of one's own may be created again (S3 API reference, "CreateBucket").
const FIRST_REGION: &str = "us-east-1";

pub(super) fn list(store: &BucketStore, input: ListBucketsInput) -> S3Result<ListBucketsOutput> {
    let bucket = |(name, created): (String, SystemTime)| Bucket {
        name: Some(name),
        creation_date: Some(Timestamp::from(created)),
        ..Bucket::default()
    };
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let buckets = store.buckets().map_err(fault::of_file)?.into_iter();
    let buckets = buckets.filter(|(name, _)| name.starts_with(prefix)).map(bucket).collect();
    Ok(ListBucketsOutput { buckets: Some(buckets), prefix: input.prefix, ..Default::default() })
}

/// Creates a bucket, which keeps no versions. All buckets are in one region, whichever the request names.
pub(super) fn create(store: &BucketStore, input: &CreateBucketInput) -> S3Result<CreateBucketOutput> {
    if store.region() != FIRST_REGION && store.bucket(&input.bucket).is_ok() {
        return Err(s3_error!(BucketAlreadyOwnedByYou, "the bucket {} is there already", input.bucket));
    }
    store.create_bucket(&input.bucket).map_err(fault::of_file)?;
    Ok(CreateBucketOutput { location: Some(format!("/{}", input.bucket)) })
}

pub(super) fn head(store: &BucketStore, input: &HeadBucketInput) -> S3Result<HeadBucketOutput> {
    store.bucket(&input.bucket)?;
    Ok(HeadBucketOutput { bucket_region: Some(store.region().to_owned()), ..Default::default() })
}

pub(super) fn location(
    store: &BucketStore,
    input: &GetBucketLocationInput,
) -> S3Result<GetBucketLocationOutput> {
    store.bucket(&input.bucket)?;
    let region = Some(store.region()).filter(|region| *region != FIRST_REGION);
    let location_constraint = region.map(|region| BucketLocationConstraint::from(region.to_owned()));
    Ok(GetBucketLocationOutput { location_constraint })
}

/// A bucket that never kept versions has no status (S3 API reference, "GetBucketVersioning").
pub(super) fn versioning(
    store: &BucketStore,
    input: &GetBucketVersioningInput,
) -> S3Result<GetBucketVersioningOutput> {
    store.bucket(&input.bucket)?;
    let enabled = || BucketVersioningStatus::from_static(BucketVersioningStatus::ENABLED);
    let status = store.versions(&input.bucket).map(|_| enabled());
    Ok(GetBucketVersioningOutput { status, ..Default::default() })
}
