//! The metrics of a loaded chunk, for the dashboard.
//!
//! They are one log line in CloudWatch's embedded metric format (CloudWatch guide, "Specification:
//! Embedded metric format"). CloudWatch makes metrics of it without a call to its API.

use std::time::{SystemTime, UNIX_EPOCH};

use lineup_contracts::{LoadOutput, LoadProgress};
use serde_json::{Value, json};

/// The metrics' namespace.
const NAMESPACE: &str = "Lineup";
/// Each metric with its unit. `template.yaml` names them in the dashboard.
const METRICS: [(&str, &str); 6] = [
    ("RowsWritten", "Count"),
    ("RowsRejected", "Count"),
    ("RowsReplaced", "Count"),
    ("WriteUnits", "Count"),
    ("Throttles", "Count"),
    ("ChunkTime", "Milliseconds"),
];

/// Logs a chunk, by its label, once it is loaded. The values include those of its earlier invocations.
pub(crate) fn log(output: &LoadOutput, chunk: &str) {
    if output.done {
        let function = std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
        println!("{}", line(&output.progress, chunk, &function, SystemTime::now()));
    }
}

/// The log line of a chunk that `function` loaded.
fn line(progress: &LoadProgress, chunk: &str, function: &str, now: SystemTime) -> Value {
    let timestamp = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let mut line = json!({
        "_aws": {
            "Timestamp": u64::try_from(timestamp).unwrap_or(u64::MAX),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [["FunctionName"]],
                "Metrics": METRICS.map(|(name, unit)| json!({"Name": name, "Unit": unit})),
            }],
        },
        "FunctionName": function,
        "Chunk": chunk,
    });
    for ((name, _), value) in METRICS.iter().zip(values(progress)) {
        line[name] = value;
    }
    line
}

/// The values, in the order of [`METRICS`].
fn values(progress: &LoadProgress) -> [Value; METRICS.len()] {
    let rows = progress.rows;
    [
        rows.written.into(),
        rows.rejected.into(),
        rows.replaced.into(),
        progress.write_units.into(),
        progress.throttles.into(),
        progress.milliseconds.into(),
    ]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use lineup_contracts::RowCounts;

    use super::*;

    #[test]
    fn a_chunk_is_one_line_in_embedded_metric_format() {
        let progress = LoadProgress {
            rows: RowCounts { read: 10, written: 7, rejected: 2, replaced: 1 },
            write_units: 14.5,
            throttles: 3,
            milliseconds: 120,
            ..LoadProgress::default()
        };
        let line = line(
            &progress,
            "chunk-7-of-an-import",
            "lineup-load",
            UNIX_EPOCH + Duration::from_millis(1_752_350_400_123),
        );
        assert_eq!(line["_aws"]["Timestamp"], json!(1_752_350_400_123_u64));
        let metrics = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(metrics["Namespace"], "Lineup");
        assert_eq!(metrics["Dimensions"], json!([["FunctionName"]]));
        assert_eq!(line["FunctionName"], "lineup-load");
        assert_eq!(line["Chunk"], "chunk-7-of-an-import");
        let values: Vec<_> = METRICS.iter().map(|(name, _)| line[name].to_string()).collect();
        assert_eq!(values, ["7", "2", "1", "14.5", "3", "120"]);
        assert!(!line.to_string().contains('\n'));
    }

    #[test]
    fn every_metric_has_a_value_of_its_name() {
        let line = line(&LoadProgress::default(), "", "lineup-load", UNIX_EPOCH);
        let listed = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().cloned().unwrap_or_default();
        assert_eq!(listed.len(), METRICS.len());
        for metric in listed {
            assert!(line[metric["Name"].as_str().unwrap_or_default()].is_number(), "{metric}");
        }
    }
}
