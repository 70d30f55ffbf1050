//! The embedded S3: the protocol by `s3s`, the objects in plain files.
//!
//! What it adds to a file server: a write shows as a whole or not at all, with its entity tag;
//! `If-Match` and `If-None-Match` hold under concurrency; one bucket sends "Object Created" events.
//! `s3s-fs` keeps the entity tag in a second file, written later, checks
//! conditions before it writes, and ignores `If-Match` on reads.

mod bucket_folders;
mod buckets;
mod chunked;
mod deletion;
mod error;
mod event;
mod fault;
mod list;
mod list_versions;
mod multipart;
mod object;
mod outbox;
mod path;
mod presigned;
mod receive;
mod request;
mod service;
mod staged;
mod store;
mod versions;

pub use buckets::Buckets;
pub use error::BucketStoreError;
pub use event::Owner;
