//! The rule that is deployed: which uploads start an import.

use std::collections::BTreeMap;

use embedded_aws::Rule;
use serde_json::{Value, json};

const RULE: &str = include_str!("../../../../statemachine/uploads.rule.json");

fn rule() -> Rule {
    Rule::parse(RULE, &BTreeMap::from([("UploadsBucket".to_owned(), "up".to_owned())])).unwrap()
}

fn event(bucket: &str, key: &str, kind: &str) -> Value {
    json!({
        "source": "aws.s3", "detail-type": kind, "id": "1",
        "detail": { "bucket": { "name": bucket }, "object": { "key": key, "size": 3 } }
    })
}

#[test]
fn a_lineup_file_in_the_uploads_bucket_matches_in_any_case() {
    for key in ["lineup.csv", "2025/Main Stage.CSV", "a.Tsv", "a.txt", "é+ü.cSv", ".csv"] {
        assert!(rule().matches(&event("up", key, "Object Created")), "{key}");
    }
}

#[test]
fn nothing_else_matches() {
    for key in ["lineup.csv.gz", "csv", "lineup.json", "a.csv/"] {
        assert!(!rule().matches(&event("up", key, "Object Created")), "{key}");
    }
    assert!(!rule().matches(&event("imports", "a.csv", "Object Created")));
    assert!(!rule().matches(&event("up", "a.csv", "Object Deleted")));
}
