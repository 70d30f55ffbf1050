//! Amazon States Language specification, "Reference Paths", and Step Functions
//! guide, "Specifying state output using ResultPath".
#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::Path;
use crate::failure::RESULT_PATH_MATCH_FAILURE;

#[test]
fn a_path_selects_the_node_it_names() {
    let input = json!({"a": {"b c": [1, {"d": 2}]}, "é-1": null});
    let context = json!({"Execution": {"Id": "arn"}});
    let cases = [
        ("$", Some(input.clone())),
        ("$.a['b c'][0]", Some(json!(1))),
        ("$[\"a\"]['b c'][1].d", Some(json!(2))),
        ("$.é-1", Some(Value::Null)),
        ("$.a.x", None),
        ("$.a[0]", None),
        ("$.a['b c'][2]", None),
        ("$$.Execution.Id", Some(json!("arn"))),
        ("$$", Some(context.clone())),
        ("$.Execution", None),
    ];
    for (path, expected) in cases {
        let got = Path::parse(path).unwrap();
        assert_eq!(got.get(&input, &context), expected.as_ref(), "{path}");
    }
}

#[test]
fn a_path_that_may_select_several_nodes_is_refused() {
    let paths = [
        "",
        "a",
        "$a",
        "$.",
        "$..a",
        "$.*",
        "$[*]",
        "$[0,1]",
        "$[0:2]",
        "$[-1]",
        "$[?(@.a)]",
        "$.a[",
        "$['a]",
        "$['a','b']",
        "$.a b",
        "$.length()",
        "States.Format('x')",
        "$[+1]",
    ];
    for path in paths {
        assert!(Path::parse(path).is_err(), "{path}");
    }
}

#[test]
fn a_result_path_replaces_or_makes_its_node() {
    let cases = [
        ("$", json!({"a": 1}), Ok(json!("r"))),
        ("$.a", json!({"a": 1, "b": 2}), Ok(json!({"a": "r", "b": 2}))),
        ("$.x.y", json!({}), Ok(json!({"x": {"y": "r"}}))),
        ("$.x.y", json!({"x": {"z": 1}}), Ok(json!({"x": {"z": 1, "y": "r"}}))),
        ("$.a[1]", json!({"a": [1, 2]}), Ok(json!({"a": [1, "r"]}))),
        ("$.a[2]", json!({"a": [1, 2]}), Err(RESULT_PATH_MATCH_FAILURE)),
        ("$.a.b", json!({"a": 1}), Err(RESULT_PATH_MATCH_FAILURE)),
        ("$.a", json!("text"), Err(RESULT_PATH_MATCH_FAILURE)),
    ];
    for (path, input, expected) in cases {
        let got = Path::parse(path).unwrap().put(input, json!("r"));
        assert_eq!(got.map_err(|failure| failure.error), expected.map_err(String::from), "{path}");
    }
}

fn object() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(json!(null)), Just(json!(1)), Just(json!("x"))];
    let tree = leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[ab]", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("[ab]", tree, 0..3).prop_map(|map| Value::Object(map.into_iter().collect()))
}

proptest! {
    #[test]
    fn what_was_put_at_a_path_is_got_from_it(input in object(), steps in prop::collection::vec("[ab]", 0..4)) {
        let path = Path::parse(&steps.iter().fold("$".to_owned(), |path, step| format!("{path}.{step}"))).unwrap();
        if let Ok(output) = path.put(input, json!({"put": true})) {
            prop_assert_eq!(path.get(&output, &Value::Null), Some(&json!({"put": true})));
        }
    }

    #[test]
    fn putting_back_what_was_there_changes_nothing(input in object(), steps in prop::collection::vec("[ab]", 0..4)) {
        let path = Path::parse(&steps.iter().fold("$".to_owned(), |path, step| format!("{path}['{step}']"))).unwrap();
        if let Some(node) = path.get(&input, &Value::Null).cloned() {
            prop_assert_eq!(path.put(input.clone(), node), Ok(input));
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[$.a\\[\\]'\"0*é ]{0,12}") {
        let _ = Path::parse(&text);
    }
}

/// LocalStack's AWS-validated snapshots: missing InputPath, OutputPath and TimeoutSecondsPath.
#[test]
fn a_path_that_selects_nothing_is_named_as_aws_names_it() {
    let cases = [
        ("$.x", "Invalid path '$.x' : No results for path: $['x']"),
        ("$.a.x", "Invalid path '$.a.x' : No results for path: $['a']['x']"),
        ("$.no.such.path", "Invalid path '$.no.such.path' : Missing property in path $['no']"),
        ("$.a[3]", "Invalid path '$.a[3]' : No results for path: $['a'][3]"),
    ];
    for (path, expected) in cases {
        assert_eq!(Path::parse(path).unwrap().no_results(&json!({"a": {}})), expected);
    }
}
