//! The grid by which a file is cut.

/// A grid over the file in steps of the chunk size, from the first byte of the first record.
///
/// ```
/// use delimited::grid::Grid;
///
/// let grid = Grid::new(31, 10);
/// assert_eq!((grid.cell_end(31), grid.cell_end(40), grid.cell_end(41)), (41, 41, 51));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    origin: u64,
    chunk_bytes: u64,
}

impl Grid {
    /// `origin` is the file offset of the first record. A `chunk_bytes` of 0 counts as 1.
    pub fn new(origin: u64, chunk_bytes: u64) -> Self {
        Self { origin, chunk_bytes: chunk_bytes.max(1) }
    }

    /// The file offset of the first record.
    pub fn origin(self) -> u64 {
        self.origin
    }

    /// The file offset at which the cell of `offset` ends: the first byte of the next cell.
    pub fn cell_end(self, offset: u64) -> u64 {
        let cell = offset.saturating_sub(self.origin) / self.chunk_bytes;
        self.origin.saturating_add((cell + 1).saturating_mul(self.chunk_bytes))
    }
}
