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
/// The largest file whose runs are held in memory where they are merged.
const HELD_BYTES: u64 = 256 << 20;
/// How many runs of a larger file are merged at a time.
const RUNS_AT_A_TIME: u64 = 256;
/// How many bytes of a run are read at a time where it is gathered.
const GATHERED_BYTES: f64 = (256u64 << 10) as f64;
/// How many bytes of an object are sent with one request.
const PART_BYTES: f64 = (16u64 << 20) as f64;
/// Bytes of a key in a list of keys (docs/versions.md).
const KEY_BYTES: f64 = 40.0;
/// How many bytes of a list `hold` reads at a time.
const MIB: f64 = (1u64 << 20) as f64;
/// How many bytes of rows `split` looks through before it decides.
const SURVEYED_BYTES: u64 = 64 << 20;
/// How many keys a LIST answers.
const KEYS_A_PAGE: u64 = 1_000;
/// How many results `summarize` reads at a time.
const RESULTS_AT_A_TIME: u64 = 64;

impl FunctionRequests {
    /// `split`, up to the survey of a large file: claim, manifest that is not there, size, a survey and a stop that are not there; the file in ranges
    /// and its first chunk again; chunk list, how the chunks are surveyed.
    pub fn split_before_survey(file: &ImportFile) -> Self {
        let ranges = file.text_bytes.div_ceil(RANGE_BYTES).max(1);
        let in_sequence = 9 + ranges.div_ceil(RANGES_AT_A_TIME);
        Self { writes: 3.0, reads: (6 + ranges) as f64, in_sequence: in_sequence as f64 }
    }

    /// `survey`, for a chunk: how it is read, its bytes; its run and its facts.
    pub fn survey() -> Self {
        Self { writes: 2.0, reads: 2.0, in_sequence: 4.0 }
    }

    /// How many groups of runs the survey's Map gathers; 0 where `split` merges those of the chunks.
    pub fn groups(file: &ImportFile) -> u64 {
        let is_gathered = file.text_bytes > HELD_BYTES && file.chunks > RUNS_AT_A_TIME;
        if is_gathered { file.chunks.div_ceil(RUNS_AT_A_TIME) } else { 0 }
    }

    /// `survey`, for a group: what the pass gathers, its chunks' facts, which rows they replaced, size and end of their runs, and these in pieces; its
    /// run in parts, and its facts.
    pub fn gather(file: &ImportFile) -> Self {
        let (runs, keys) = (RUNS_AT_A_TIME as f64, file.rows * KEY_BYTES / Self::groups(file).max(1) as f64);
        let (pieces, parts) = ((keys / GATHERED_BYTES).ceil(), (keys / PART_BYTES).ceil());
        Self { writes: 3.0 + parts, reads: 1.0 + 4.0 * runs + pieces, in_sequence: 4.0 + runs / 4.0 + pieces }
    }

    /// `split` in `Decide`: claim, which is there, manifest, which is not, size, the survey; the facts of the chunks and their runs; performers of
    /// rejected rows, lists of keys and of names, manifest; the lineup's document, twice. Runs of more than 256 MiB of text are read in pieces.
    pub fn decide(file: &ImportFile) -> Self {
        let groups = Self::groups(file);
        let runs = if groups > 0 { groups } else { file.chunks };
        let keys = file.rows * KEY_BYTES;
        let (pieces, parts) = match file.text_bytes > HELD_BYTES {
            true => (runs as f64 + (keys / MIB).ceil(), (keys / PART_BYTES).ceil()),
            false => (0.0, 0.0),
        };
        let rejected = if file.chunks_with_rejects > 0 { runs } else { 0 };
        let pages = (3 * runs).div_ceil(KEYS_A_PAGE).max(1);
        let in_sequence = 10 + pages + runs.div_ceil(RESULTS_AT_A_TIME) + (runs + rejected).div_ceil(8);
        Self {
            writes: (5 + pages + rejected.min(1)) as f64 + parts,
            reads: (5 + 2 * runs + rejected) as f64 + pieces,
            in_sequence: in_sequence as f64 + pieces,
        }
    }

    /// `hold`, of a new version: manifest, the lineup's document, changes that are not there; size and end of both lists of keys, what the version
    /// before kept, performers of rejected rows; the lists, a MiB at a time; changes, keys that are to be removed.
    pub fn hold(file: &ImportFile) -> Self {
        let blocks = 2.0 * (file.rows * KEY_BYTES / MIB).floor();
        let writes = if file.removed_rows > 0.0 { 2.0 } else { 1.0 };
        Self { writes, reads: 9.0 + blocks, in_sequence: 9.0 + blocks + writes }
    }

    /// `remove`: manifest, the lineup's document, changes, whether it is done; list of the results; size and end of the keys; that it is done. In
    /// sequence, too: a mark of the calendar and, 64 at a time, the rows.
    pub fn remove(file: &ImportFile) -> Self {
        let pages = file.chunks.div_ceil(KEYS_A_PAGE).max(1) as f64;
        let deletes = 1.0 + (file.removed_rows / 64.0).ceil();
        Self { writes: 1.0 + pages, reads: 6.0, in_sequence: 7.0 + pages + deletes }
    }

    /// `split`: claim, manifest that is not there, size; the file in ranges and its first rows again; chunk list, performers of
    /// rejected rows, lists of keys and of names, manifest; the lineup's document, twice.
    pub fn split(file: &ImportFile) -> Self {
        let ranges = file.text_bytes.div_ceil(RANGE_BYTES).max(1);
        let reads = 3 + ranges + file.surveys;
        let rejected = u64::from(file.chunks_with_rejects > 0);
        let in_sequence = 9 + rejected + ranges.div_ceil(RANGES_AT_A_TIME) + file.surveys;
        Self { writes: (6 + rejected) as f64, reads: reads as f64, in_sequence: in_sequence as f64 }
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

    /// `summarize`: manifest, list of the results, each result, the first rejects, what changed; the lineup's document, twice; summary,
    /// and at the same time when festival days start.
    pub fn summarize(chunks: u64, rejects_read: u64) -> Self {
        let pages = chunks.div_ceil(KEYS_A_PAGE).max(1);
        let in_sequence = 5 + pages + chunks.div_ceil(RESULTS_AT_A_TIME) + rejects_read;
        Self {
            writes: (pages + 2) as f64,
            reads: (4 + chunks + rejects_read) as f64,
            in_sequence: in_sequence as f64,
        }
    }

    /// What `summarize` does besides, of a new version: it lists the lists of the version before, and deletes them, which costs nothing.
    pub fn forget() -> Self {
        Self { writes: 1.0, reads: 0.0, in_sequence: 2.0 }
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
