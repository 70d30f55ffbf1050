//! What is assumed of AWS and of `load`, each with its source. docs/scale.md begins with it.

/// Write units that a partition takes in a second: of the table, and of each index.
pub const PARTITION_UNITS: f64 = 1_000.0;
/// Read units that a partition takes in a second.
pub const PARTITION_READ_UNITS: f64 = 3_000.0;
/// Write units a second that a new on-demand table takes, and so does each of its indexes.
pub const NEW_TABLE_UNITS: f64 = 4_000.0;
/// Read units a second that a new on-demand table takes.
pub const NEW_TABLE_READ_UNITS: f64 = 12_000.0;
/// Seconds within which an on-demand table comes to take twice its previous peak.
pub const GROWTH_SECONDS: f64 = 1_800.0;
/// Write units a second that a table, or any one of its indexes, takes at most, by the default quota. As many read
/// units.
pub const TABLE_QUOTA: f64 = 40_000.0;
/// Seconds of unused throughput that a table keeps.
pub const BURST_SECONDS: f64 = 300.0;
/// Seconds at its limit after which a partition is split. AWS names no time.
pub const SPLIT_SECONDS: f64 = 600.0;
/// The share of its limit from which on a partition counts as being at it.
pub const HOT_SHARE: f64 = 0.9;

/// Sandboxes of one function that Lambda starts in a second, when it has started some already.
pub const LAMBDA_RAMP: f64 = 100.0;
/// Sandboxes of one function that Lambda starts at once.
pub const LAMBDA_BURST: f64 = 1_000.0;
/// Executions at a time that an account's quota allows.
pub const LAMBDA_QUOTA: f64 = 1_000.0;
/// The quota of a new account, as many report it. AWS says only that it is less.
pub const NEW_ACCOUNT_QUOTA: f64 = 10.0;
/// Megabytes of memory at which a function has one processor.
pub const PROCESSOR_MEGABYTES: f64 = 1_769.0;

/// Child executions (standard workflows) that one Map Run starts in a second.
pub const CHILD_STARTS: f64 = 100.0;
/// Child executions that one Map Run has at a time.
pub const MAP_CONCURRENCY: f64 = 10_000.0;
/// State transitions a second of an account, in the largest regions; 800 in others.
pub const TRANSITIONS: f64 = 5_000.0;
/// Events of an execution's history.
pub const HISTORY_EVENTS: f64 = 25_000.0;
/// PUT requests a second that S3 takes for a prefix.
pub const PREFIX_PUTS: f64 = 3_500.0;
/// GET requests a second that S3 takes for a prefix.
pub const PREFIX_GETS: f64 = 5_500.0;

/// Rows that `load` writes in a second of a processor, without TLS: what docs/performance.md measures, rounded down.
pub const ROWS_A_PROCESSOR_SECOND: f64 = 250_000.0;
/// Processor seconds that `split` takes for a GiB: what docs/performance.md measures, rounded up.
pub const SPLIT_SECONDS_A_GIB: f64 = 0.5;
/// Batches that `load` has under way or waiting, at most (`BATCHES` of functions/load/src/in_flight.rs).
pub const BATCHES_IN_FLIGHT: f64 = 128.0;
/// Rows of a batch (`BATCH_ITEMS` of `lineup-table`): what BatchWriteItem takes.
pub const ROWS_A_BATCH: f64 = 25.0;
/// Partition keys of `ByPopularity` (`lineup-table`, `POPULARITY_SHARDS`).
pub const SHARDS: usize = 16;
/// Bytes of a calendar entry, with the names of its attributes: `day#2025-07-01` and a stage's name of ten characters.
pub const CALENDAR_BYTES: f64 = 34.0;
/// Bytes of a read unit, of an eventually consistent read: `load` asks the calendar so.
pub const READ_UNIT_BYTES: f64 = 8_192.0;
/// Results that `summarize` reads at a time.
pub const RESULTS_AT_A_TIME: f64 = 64.0;
/// Seconds after which `load` and `split` stop and go on in another invocation, or end: 900 less 30.
pub const INVOCATION_SECONDS: f64 = 870.0;

const DYNAMODB: &str = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/";
const LAMBDA: &str = "https://docs.aws.amazon.com/lambda/latest/dg/";
const STEP_FUNCTIONS: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/";
const S3: &str = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/";

