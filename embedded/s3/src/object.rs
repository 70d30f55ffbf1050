//! One object as one file: its bytes, then what S3 says about them.
//!
//! Bytes and entity tag become visible by one rename, so a reader (or a restart
//! after a SIGKILL) never sees new bytes under an old tag. The footer is JSON,
//! its length in four bytes (little endian), and eight bytes that mark the file.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

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
    /// What the client said about the content.
    #[serde(flatten)]
    pub(crate) headers: Headers,
}

/// The id of a version that has none.
const NULL_VERSION: &str = "null";

impl Footer {
    /// The id of the version.
    pub(crate) fn version(&self) -> &str {
        self.version.as_deref().unwrap_or(NULL_VERSION)
    }
}

/// A new id of a version.
pub(crate) fn new_version() -> Option<String> {
    Some(Uuid::new_v4().to_string())
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
