//! The requests of each function, as its code makes them where nothing goes wrong. A test of the command
//! (`crates/lineup-cli/tests/cli/faults/requests.rs`) counts those of a real import and compares.

use crate::file::ImportFile;

/// Requests to S3 and to the calendar.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct FunctionRequests {
    /// PUT, and LIST.
    pub writes: f64,
    /// GET, and HEAD.
    pub reads: f64,
    /// How many of all must wait for the one before.
    pub in_sequence: f64,
}

/// How many bytes one request of `split` reads.
const RANGE_BYTES: u64 = 8 << 20;
/// How many ranges `split` reads at a time.
const RANGES_AT_A_TIME: u64 = 8;
/// How many bytes of rows `split` looks through before it decides.
const SURVEYED_BYTES: u64 = 64 << 20;
/// How many keys a LIST answers.
const KEYS_A_PAGE: u64 = 1_000;
/// How many results `summarize` reads at a time.
const RESULTS_AT_A_TIME: u64 = 64;

impl FunctionRequests {
    /// `split`: claim, manifest that is not there, size; the file in ranges and its first rows again; chunk list, performers of
    /// rejected rows, list of keys, manifest; the lineup's document, twice.
    pub fn split(file: &ImportFile) -> Self {
        let ranges = file.text_bytes.div_ceil(RANGE_BYTES).max(1);
        let reads = 3 + ranges + file.surveys;
        let rejected = u64::from(file.chunks_with_rejects > 0);
        let in_sequence = 8 + rejected + ranges.div_ceil(RANGES_AT_A_TIME) + file.surveys;
        Self { writes: (5 + rejected) as f64, reads: reads as f64, in_sequence: in_sequence as f64 }
    }

    /// A call of `split` for a file that has to be converted: its claim, the manifest and the text that are not there,
    /// size, first bytes.
    pub fn split_before_conversion() -> Self {
        Self { writes: 1.0, reads: 4.0, in_sequence: 5.0 }
    }

    /// `convert`, for a file of up to 8 MiB: what is there, size, the file; the text, and that it is complete.
    pub fn convert() -> Self {
        Self { writes: 2.0, reads: 3.0, in_sequence: 5.0 }
    }

    /// `load`, for an invocation that ends its chunk: manifest, the lineup's document, the chunk's bytes; result, rejects.
    pub fn load(rejects_files: f64) -> Self {
        // In sequence, too: a query of the calendar, two writes of its entries, and the last batch.
        Self { writes: 1.0 + rejects_files, reads: 3.0, in_sequence: 8.0 + rejects_files }
    }

    /// `load`, for an invocation that stops early: manifest, the lineup's document, the chunk's bytes.
    pub fn load_that_goes_on() -> Self {
        Self { writes: 0.0, reads: 3.0, in_sequence: 6.0 }
    }

    /// `summarize`: manifest, list of the results, each result, the first rejects, what changed; the lineup's document, twice; summary.
    pub fn summarize(chunks: u64, rejects_read: u64) -> Self {
        let pages = chunks.div_ceil(KEYS_A_PAGE).max(1);
        let in_sequence = 5 + pages + chunks.div_ceil(RESULTS_AT_A_TIME) + rejects_read;
        Self {
            writes: (pages + 2) as f64,
            reads: (3 + chunks + rejects_read) as f64,
            in_sequence: in_sequence as f64,
        }
    }

    /// The Distributed Map itself: its ItemReader gets the chunk list; its ResultWriter puts a manifest and the list of
    /// the children that succeeded (Step Functions guide, "ResultWriter").
    pub fn distributed_map() -> Self {
        Self { writes: 2.0, reads: 1.0, in_sequence: 3.0 }
    }

    /// How many bytes of the file `split` reads beyond once, for its surveys.
    pub(crate) fn surveyed_bytes(file: &ImportFile) -> u64 {
        file.surveys * file.text_bytes.min(SURVEYED_BYTES)
    }
}
