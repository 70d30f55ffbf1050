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
fn any_file_in_the_uploads_bucket_matches() {
    for key in [
        "lineup.csv",
        "2025/Main Stage.CSV",
        "lineup.csv.gz",
        "lineup.xlsx",
        "schedule.json",
        "lineup",
        "é+ü",
        "notes.pdf",
        "~/lineup.csv",
        "a~$b.csv",
        ".csv",
        ".hidden",
    ] {
        assert!(rule().matches(&event("up", key, "Object Created")).unwrap(), "{key}");
    }
}

#[test]
fn what_people_never_meant_to_upload_does_not() {
    for key in ["2025/", "a/b/", ".DS_Store", "2025/.DS_Store", "~$lineup.xlsx", "2025/~$lineup.xlsx"] {
        assert!(!rule().matches(&event("up", key, "Object Created")).unwrap(), "{key}");
    }
    assert!(!rule().matches(&event("imports", "a.csv", "Object Created")).unwrap());
    assert!(!rule().matches(&event("up", "a.csv", "Object Deleted")).unwrap());
}

/// Where the stack has a prefix, the rule cannot leave these out, and the state machine does.
#[test]
fn the_state_machine_leaves_out_what_the_rule_does() {
    let definition = include_str!("../../../../statemachine/import.asl.json");
    let definition: Value = serde_json::from_str(definition).unwrap();
    let choices = definition["States"]["Route"]["Choices"].as_array().unwrap();
    let choice = choices.iter().find(|choice| choice["Next"] == "NotAFile").unwrap();
    let or = choice["Or"].as_array().unwrap();
    let left_out: Vec<_> = or.iter().map(|one| one["StringMatches"].clone()).collect();
    let rule: Value = serde_json::from_str(RULE).unwrap();
    assert_eq!(rule["detail"]["object"]["key"][0]["anything-but"]["wildcard"], Value::Array(left_out));
}
