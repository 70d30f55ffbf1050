//! Step Functions guide, "Choice workflow state".
#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::load_choice::rule;

fn holds(definition: Value, input: &Value) -> Result<bool, String> {
    let rule = rule(&definition, "Choices[0]").map_err(|error| error.to_string())?;
    rule.holds(input, &json!({"Execution": {"Name": "n"}})).map_err(|failure| failure.error)
}

#[test]
fn comparison_operators_compare_values_of_their_type_alone() {
    let input = json!({
        "s": "b", "n": 2.5, "t": true, "null": null, "at": "2022-07-12T20:00:00Z",
        "s2": "b", "n2": 3, "at2": "2022-07-12T22:00:00+02:00", "object": {}, "log": "log-7*.txt"
    });
    let cases = [
        ("$.s", "StringEquals", json!("b"), true),
        ("$.s", "StringEquals", json!("B"), false),
        ("$.n", "StringEquals", json!("2.5"), false),
        ("$.s", "StringLessThan", json!("c"), true),
        ("$.s", "StringGreaterThan", json!("b"), false),
        ("$.s", "StringGreaterThanEquals", json!("b"), true),
        ("$.s", "StringLessThanEquals", json!("a"), false),
        ("$.s", "StringEqualsPath", json!("$.s2"), true),
        ("$.s", "StringLessThanPath", json!("$.n"), false),
        ("$$.Execution.Name", "StringEquals", json!("n"), true),
        ("$.n", "NumericEquals", json!(2.5), true),
        ("$.n2", "NumericEquals", json!(3.0), true),
        ("$.n", "NumericLessThan", json!(3), true),
        ("$.n", "NumericLessThanPath", json!("$.n2"), true),
        ("$.n", "NumericGreaterThanEquals", json!(2.5), true),
        ("$.n", "NumericGreaterThan", json!(2.5), false),
        ("$.n", "NumericLessThanEqualsPath", json!("$.n2"), true),
        ("$.s", "NumericEquals", json!(0), false),
        ("$.t", "BooleanEquals", json!(true), true),
        ("$.t", "BooleanEquals", json!(false), false),
        ("$.s", "BooleanEquals", json!(true), false),
        ("$.t", "BooleanEqualsPath", json!("$.t"), true),
        ("$.at", "TimestampEqualsPath", json!("$.at2"), true),
        ("$.at", "TimestampLessThan", json!("2022-07-12T20:00:00.001Z"), true),
        ("$.at", "TimestampGreaterThan", json!("2022-07-12T20:00:00Z"), false),
        ("$.at", "TimestampGreaterThanEquals", json!("2022-07-12T20:00:00Z"), true),
        ("$.s", "TimestampEquals", json!("2022-07-12T20:00:00Z"), false),
        ("$.missing", "IsPresent", json!(true), false),
        ("$.missing", "IsPresent", json!(false), true),
        ("$.null", "IsPresent", json!(true), true),
        ("$.null", "IsNull", json!(true), true),
        ("$.s", "IsNull", json!(true), false),
        ("$.s", "IsNull", json!(false), true),
        ("$.s", "IsString", json!(true), true),
        ("$.null", "IsString", json!(true), false),
        ("$.n", "IsNumeric", json!(true), true),
        ("$.t", "IsBoolean", json!(true), true),
        ("$.object", "IsBoolean", json!(true), false),
        ("$.at", "IsTimestamp", json!(true), true),
        ("$.s", "IsTimestamp", json!(true), false),
        ("$.log", "StringMatches", json!("log-*.txt"), true),
        ("$.log", "StringMatches", json!("log-7\\*.txt"), true),
        ("$.log", "StringMatches", json!("log-\\*.txt"), false),
        ("$.log", "StringMatches", json!("*"), true),
        ("$.log", "StringMatches", json!("log"), false),
        ("$.n", "StringMatches", json!("*"), false),
    ];
    for (variable, operator, operand, expected) in cases {
        let got = holds(json!({"Variable": variable, operator: operand, "Next": "X"}), &input);
        assert_eq!(got, Ok(expected), "{variable} {operator} {operand}");
    }
}

#[test]
fn a_variable_that_selects_nothing_ends_the_execution_except_under_is_present() {
    let input = json!({"a": 1});
    for operator in ["IsNull", "IsString", "BooleanEquals"] {
        let got = holds(json!({"Variable": "$.b", operator: true, "Next": "X"}), &input);
        assert_eq!(got, Err("States.Runtime".into()), "{operator}");
    }
    let got = holds(json!({"Variable": "$.a", "NumericEqualsPath": "$.b", "Next": "X"}), &input);
    assert_eq!(got, Err("States.Runtime".into()));
}

#[test]
fn boolean_rules_stop_at_the_first_rule_that_decides() {
    let present = json!({"Variable": "$.summary.Error", "IsPresent": true});
    let equals = json!({"Variable": "$.summary.Error", "StringEquals": "InvalidInput"});
    let both = json!({"And": [present, equals], "Next": "X"});
    assert_eq!(holds(both.clone(), &json!({"summary": {}})), Ok(false));
    assert_eq!(holds(both, &json!({"summary": {"Error": "InvalidInput"}})), Ok(true));
    let absent = json!({"Not": present});
    assert_eq!(holds(json!({"Or": [absent, equals], "Next": "X"}), &json!({})), Ok(true));
    assert_eq!(
        holds(json!({"Or": [present, equals], "Next": "X"}), &json!({})),
        Err("States.Runtime".into())
    );
}

proptest! {
    #[test]
    fn a_pattern_without_wildcards_matches_itself_alone(text in "[ab]{0,4}", other in "[ab]{0,4}") {
        prop_assert_eq!(matches(&text, &other), text == other);
    }

    #[test]
    fn a_star_matches_anything_between(left in "[ab]{0,3}", middle in "[ab*]{0,3}", right in "[ab]{0,3}") {
        let pattern = format!("{left}*{right}");
        let text = format!("{left}{middle}{right}");
        prop_assert!(matches(&pattern, &text));
    }

    #[test]
    fn exactly_one_of_less_equal_greater_holds(left in -5i32..5, right in -5i32..5) {
        let relations = [Relation::LessThan, Relation::Equals, Relation::GreaterThan];
        let order = Type::Numeric.compare(&json!(left), &json!(right)).unwrap();
        prop_assert_eq!(relations.into_iter().filter(|relation| relation.admits(order)).count(), 1);
    }
}
