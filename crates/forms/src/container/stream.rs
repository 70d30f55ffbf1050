//! A stream in any number of others.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use lineup::format::FileFormat;
use lzma_rust2::XzReader;
use tempfile::NamedTempFile;

use super::archive::ZipEntry;
use super::file::{BUFFER_BYTES, ReadSeek, XZ_MEMORY_KIB};
use super::frames::Frames;
use super::utf16::Utf8Reader;
use crate::error::{Amount, ConvertError};
use crate::monitor::{FaultOf, Monitor, Watched};
use crate::reopen::Reopen;

/// How a stream holds another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    /// gzip, with any number of members.
    Gzip,
    /// Zstandard, with any number of frames.
    Zstd,
    /// bzip2, with any number of streams.
    Bzip2,
    /// xz, with any number of streams.
    Xz,
    /// The file in a zip.
    ZipEntry(ZipEntry),
    /// UTF-16, little end first.
    Utf16Le,
    /// UTF-16, big end first.
    Utf16Be,
}

impl Codec {
    /// How a stream of this format holds another; a zip says it itself.
    pub(crate) const fn of(format: FileFormat) -> Option<Self> {
        Some(match format {
            FileFormat::Gzip => Self::Gzip,
            FileFormat::Zstd => Self::Zstd,
            FileFormat::Bzip2 => Self::Bzip2,
            FileFormat::Xz => Self::Xz,
            FileFormat::Utf16Le => Self::Utf16Le,
            FileFormat::Utf16Be => Self::Utf16Be,
            _ => return None,
        })
    }

    /// What it is called.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::ZipEntry(_) => "zip",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
        }
    }

    /// Whether it is a container, of which few may be within each other.
    pub(crate) const fn is_container(self) -> bool {
        !matches!(self, Self::Utf16Le | Self::Utf16Be)
    }
}

/// A file that can be opened again: the one that was uploaded, or a temporary one.
trait Base<'m> {
    fn open(&self) -> Result<Box<dyn ReadSeek + 'm>, ConvertError>;
}

/// The file that was uploaded.
struct Uploaded<'m, S>(&'m S, &'m Monitor<'m>);

impl<'m, S: Reopen> Base<'m> for Uploaded<'m, S> {
    fn open(&self) -> Result<Box<dyn ReadSeek + 'm>, ConvertError> {
        let reader = self.0.open().map_err(ConvertError::Source)?;
        Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, Watched::new(reader, FaultOf::Source, self.1))))
    }
}

/// A temporary file.
struct Spooled<'m>(NamedTempFile, &'m Monitor<'m>);

impl<'m> Base<'m> for Spooled<'m> {
    fn open(&self) -> Result<Box<dyn ReadSeek + 'm>, ConvertError> {
        let file: File = self.0.reopen().map_err(ConvertError::Scratch)?;
        Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, Watched::new(file, FaultOf::Scratch, self.1))))
    }
}

/// A stream that can be opened again: a file, and how it holds the stream.
#[derive(Clone)]
pub(crate) struct Stream<'m> {
    base: Rc<dyn Base<'m> + 'm>,
    codecs: Vec<Codec>,
    monitor: &'m Monitor<'m>,
}

impl<'m> Stream<'m> {
    /// The file that was uploaded.
    pub(crate) fn of<S: Reopen>(source: &'m S, monitor: &'m Monitor<'m>) -> Self {
        Self { base: Rc::new(Uploaded(source, monitor)), codecs: Vec::new(), monitor }
    }

    /// The stream that it holds.
    pub(crate) fn within(mut self, codec: Codec) -> Self {
        self.codecs.push(codec);
        self
    }

    /// Opens it at its start.
    pub(crate) fn open(&self) -> Result<Box<dyn Read + 'm>, ConvertError> {
        let mut codecs = self.codecs.iter();
        let mut base = self.base.open()?;
        let mut reader: Box<dyn Read + 'm> = match codecs.clone().next() {
            // Only the first can be one: a zip in another stream is spooled.
            Some(Codec::ZipEntry(entry)) => {
                codecs.next();
                entry.seek(&mut base)?;
                Box::new(Watched::new(entry.decode(base)?, FaultOf::Form("zip"), self.monitor))
            }
            _ => Box::new(base),
        };
        for codec in codecs {
            let decoded = decode(*codec, reader);
            reader = Box::new(Watched::new(decoded, FaultOf::Form(codec.name()), self.monitor));
        }
        Ok(reader)
    }

    /// Its first `count` bytes, or all if it has fewer.
    pub(crate) fn head(&self, count: usize) -> Result<Vec<u8>, ConvertError> {
        let mut head = Vec::new();
        let result = self.open()?.take(count as u64).read_to_end(&mut head);
        self.read_result(result)?;
        Ok(head)
    }

    /// What came of reading from it: [`Watched`] readers note their errors.
    pub(crate) fn read_result<T>(&self, result: io::Result<T>) -> Result<T, ConvertError> {
        let result = result.map_err(ConvertError::Source);
        self.monitor.settle(result)
    }

    /// Opens it for reading in any order; [`Stream::spooled`] first.
    pub(crate) fn open_file(&self) -> Result<Box<dyn ReadSeek + 'm>, ConvertError> {
        self.base.open()
    }

    /// The same bytes in a file that can be read in any order: itself, or a temporary one.
    pub(crate) fn spooled(self) -> Result<Self, ConvertError> {
        if self.codecs.is_empty() {
            return Ok(self);
        }
        let limits = self.monitor.limits;
        let mut file = NamedTempFile::new_in(&limits.scratch).map_err(ConvertError::Scratch)?;
        let mut reader = self.open()?;
        let mut buffer = vec![0; BUFFER_BYTES];
        let mut bytes = 0;
        loop {
            let read = reader.read(&mut buffer);
            let count = self.read_result(read)?;
            if count == 0 {
                break;
            }
            bytes += count as u64;
            if bytes > limits.scratch_bytes {
                return Err(ConvertError::Limit {
                    what: "the file in the container".to_owned(),
                    reached: Amount::Bytes(bytes),
                    limit: Amount::Bytes(limits.scratch_bytes),
                    advice: "upload it without its container, or save it as CSV",
                });
            }
            io::Write::write_all(&mut file, &buffer[..count]).map_err(ConvertError::Scratch)?;
        }
        Ok(Self { base: Rc::new(Spooled(file, self.monitor)), codecs: Vec::new(), monitor: self.monitor })
    }
}

fn decode<'r>(codec: Codec, reader: Box<dyn Read + 'r>) -> Box<dyn Read + 'r> {
    match codec {
        Codec::Gzip => Box::new(MultiGzDecoder::new(reader)),
        Codec::Zstd => Box::new(Frames::new(reader)),
        Codec::Bzip2 => Box::new(MultiBzDecoder::new(reader)),
        Codec::Xz => Box::new(XzReader::new_mem_limit(reader, true, XZ_MEMORY_KIB)),
        Codec::Utf16Le => Box::new(Utf8Reader::new(reader, encoding_rs::UTF_16LE)),
        Codec::Utf16Be => Box::new(Utf8Reader::new(reader, encoding_rs::UTF_16BE)),
        Codec::ZipEntry(_) => reader,
    }
}
