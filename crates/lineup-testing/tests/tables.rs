#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
//! The tables in memory must be those of a stack.

use std::path::PathBuf;

use lineup_testing::{Aws, CALENDAR, PERFORMANCES};
use serde_json::{Value, json};

/// The lines of a resource of `template.yaml`.
fn resource(name: &str) -> Vec<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let template = std::fs::read_to_string(path).unwrap();
    let lines = template.lines().skip_while(|line| *line != format!("  {name}:")).skip(1);
    lines.take_while(|line| line.is_empty() || line.starts_with("   ")).map(str::to_owned).collect()
}

/// The value of a field of a line, which is `field: value` or `- { field: value, … }`.
fn field<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let fields = line.trim_matches([' ', '-', '{', '}']).split([',', '{']);
    fields.into_iter().find_map(|field| field.trim().strip_prefix(name)?.strip_prefix(": "))
}

/// Attributes, key and indexes as the template declares them.
fn declared(name: &str) -> Value {
    let mut table = json!({"attributes": {}, "key": [], "indexes": {}});
    let mut index = None;
    for line in resource(name) {
        if let Some(name) = field(&line, "IndexName") {
            index = Some(name.to_owned());
            table["indexes"][name] = json!({"key": []});
        }
        let described = match &index {
            Some(index) => &mut table["indexes"][index],
            None => &mut table,
        };
        if let Some(projection) = field(&line, "ProjectionType") {
            described["projection"] = projection.into();
        }
        let Some(attribute) = field(&line, "AttributeName") else { continue };
        if let Some(key) = field(&line, "KeyType") {
            described["key"].as_array_mut().unwrap().push(json!([attribute, key]));
        }
        if let Some(kind) = field(&line, "AttributeType") {
            described["attributes"][attribute] = kind.into();
        }
    }
    table
}

fn key(schema: &Value) -> Value {
    schema.as_array().unwrap().iter().map(|part| json!([part["AttributeName"], part["KeyType"]])).collect()
}

/// The same, from the answer of `DescribeTable`.
fn described(table: &Value) -> Value {
    assert_eq!(table.get("LocalSecondaryIndexes"), None);
    let none = Vec::new();
    let mut indexes = json!({});
    for index in table["GlobalSecondaryIndexes"].as_array().unwrap_or(&none) {
        let name = index["IndexName"].as_str().unwrap();
        let projection = &index["Projection"]["ProjectionType"];
        indexes[name] = json!({"key": key(&index["KeySchema"]), "projection": projection});
    }
    let mut attributes = json!({});
    for attribute in table["AttributeDefinitions"].as_array().unwrap() {
        attributes[attribute["AttributeName"].as_str().unwrap()] = attribute["AttributeType"].clone();
    }
    json!({"attributes": attributes, "key": key(&table["KeySchema"]), "indexes": indexes})
}

#[tokio::test]
async fn the_tables_in_memory_have_the_keys_and_indexes_that_the_template_declares() {
    let aws = Aws::start().await;
    for (resource, table) in [("PerformancesTable", PERFORMANCES), ("CalendarTable", CALENDAR)] {
        assert_eq!(described(&aws.db.description(table)), declared(resource), "{table}");
    }
}

#[test]
fn the_template_is_read() {
    let performances = declared("PerformancesTable");
    assert_eq!(performances["attributes"]["Popularity"], "N");
    assert_eq!(performances["key"], json!([["Performer", "HASH"], ["Performance", "RANGE"]]));
    let by_day = json!({"key": [["StageDay", "HASH"], ["StartPerformer", "RANGE"]], "projection": "ALL"});
    assert_eq!(performances["indexes"]["ByStageDay"], by_day);
}
