//! Zip archives.

use std::io::{self, Read, SeekFrom};

use bzip2::read::BzDecoder;
use flate2::Crc;
use flate2::read::DeflateDecoder;
use lzma_rust2::XzReader;
use zip::{CompressionMethod, ZipArchive};

use super::file::{ReadSeek, XZ_MEMORY_KIB};
use super::frames::Frames;
use crate::error::ConvertError;
use crate::monitor::Monitor;

/// What a zip is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Archive {
    /// An Excel workbook since 2007.
    Excel,
    /// An OpenDocument spreadsheet.
    OpenDocument,
    /// A text document or a presentation.
    Document,
    /// An archive with one file.
    File(ZipEntry),
}

/// A file in a zip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ZipEntry {
    method: Method,
    start: u64,
    compressed: u64,
    size: u64,
    crc: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Stored,
    Deflate,
    Bzip2,
    Zstd,
    Xz,
}

/// How many names of files a message has.
const NAMES: usize = 5;

/// Looks into a zip.
pub(crate) fn open_archive<'m>(
    file: Box<dyn ReadSeek + 'm>,
    monitor: &'m Monitor<'m>,
) -> Result<Archive, ConvertError> {
    let opened = ZipArchive::new(file).map_err(|error| ConvertError::damaged("zip", error));
    let mut zip = monitor.settle(opened)?;
    let has = |name: &str| zip.index_for_name(name).is_some();
    match (
        has("xl/workbook.bin"),
        has("word/document.xml"),
        has("ppt/presentation.xml"),
        has("Index/Document.iwa"),
    ) {
        (true, ..) => return unsupported("an Excel binary workbook (.xlsb)", "save it as .xlsx"),
        (_, true, ..) | (_, _, true, _) => return Ok(Archive::Document),
        (.., true) => {
            return unsupported(
                "a file of Numbers, Pages or Keynote",
                "export it as CSV or as an Excel workbook",
            );
        }
        _ => {}
    }
    if has("[Content_Types].xml") {
        return Ok(Archive::Excel);
    }
    if let Ok(mut mimetype) = zip.by_name("mimetype") {
        let mut text = String::new();
        let read = mimetype.by_ref().take(200).read_to_string(&mut text);
        if read.is_ok() && text.starts_with("application/vnd.oasis.opendocument.") {
            return Ok(if text.contains("spreadsheet") { Archive::OpenDocument } else { Archive::Document });
        }
    }
    let found = only_file(&mut zip);
    monitor.settle(found).map(Archive::File)
}

fn unsupported<T>(what: &str, advice: &'static str) -> Result<T, ConvertError> {
    Err(ConvertError::Unsupported { what: what.to_owned(), advice })
}

fn only_file(zip: &mut ZipArchive<Box<dyn ReadSeek + '_>>) -> Result<ZipEntry, ConvertError> {
    let (mut names, mut only, mut count) = (Vec::new(), None, 0);
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index).map_err(|error| ConvertError::damaged("zip", error))?;
        let name = match file.name() {
            Ok(name) => name.into_owned(),
            Err(_) => String::from_utf8_lossy(file.name_raw()).into_owned(),
        };
        if !file.is_file() || is_hidden(&name) {
            continue;
        }
        count += 1;
        only = Some(index);
        if names.len() < NAMES {
            names.push(name);
        }
    }
    match only {
        Some(index) if count == 1 => entry(zip, index),
        Some(_) => Err(ConvertError::SeveralFiles { names, count }),
        None => Err(ConvertError::EmptyZip),
    }
}

/// Whether systems add it, or hide it: `__MACOSX/`, dot files, `Thumbs.db`.
fn is_hidden(name: &str) -> bool {
    let mut parts = name.split(['/', '\\']);
    parts.any(|part| {
        part == "__MACOSX" || part.starts_with('.') || matches!(part, "Thumbs.db" | "desktop.ini")
    })
}

fn entry(zip: &mut ZipArchive<Box<dyn ReadSeek + '_>>, index: usize) -> Result<ZipEntry, ConvertError> {
    let damaged = |error| ConvertError::damaged("zip", error);
    let file = zip.by_index_raw(index).map_err(damaged)?;
    if file.encrypted() {
        return Err(ConvertError::Encrypted { form: "zip" });
    }
    // APPNOTE, section 4.4.5.
    let method = match file.compression() {
        CompressionMethod::Stored => Method::Stored,
        CompressionMethod::Deflated => Method::Deflate,
        CompressionMethod::BZIP2 => Method::Bzip2,
        CompressionMethod::ZSTD => Method::Zstd,
        CompressionMethod::XZ => Method::Xz,
        other => {
            return unsupported(
                &format!("a zip compressed by {other:?}"),
                "unpack it, and upload what is in it",
            );
        }
    };
    let start = file.data_start().ok_or_else(|| ConvertError::damaged("zip", "a file has no place"))?;
    Ok(ZipEntry { method, start, compressed: file.compressed_size(), size: file.size(), crc: file.crc32() })
}

impl ZipEntry {
    /// Goes to its first byte.
    pub(super) fn seek(&self, file: &mut dyn ReadSeek) -> Result<(), ConvertError> {
        file.seek(SeekFrom::Start(self.start)).map(drop).map_err(|error| ConvertError::damaged("zip", error))
    }

    /// What it holds; `file` stands at its first byte.
    pub(super) fn decode<'r>(
        &self,
        file: Box<dyn ReadSeek + 'r>,
    ) -> Result<Box<dyn Read + 'r>, ConvertError> {
        let stored = file.take(self.compressed);
        let inner: Box<dyn Read + 'r> = match self.method {
            Method::Stored => Box::new(stored),
            Method::Deflate => Box::new(DeflateDecoder::new(stored)),
            Method::Bzip2 => Box::new(BzDecoder::new(stored)),
            Method::Zstd => Box::new(Frames::new(Box::new(stored))),
            Method::Xz => Box::new(XzReader::new_mem_limit(stored, false, XZ_MEMORY_KIB)),
        };
        Ok(Box::new(CheckedEntry { inner, crc: Crc::new(), entry: *self, size: 0 }))
    }
}

/// A reader that compares what it read with the size and the checksum that the zip states.
struct CheckedEntry<'r> {
    inner: Box<dyn Read + 'r>,
    crc: Crc,
    entry: ZipEntry,
    size: u64,
}

impl Read for CheckedEntry<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.size += count as u64;
        self.crc.update(&buffer[..count]);
        let ended = count == 0 && !buffer.is_empty();
        if self.size > self.entry.size
            || (ended && (self.size, self.crc.sum()) != (self.entry.size, self.entry.crc))
        {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "size and checksum are not as it states"));
        }
        Ok(count)
    }
}
