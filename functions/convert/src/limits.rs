//! How much of a file is converted. docs/architecture.md, "Sizes", and RUNBOOK.md name these numbers.

use std::path::PathBuf;

use forms::ConversionLimits;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// The longest text. `split` comes through four times as much in its time. A file of a megabyte that unpacks to more is no lineup.
const OUTPUT_BYTES: u64 = 16 * GIB;
/// What a container, or a part of a workbook, may hold: the XML of a row is some four times its text.
const DECODED_BYTES: u64 = 64 * GIB;
/// A zip or workbook inside another container is unpacked to a file. Lambda gives a function 512 MB of `/tmp`.
const SCRATCH_BYTES: u64 = 448 * MIB;
/// What is held in memory of a workbook; the peak is some five times that, and the function has 1,769 MB.
const LOADED_BYTES: u64 = 224 * MIB;

/// The limits of a conversion with its temporary files in `scratch`. `stop` says whether to end it.
pub(crate) fn limits(scratch: PathBuf, stop: &dyn Fn() -> bool) -> ConversionLimits<'_> {
    ConversionLimits {
        output_bytes: OUTPUT_BYTES,
        decoded_bytes: DECODED_BYTES,
        scratch_bytes: SCRATCH_BYTES,
        loaded_bytes: LOADED_BYTES,
        ..ConversionLimits::new(scratch, stop)
    }
}
