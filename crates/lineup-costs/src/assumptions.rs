//! What cannot be counted in the code: durations, and how a month goes. All assumptions are here, with their sources.

/// Days of a month.
pub const DAYS: u64 = 30;

/// Hours of a month, by which CloudWatch and KMS charge.
pub const HOURS: f64 = 24.0 * DAYS as f64;

/// Seconds that one request takes, S3 or DynamoDB, where nothing runs beside it.
pub const REQUEST_SECONDS: f64 = 0.02;

/// Seconds from the start of a sandbox to the handler, which Lambda charges for. The program's own part is a tenth of
/// that (docs/performance.md, "Cold start and size"); every invocation is taken for a cold one.
pub const COLD_START_SECONDS: f64 = 0.1;

/// Bytes that a function reads of S3 in a second, over one connection: the lower end of what the S3 guide expects
/// ("Performance design patterns for Amazon S3": 85 to 90 MB/s).
pub const SOURCE_BYTES_A_SECOND: f64 = 75e6;

/// Write units a second that a new on-demand table takes, and each of its indexes beside it (DynamoDB guide, "On-demand capacity
/// mode": 4,000 write request units; "Warm throughput" has the same for an index). Larger imports wait for it, and Lambda
/// charges for the wait.
pub const TABLE_UNITS_A_SECOND: f64 = 4_000.0;

/// Bytes that CloudWatch takes in for an invocation: the START, END and REPORT lines of Lambda, and the line of
/// metrics of `load`.
pub const LOG_BYTES: f64 = 1_000.0;

/// Addresses that get the messages.
pub const ADDRESSES: f64 = 1.0;

/// Requests to KMS for a message: SNS makes a data key for it and opens it again (SNS guide, "Key management").
pub const KEY_REQUESTS: f64 = 2.0;

/// Traces of an import, of which X-Ray samples the first in every second.
pub const TRACES: f64 = 1.0;

/// The metrics of `load` (functions/load/src/metrics.rs, `METRICS`), charged for each hour in which something is
/// imported (CloudWatch pricing page: custom metrics are prorated by the hour).
pub const METRICS_OF_LOAD: f64 = 6.0;

/// What DynamoDB adds to an item, in the table and in every index (DynamoDB guide, "DynamoDB item sizes and
/// formats" and "Using Global Secondary Indexes"): bytes that are stored and not written.
pub const STORED_BYTES_AN_ITEM: f64 = 100.0;

/// Bytes of a GB, by which storage is charged.
pub const GB: f64 = (1u64 << 30) as f64;

/// Each assumption with its value and its reason, for docs/costs.md.
pub(crate) fn rows() -> [(&'static str, String, &'static str); 9] {
    [
        ("a month", format!("{DAYS} days"), ""),
        (
            "a request of S3 or DynamoDB",
            format!("{} ms", REQUEST_SECONDS * 1e3),
            "the functions' are counted in sequence",
        ),
        (
            "a cold start",
            format!("{} ms", COLD_START_SECONDS * 1e3),
            "each invocation is one; Lambda charges for it",
        ),
        (
            "reading S3",
            format!("{} MB/s", SOURCE_BYTES_A_SECOND / 1e6),
            "S3 guide, \"Performance design patterns for Amazon S3\"",
        ),
        (
            "the table, and each index",
            format!("{TABLE_UNITS_A_SECOND} write units a second"),
            "DynamoDB guide, \"On-demand capacity mode\": a new table",
        ),
        (
            "logs of an invocation",
            format!("{LOG_BYTES} bytes"),
            "START, END, REPORT, and the metrics of `load`",
        ),
        ("addresses", format!("{ADDRESSES}"), ""),
        ("KMS requests for a message", format!("{KEY_REQUESTS}"), "SNS guide, \"Key management\""),
        ("traces of an import", format!("{TRACES}"), "X-Ray guide, \"Sampling\": the first in every second"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metrics_are_those_that_load_writes() {
        let source = include_str!("../../../functions/load/src/metrics.rs");
        assert!(source.contains(&format!("const METRICS: [(&str, &str); {METRICS_OF_LOAD}]")));
    }
}
