//! What the readers of containers share.

use std::io::{Read, Seek};

/// The memory that decoding xz may take, in KiB: `xz -9` needs 65 MiB.
pub(super) const XZ_MEMORY_KIB: u32 = 192 << 10;

/// How many bytes are read at a time.
pub(super) const BUFFER_BYTES: usize = 1 << 16;

/// A reader that can go to any place.
pub(crate) trait ReadSeek: Read + Seek {}

impl<R: Read + Seek> ReadSeek for R {}
