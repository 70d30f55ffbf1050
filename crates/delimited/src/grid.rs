//! The grid by which a file is cut.

/// A grid over the file in steps of the chunk size, from the first byte of the first record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    origin: u64,
    chunk_bytes: u64,
}

impl Grid {
    /// `origin` is the file offset of the first record's first byte. A `chunk_bytes` of 0 counts as 1.
    pub fn new(origin: u64, chunk_bytes: u64) -> Self {
        Self { origin, chunk_bytes: chunk_bytes.max(1) }
    }

    /// The first byte behind the cell in which `offset` lies.
    pub fn cell_end(self, offset: u64) -> u64 {
        let cell = offset.saturating_sub(self.origin) / self.chunk_bytes;
        self.origin.saturating_add((cell + 1).saturating_mul(self.chunk_bytes))
    }
}