/// An assumption, for docs/scale.md.
pub(crate) struct Assumption {
    pub(crate) what: &'static str,
    pub(crate) value: &'static str,
    /// How the simulation takes it.
    pub(crate) taken: &'static str,
    /// The title of the page, and where it is.
    pub(crate) source: (&'static str, String),
}

fn page(guide: &str, name: &str) -> String {
    format!("{guide}{name}.html")
}

/// Those of DynamoDB.
pub(crate) fn of_table() -> Vec<Assumption> {
    let of = |what, value, taken, title, name| Assumption {
        what,
        value,
        taken,
        source: (title, page(DYNAMODB, name)),
    };
    vec![
        of(
            "a partition",
            "1,000 write units a second, or 3,000 read units",
            "of the table, and of each index, which have partitions of their own",
            "Best practices for partition keys",
            "bp-partition-key-design",
        ),
        of(
            "an index that is behind",
            "throttles its table",
            "rows are written as fast as the slowest of table and indexes takes them",
            "GSI write throttling and back pressure",
            "gsi-throttling",
        ),
        of(
            "a new on-demand table",
            "4,000 write units a second, 12,000 read units",
            "four partitions; an index as much again",
            "On-demand capacity mode",
            "on-demand-capacity-mode",
        ),
        of(
            "growth",
            "to twice the previous peak within 30 minutes",
            "after each 30 minutes, twice the peak of these; all partitions are split in two. AWS may be faster",
            "Warm throughput",
            "warm-throughput",
        ),
        of(
            "warm throughput",
            "any number up to the quota, at once; table and indexes apart",
            "a partition for each 1,000 units",
            "Warm throughput",
            "warm-throughput",
        ),
        of(
            "the quota",
            "40,000 units a second for a table, and for each of its indexes; none for the account",
            "no more; AWS raises it when asked",
            "Quotas",
            "ServiceQuotas",
        ),
        of(
            "burst capacity",
            "up to 300 seconds of what was not used",
            "full at first; never more than 1,000 units for a partition, so that a table of 4,000 has no use for it",
            "Burst and adaptive capacity",
            "burst-adaptive-capacity",
        ),
        of(
            "adaptive capacity",
            "a partition takes up to 1,000 while the table is below its limit; one that stays hot is split",
            "split in two halves of the same traffic after 600 seconds, also within a key. AWS names no time",
            "Burst and adaptive capacity",
            "burst-adaptive-capacity",
        ),
    ]
}

/// Those of the other services.
pub(crate) fn of_others() -> Vec<Assumption> {
    let of = |what, value, taken, title, page| Assumption { what, value, taken, source: (title, page) };
    let quotas = || page(STEP_FUNCTIONS, "service-quotas");
    vec![
        of(
            "Lambda's ramp",
            "1,000 sandboxes of a function in 10 seconds",
            "1,000 at once, then 100 a second",
            "Lambda scaling behavior",
            page(LAMBDA, "scaling-behavior"),
        ),
        of(
            "Lambda's quota",
            "1,000 at a time; new accounts have less",
            "1,000; 10 for a new account, as many report",
            "Lambda quotas",
            page(LAMBDA, "gettingstarted-limits"),
        ),
        of(
            "a function's processor",
            "one vCPU at 1,769 MB",
            "`load` has 0.29",
            "Configure Lambda function memory",
            page(LAMBDA, "configuration-memory"),
        ),
        of(
            "a Map Run",
            "10,000 children at a time, of which standard ones are started at up to 100 a second",
            "so",
            "Step Functions service quotas",
            quotas(),
        ),
        of(
            "state transitions",
            "5,000 a second in the largest regions, 800 in others; new accounts have less",
            "5,000",
            "Step Functions service quotas",
            quotas(),
        ),
        of(
            "an execution's history",
            "25,000 events",
            "seven for each invocation of a child; on paper",
            "Step Functions service quotas",
            quotas(),
        ),
        of(
            "an S3 prefix",
            "3,500 PUT and 5,500 GET a second",
            "so, from the first second",
            "Optimizing Amazon S3 performance",
            page(S3, "optimizing-performance"),
        ),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use super::*;

    /// The first number of the page behind the text.
    fn figure(text: &str) -> f64 {
        let page = include_str!("../../../docs/performance.md");
        let behind = page.split_once(text).map(|(_, behind)| behind).expect(text);
        let digits = behind.trim_start_matches([' ', '|']).split([' ', '|']).next().unwrap_or_default();
        digits.replace(',', "").parse().expect(text)
    }

    #[test]
    fn the_figures_of_load_and_split_are_about_those_that_are_measured() {
        let load = figure("| `load` |");
        assert!((ROWS_A_PROCESSOR_SECOND * 0.7..ROWS_A_PROCESSOR_SECOND * 1.5).contains(&load), "{load}");
        let split = figure("| `split` | a GiB of a file |") / 1e3;
        assert!((SPLIT_SECONDS_A_GIB * 0.7..SPLIT_SECONDS_A_GIB * 1.5).contains(&split), "{split}");
    }

    #[test]
    fn the_counts_are_those_of_the_code() {
        let in_flight = include_str!("../../../functions/load/src/in_flight.rs");
        assert!(in_flight.contains(&format!("const BATCHES: usize = {BATCHES_IN_FLIGHT};")));
        let imports = include_str!("../../lineup-aws/src/imports.rs");
        assert!(imports.contains(&format!("const READS_IN_FLIGHT: usize = {RESULTS_AT_A_TIME};")));
        assert_eq!(lineup_table::batch::BATCH_ITEMS as f64, ROWS_A_BATCH);
        assert_eq!(lineup_table::keys::POPULARITY_SHARDS.len(), SHARDS);
    }
}
