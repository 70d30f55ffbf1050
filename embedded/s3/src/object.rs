//! One object as one file: its bytes, then what S3 says about them.
//!
//! Bytes and entity tag become visible by one rename, so a reader (or a restart
//! after a SIGKILL) never sees new bytes under an old tag. The footer is JSON,
//! its length in four bytes (little endian), and eight bytes that mark the file.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

const MARK: &[u8; 8] = b"lineupS3";

/// The length and the mark.
const TAIL: u64 = 12;

/// A footer is small: user metadata is at most 2 KB (S3 guide, "Working with object metadata").
const MAX_FOOTER: u64 = 64 * 1024;

/// What S3 says about an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Footer {
    /// The entity tag, without quotes.
    pub(crate) etag: String,
    /// Bytes of content.
    pub(crate) size: u64,
    /// Milliseconds since 1970.
    pub(crate) modified: u64,
    /// The id of this version, which a bucket that keeps versions shows. An object without one was written by an earlier
    /// release: its id is `null`, as that of an object from before S3 kept versions of it (S3 guide, "How S3 Versioning works").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
    /// Whether this is a delete marker, which has no content (S3 guide, "Working with delete markers").
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) delete_marker: bool,
    /// What the client said about the content.
    #[serde(flatten)]
    pub(crate) headers: Headers,
}

/// The id of a version that has none.
pub(crate) const NULL_VERSION: &str = "null";

/// How many ids of versions a millisecond has room for.
const IDS_A_MILLISECOND: u64 = 1 << 12;

impl Footer {
    /// The id of the version.
    pub(crate) fn version(&self) -> &str {
        self.version.as_deref().unwrap_or(NULL_VERSION)
    }
}

/// A new id of a version. The ids of one process sort in the order in which they were made: they are UUIDs of version 7, whose counter
/// tells those of a millisecond apart (RFC 9562, section 6.2, method 1).
pub(crate) fn new_version() -> Option<String> {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let clock = now().saturating_mul(IDS_A_MILLISECOND);
    let next = |last: u64| Some(clock.max(last.saturating_add(1)));
    let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).unwrap_or(clock);
    let id = clock.max(last.saturating_add(1));
    let mut counter_and_random = [0; 10];
    counter_and_random[2..].copy_from_slice(&Uuid::new_v4().as_bytes()[..8]);
    counter_and_random[..2].copy_from_slice(&((id % IDS_A_MILLISECOND) as u16).to_be_bytes());
    let builder = Builder::from_unix_timestamp_millis(id / IDS_A_MILLISECOND, &counter_and_random);
    Some(builder.into_uuid().to_string())
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(0)
}

/// The headers that S3 keeps with an object and gives back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Headers {
    /// `Content-Type`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<String>,
    /// `Content-Encoding`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content_encoding: Option<String>,
    /// `x-amz-meta-*`.
    #[serde(default, skip_serializing_if = "HashMap::is_empty")]
    pub(crate) metadata: HashMap<String, String>,
}

/// Ends the file with `footer`. The content is written already.
pub(crate) fn seal(file: &mut impl Write, footer: &Footer) -> io::Result<()> {
    let json = serde_json::to_vec(footer)?;
    let length = u32::try_from(json.len()).map_err(io::Error::other)?;
    file.write_all(&json)?;
    file.write_all(&length.to_le_bytes())?;
    file.write_all(MARK)?;
    file.flush()
}

/// The footer of an object's file; the file is left at its first byte.
pub(crate) fn read_footer(file: &mut File) -> io::Result<Footer> {
    let end = file.metadata()?.len();
    let mut tail = [0; TAIL as usize];
    file.seek(SeekFrom::Start(end.checked_sub(TAIL).ok_or_else(damaged)?))?;
    file.read_exact(&mut tail)?;
    let (length, mark) = tail.split_at(4);
    let length = length.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    if mark != MARK || length > MAX_FOOTER {
        return Err(damaged());
    }
    let start = (end - TAIL).checked_sub(length).ok_or_else(damaged)?;
    let mut json = vec![0; (end - TAIL - start) as usize];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut json)?;
    file.seek(SeekFrom::Start(0))?;
    let footer: Footer = serde_json::from_slice(&json).map_err(|_| damaged())?;
    if footer.size == start { Ok(footer) } else { Err(damaged()) }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "not an object's file, or cut short")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ids_of_versions_sort_as_they_were_made() {
        let ids: Vec<_> = (0..20_000).filter_map(|_| new_version()).collect();
        assert!(ids.len() == 20_000 && ids.is_sorted_by(|a, b| a < b));
        assert!(ids.iter().all(|id| Uuid::parse_str(id).is_ok_and(|id| id.get_version_num() == 7)));
    }

    /// Files of earlier releases.
    #[test]
    fn a_footer_says_delete_marker_only_if_it_is_one() {
        let footer: Footer = serde_json::from_str(r#"{"etag":"e","size":0,"modified":1}"#).unwrap();
        assert!(!footer.delete_marker && footer.version() == NULL_VERSION);
        assert!(!serde_json::to_string(&footer).unwrap().contains("delete_marker"));
    }
}
