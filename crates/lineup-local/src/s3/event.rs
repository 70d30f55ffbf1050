//! The events of the uploads bucket, as S3 sends them to EventBridge.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::endpoints::{ACCOUNT, REGION};

/// What created an object: the `reason` of the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// `PutObject`.
    Put,
    /// `CopyObject`.
    Copy,
    /// `CompleteMultipartUpload`.
    Multipart,
}

impl Reason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Put => "PutObject",
            Self::Copy => "CopyObject",
            Self::Multipart => "CompleteMultipartUpload",
        }
    }
}

/// What an event tells of its object.
pub(super) struct Created<'a> {
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
    pub(super) size: u64,
    pub(super) etag: &'a str,
    pub(super) sequencer: &'a str,
    pub(super) reason: Reason,
}

/// The event (S3 guide, "EventBridge event message structure"). The key is not
/// URL-encoded, and a bucket without versions has no `version-id`.
pub(super) fn object_created(created: &Created<'_>, id: Uuid, time: Timestamp) -> Value {
    let bucket = created.bucket;
    json!({
        "version": "0",
        "id": id.to_string(),
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": ACCOUNT,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": REGION,
        "resources": [format!("arn:aws:s3:::{bucket}")],
        "detail": {
            "version": "0",
            "bucket": { "name": bucket },
            "object": {
                "key": created.key,
                "size": created.size,
                "etag": created.etag,
                "sequencer": created.sequencer,
            },
            "request-id": id.simple().to_string()[..16].to_uppercase(),
            "requester": ACCOUNT,
            "source-ip-address": "127.0.0.1",
            "reason": created.reason.as_str(),
        }
    })
}

/// Gives every event a number greater than all before it, across restarts and
/// whatever the clock does. S3's own begin with the seconds since 1970 as well.
#[derive(Debug)]
pub(super) struct Sequencer {
    file: PathBuf,
    last: u64,
}

impl Sequencer {
    /// Goes on after the number in `file`, if there is one.
    pub(super) fn open(file: &Path) -> io::Result<Self> {
        let last = match fs::read_to_string(file) {
            Ok(text) => u64::from_str_radix(text.trim(), 16).map_err(io::Error::other)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        Ok(Self { file: file.to_owned(), last })
    }

    /// The next number: 16 hexadecimal digits. It is on disk before it is given out.
    pub(super) fn next(&mut self, now: Timestamp) -> io::Result<String> {
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let nanoseconds = u64::try_from(now.subsec_nanosecond()).unwrap_or(0);
        let clock = (seconds << 32) | ((nanoseconds << 32) / 1_000_000_000);
        self.last = clock.max(self.last + 1);
        let text = format!("{:016x}", self.last);
        let written = self.file.with_extension("new");
        fs::write(&written, &text)?;
        fs::rename(&written, &self.file)?;
        Ok(text)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn sequencers_grow_across_restarts_even_when_the_clock_goes_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sequencer");
        let (now, before) = (Timestamp::from_second(2_000).unwrap(), Timestamp::from_second(1_000).unwrap());
        let first = Sequencer::open(&file).unwrap().next(now).unwrap();
        let mut reopened = Sequencer::open(&file).unwrap();
        let second = reopened.next(before).unwrap();
        let third = reopened.next(before).unwrap();
        assert!(first < second && second < third, "{first} {second} {third}");
    }
}
