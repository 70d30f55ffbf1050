//! The events of a bucket, as S3 sends them to EventBridge.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::outbox::replace;

/// Whose the buckets are and where, as events and HeadBucket say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The region, such as `eu-west-1`.
    pub region: String,
    /// The account, twelve digits.
    pub account: String,
}

/// What created an object: the `reason` of the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventReason {
    /// `PutObject`.
    Put,
    /// `CopyObject`.
    Copy,
    /// `CompleteMultipartUpload`.
    Multipart,
}

impl EventReason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Put => "PutObject",
            Self::Copy => "CopyObject",
            Self::Multipart => "CompleteMultipartUpload",
        }
    }
}

/// What an event tells of its object.
pub(crate) struct Created<'a> {
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a str,
    pub(crate) size: u64,
    pub(crate) etag: &'a str,
    /// In a bucket that keeps versions.
    pub(crate) version: Option<&'a str>,
    pub(crate) sequencer: &'a str,
    pub(crate) reason: EventReason,
}

/// The event (S3 guide, "EventBridge event message structure"). The key is not
/// URL-encoded, and a bucket without versions has no `version-id`.
pub(crate) fn object_created(owner: &Owner, created: &Created<'_>, id: Uuid, time: Timestamp) -> Value {
    let bucket = created.bucket;
    let mut event = json!({
        "version": "0",
        "id": id.to_string(),
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": owner.account,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": owner.region,
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
            "requester": owner.account,
            "source-ip-address": "127.0.0.1",
            "reason": created.reason.as_str(),
        }
    });
    if let Some(version) = created.version {
        event["detail"]["object"]["version-id"] = version.into();
    }
    event
}

/// Gives every event a number greater than all before it, across restarts and
/// whatever the clock does. S3's own begin with the seconds since 1970 as well.
#[derive(Debug)]
pub(crate) struct Sequencer {
    file: PathBuf,
    last: u64,
}

impl Sequencer {
    /// Goes on after the number in `file`, if there is one. In a file without one, as a power cut may have left
    /// it, nothing is lost but the order of events that a clock was set back between.
    pub(crate) fn open(file: &Path) -> io::Result<Self> {
        let last = match fs::read(file) {
            Ok(bytes) => number(&bytes).unwrap_or_else(|| {
                tracing::warn!(path = %file.display(), "the file holds no number; the clock gives the next one");
                0
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        Ok(Self { file: file.to_owned(), last })
    }

    /// The next number: 16 hexadecimal digits. It is on disk before it is given out.
    pub(crate) fn next(&mut self, now: Timestamp) -> io::Result<String> {
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let nanoseconds = u64::try_from(now.subsec_nanosecond()).unwrap_or(0);
        let clock = (seconds << 32) | ((nanoseconds << 32) / 1_000_000_000);
        self.last = clock.max(self.last + 1);
        let text = format!("{:016x}", self.last);
        replace(&self.file, text.as_bytes())?;
        Ok(text)
    }
}

fn number(text: &[u8]) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(text).ok()?.trim(), 16).ok()
}

#[cfg(test)]
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

    /// A power cut leaves such a file where it is not synced; every command opens it.
    #[test]
    fn a_sequencer_s_file_without_a_number_stops_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sequencer");
        for content in [&b""[..], b"\0\0\0", b"text"] {
            fs::write(&file, content).unwrap();
            let next = Sequencer::open(&file).unwrap().next(Timestamp::from_second(2_000).unwrap()).unwrap();
            assert_eq!(next, "000007d000000000");
        }
    }
}
