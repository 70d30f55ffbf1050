//! What a conversion may use.

use std::fmt;
use std::path::PathBuf;

/// What a conversion may use. Beyond it, it ends with an error that says what was reached.
///
/// ```
/// use forms::ConversionLimits;
///
/// let limits = ConversionLimits { output_bytes: 1 << 30, ..ConversionLimits::new(std::env::temp_dir(), &|| false) };
/// assert!(limits.cells > 1_000_000);
/// ```
#[derive(Clone)]
pub struct ConversionLimits<'a> {
    /// The longest text that is written, in bytes.
    pub output_bytes: u64,
    /// How many bytes a container or a part of a workbook may hold once it is decompressed.
    pub decoded_bytes: u64,
    /// The largest temporary file, in bytes: a zip or a workbook inside another container.
    pub scratch_bytes: u64,
    /// What of a workbook is held in memory: the texts of an .xlsx, the content of an .ods, all of an .xls, in
    /// bytes. The peak memory is some five times this.
    pub loaded_bytes: u64,
    /// How many cells of a workbook are read, blank ones with a format among them. Of an .ods or .xls, which
    /// are loaded whole, a fortieth of it.
    pub cells: u64,
    /// The folder for temporary files.
    pub scratch: PathBuf,
    /// Asked about every MiB: whether to stop, since a deadline is near.
    pub stop: &'a dyn Fn() -> bool,
}

impl<'a> ConversionLimits<'a> {
    /// The limits for a function with 2 GB of memory and as much as Lambda has for temporary files.
    pub fn new(scratch: PathBuf, stop: &'a dyn Fn() -> bool) -> Self {
        Self {
            output_bytes: 64 << 30,
            decoded_bytes: 256 << 30,
            scratch_bytes: 8 << 30,
            loaded_bytes: 256 << 20,
            cells: 200_000_000,
            scratch,
            stop,
        }
    }

    /// How many cells a workbook may have that is loaded whole.
    pub(crate) const fn loaded_cells(&self) -> u64 {
        self.cells / 40
    }
}

impl fmt::Debug for ConversionLimits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConversionLimits")
            .field("output_bytes", &self.output_bytes)
            .field("decoded_bytes", &self.decoded_bytes)
            .field("scratch_bytes", &self.scratch_bytes)
            .field("loaded_bytes", &self.loaded_bytes)
            .field("cells", &self.cells)
            .field("scratch", &self.scratch)
            .finish_non_exhaustive()
    }
}
