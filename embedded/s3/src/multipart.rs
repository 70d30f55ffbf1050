//! Multipart uploads: a folder each, with what was announced and one file a part.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use s3s::crypto::{Checksum as _, Md5};
use s3s::{S3Error, S3Result, s3_error};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fault;
use crate::object::{Footer, Headers, new_version, now, read_footer, seal};
use crate::receive::hex;
use crate::staged::Staged;
use crate::store::BucketStore;

/// Every part but the last has at least this many bytes (S3 guide, "Amazon S3 multipart upload limits").
const MIN_PART: u64 = 5 * 1024 * 1024;

/// What CreateMultipartUpload announced.
#[derive(Debug, Serialize, Deserialize)]
struct Announcement {
    bucket: String,
    key: String,
    headers: Headers,
}

/// An upload under way.
#[derive(Debug)]
pub(crate) struct MultipartUpload {
    folder: PathBuf,
    announcement: Announcement,
}

impl MultipartUpload {
    /// Begins an upload; gives its id.
    pub(crate) fn create(
        store: &BucketStore,
        (bucket, key): (&str, &str),
        headers: Headers,
    ) -> io::Result<Uuid> {
        let id = Uuid::new_v4();
        let folder = store.upload(id);
        fs::create_dir_all(&folder)?;
        let announcement = Announcement { bucket: bucket.to_owned(), key: key.to_owned(), headers };
        fs::write(folder.join("upload.json"), serde_json::to_vec(&announcement)?)?;
        Ok(id)
    }

    /// The upload `id` of the object `key`.
    pub(crate) fn find(store: &BucketStore, id: &str, (bucket, key): (&str, &str)) -> S3Result<Self> {
        let unknown = || s3_error!(NoSuchUpload, "there is no upload {id}: it was completed or aborted");
        let folder = store.upload(Uuid::parse_str(id).map_err(|_| unknown())?);
        let json = fs::read(folder.join("upload.json")).map_err(|_| unknown())?;
        let announcement: Announcement = serde_json::from_slice(&json).map_err(S3Error::internal_error)?;
        if announcement.bucket == bucket && announcement.key == key {
            Ok(Self { folder, announcement })
        } else {
            Err(unknown())
        }
    }

    /// Makes a sealed file part `number`, in the place of an earlier one.
    pub(crate) fn put_part(&self, number: i32, staged: &Staged) -> S3Result<()> {
        if !(1..=10_000).contains(&number) {
            return Err(s3_error!(InvalidArgument, "a part's number is between 1 and 10000, not {number}"));
        }
        fs::rename(staged.path(), self.part(number)).map_err(fault::of_file)
    }

    /// The parts that are there, in order.
    pub(crate) fn parts(&self) -> io::Result<Vec<(i32, Footer)>> {
        let mut parts = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if let Some(number) = entry.file_name().to_str().and_then(|name| name.parse().ok()) {
                parts.push((number, read_footer(&mut File::open(entry.path())?)?));
            }
        }
        parts.sort_by_key(|(number, _)| *number);
        Ok(parts)
    }

    /// Joins `parts`, given as numbers and entity tags, in a sealed file.
    pub(crate) fn join(&self, parts: &[(i32, String)], staged: &Staged) -> S3Result<Footer> {
        let mut target = io::BufWriter::new(File::create(staged.path()).map_err(fault::of_file)?);
        let (mut tags, mut size) = (Md5::new(), 0);
        for (index, (number, etag)) in parts.iter().enumerate() {
            if index > 0 && parts[index - 1].0 >= *number {
                return Err(s3_error!(InvalidPartOrder, "part {number} is out of order"));
            }
            let footer = self.append(*number, etag, &mut target)?;
            if footer.size < MIN_PART && index + 1 < parts.len() {
                return Err(s3_error!(EntityTooSmall, "part {number} has {} bytes", footer.size));
            }
            size += footer.size;
            tags.update(&unhex(&footer.etag));
        }
        let etag = format!("{}-{}", hex(tags.finalize().as_ref()), parts.len());
        let (version, headers) = (new_version(), self.announcement.headers.clone());
        let footer = Footer { etag, size, modified: now(), version, delete_marker: false, headers };
        seal(&mut target, &footer).map_err(fault::of_file)?;
        Ok(footer)
    }

    fn append(&self, number: i32, etag: &str, target: &mut impl Write) -> S3Result<Footer> {
        let missing = || s3_error!(InvalidPart, "part {number} was not uploaded with this entity tag");
        let mut file = File::open(self.part(number)).map_err(|_| missing())?;
        let footer = read_footer(&mut file).map_err(fault::of_file)?;
        if footer.etag != etag {
            return Err(missing());
        }
        io::copy(&mut file.take(footer.size), target).map_err(fault::of_file)?;
        Ok(footer)
    }

    /// Forgets the upload and its parts.
    pub(crate) fn remove(&self) -> S3Result<()> {
        fs::remove_dir_all(&self.folder).map_err(fault::of_file)
    }

    fn part(&self, number: i32) -> PathBuf {
        Path::join(&self.folder, number.to_string())
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
    text.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}
