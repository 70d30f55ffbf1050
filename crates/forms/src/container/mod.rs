//! Streams within streams: compressed files, zips, text in UTF-16.

mod archive;
mod file;
mod frames;
mod stream;
mod utf16;

pub(crate) use archive::{Archive, open_archive};
pub(crate) use file::ReadSeek;
pub(crate) use stream::{Codec, Stream};
