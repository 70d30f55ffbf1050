//! What needs no simulation: limits that a division tells.

use lineup_contracts::options::MAX_CHUNKS;
use lineup_costs::assumptions::{REQUEST_SECONDS, SOURCE_BYTES_A_SECOND};
use lineup_costs::{FunctionRequests, ModelError, Prices, UsageType};

use crate::amount::{duration, short, whole};
use crate::assumptions::{
    HISTORY_EVENTS, INVOCATION_SECONDS, PREFIX_GETS, RESULTS_AT_A_TIME, SPLIT_SECONDS_A_GIB,
};
use crate::setting::ImportSetting;

/// Requests of `split` under way at a time.
const RANGES_AT_A_TIME: f64 = 8.0;
/// Events of a child execution for each invocation: the Task is entered, scheduled, started, succeeds and is left; the
/// Choice is entered and left.
const EVENTS_AN_INVOCATION: f64 = 7.0;
/// Bytes that `load` keeps for a stage-day of the days that it asked about: a hash of 16 bytes, in a map that may have
/// just doubled.
const STAGE_DAY_BYTES: f64 = 40.0;
/// Bytes of `load`'s 512 MB that these may take: the rest is what docs/performance.md measures without them, twice.
const STAGE_DAYS_MEMORY: f64 = 400e6;

/// What, what it comes to, and how that is found.
pub(crate) fn rows() -> Result<Vec<[String; 3]>, ModelError> {
    let mut rows = of_split()?;
    rows.extend(of_summarize());
    rows.extend(of_children());
    Ok(rows)
}

fn of_split() -> Result<Vec<[String; 3]>, ModelError> {
    let shape = ImportSetting::new(1_000_000_000).shape()?;
    let row_bytes = shape.file.text_bytes as f64 / shape.file.rows;
    let file = |bytes_a_second: f64, how: String| {
        let bytes = INVOCATION_SECONDS * bytes_a_second;
        let largest =
            format!("{} GB, {} rows", whole(bytes / 1e9), short((bytes / row_bytes / 1e6).round() * 1e6));
        ["what one invocation of `split` scans in 870 s, before the next goes on".to_owned(), largest, how]
    };
    let one = SOURCE_BYTES_A_SECOND;
    let processor = 1_073_741_824.0 / SPLIT_SECONDS_A_GIB;
    Ok(vec![
        file(one, format!("{} MB/s, what S3 gives one request: the cautious figure", whole(one / 1e6))),
        file(
            one * RANGES_AT_A_TIME,
            format!(
                "eight requests at a time, if the function's network carries {} MB/s",
                whole(one * RANGES_AT_A_TIME / 1e6)
            ),
        ),
        file(processor, format!("{} GB/s, its processor", whole(processor / 1e9))),
    ])
}

fn of_summarize() -> Vec<[String; 3]> {
    let chunks = MAX_CHUNKS as u64;
    let FunctionRequests { writes, reads, in_sequence } = FunctionRequests::summarize(chunks, 0);
    let (lists, seconds) = (writes - 1.0, in_sequence * REQUEST_SECONDS);
    let prices = Prices::list();
    let dollars =
        prices.dollars(UsageType::ObjectReads, reads) + prices.dollars(UsageType::ObjectWrites, writes);
    let rate = RESULTS_AT_A_TIME / REQUEST_SECONDS;
    vec![
        [
            format!("`summarize` of {} chunks, the most that an import may have", whole(chunks as f64)),
            format!("{} GET, {} LIST: {}, ${dollars:.2}", whole(reads), whole(lists), duration(seconds)),
            format!(
                "{RESULTS_AT_A_TIME} at a time, 20 ms each; 870 s would do for {}",
                short((chunks as f64 * INVOCATION_SECONDS / seconds / 1e5).floor() * 1e5)
            ),
        ],
        [
            "its requests a second".to_owned(),
            whole(rate),
            format!(
                "S3 takes {} for a prefix: twice as many at a time would be too many",
                whole(PREFIX_GETS)
            ),
        ],
    ]
}

fn of_children() -> Vec<[String; 3]> {
    let invocations = (HISTORY_EVENTS / EVENTS_AN_INVOCATION).floor();
    let days = invocations * INVOCATION_SECONDS / 86_400.0;
    let stage_days = STAGE_DAYS_MEMORY / STAGE_DAY_BYTES;
    vec![
        [
            "invocations that a chunk may go on for".to_owned(),
            format!("{}, {} days", whole(invocations), whole(days)),
            format!("{} events, {EVENTS_AN_INVOCATION} for each", whole(HISTORY_EVENTS)),
        ],
        [
            "stage-days of a file that is not sorted by date".to_owned(),
            format!("{}, {} rows of 24 sets", short(stage_days), short(24.0 * stage_days)),
            format!(
                "`load` remembers all stages of each day that its chunk has: some {STAGE_DAY_BYTES} bytes a stage-day, of 512 MB"
            ),
        ],
    ]
}
