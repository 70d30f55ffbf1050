//! The embedded EventBridge: one rule, whose target is the state machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use quamina::{Quamina, QuaminaError};
use serde_json::{Value, json};
use uuid::Uuid;

use embedded_step_functions::Engine;
use embedded_step_functions::error::EngineError;
use embedded_step_functions::record::ExecutionRecord;

/// Letters in a suffix that is matched in any case; each one doubles the patterns.
const MAX_LETTERS: usize = 8;

/// Why the rule cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// It is not JSON.
    #[error("the rule is not JSON")]
    Json(#[from] serde_json::Error),
    /// A `${…}` in it has no value.
    #[error("the rule has {0}, which has no value: pass it as a substitution")]
    Unsubstituted(String),
    /// A suffix that is matched in any case is too long.
    #[error(
        "the rule has the suffix {0:?}; one that is matched in any case has at most {MAX_LETTERS} letters here"
    )]
    Suffix(String),
    /// A field is to be anything but a pattern, or something else.
    #[error(
        "the rule has a list with \"anything-but\" of a pattern and other values; here it stands alone in its list"
    )]
    Alternatives,
    /// The matcher refuses the rule, or an event.
    #[error("the rule is not an event pattern, or the event is none")]
    Pattern(#[from] QuaminaError),
}

/// An event pattern (EventBridge guide, "Event patterns").
pub struct Rule {
    wanted: Quamina<&'static str>,
    /// What `anything-but` leaves out, which the matcher knows for whole values only, not for patterns.
    unwanted: Quamina<&'static str>,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rule")
    }
}

impl Rule {
    /// Reads a pattern in which `${Name}` stands for a value of `substitutions`.
    pub fn parse(text: &str, substitutions: &BTreeMap<String, String>) -> Result<Self, RuleError> {
        let mut pattern: Value = serde_json::from_str(text)?;
        let mut excluded = Vec::new();
        prepare(&mut pattern, substitutions, &mut excluded)?;
        let (mut wanted, mut unwanted) = (Quamina::new(), Quamina::new());
        wanted.add_pattern("rule", &pattern.to_string())?;
        for pattern in excluded {
            unwanted.add_pattern("rule", &pattern.to_string())?;
        }
        Ok(Self { wanted, unwanted })
    }

    /// Whether the rule wants the event.
    ///
    /// # Errors
    /// The matcher cannot read it. That does not say that the rule does not want it.
    pub fn matches(&self, event: &Value) -> Result<bool, RuleError> {
        let event = event.to_string();
        let matches = |matcher: &Quamina<_>| matcher.has_matches(event.as_bytes());
        Ok(matches(&self.wanted)? && !matches(&self.unwanted)?)
    }
}

/// Puts values in and spells out what the matcher does not know. `excluded` gets a pattern for each `anything-but`
/// of a pattern; such a field must only be there.
fn prepare(
    pattern: &mut Value,
    substitutions: &BTreeMap<String, String>,
    excluded: &mut Vec<Value>,
) -> Result<(), RuleError> {
    match pattern {
        Value::Object(fields) => {
            for (name, field) in fields {
                let before = excluded.len();
                prepare(field, substitutions, excluded)?;
                for inner in &mut excluded[before..] {
                    *inner = json!({ name: inner.take() });
                }
            }
            Ok(())
        }
        Value::Array(values) => {
            values.iter_mut().try_for_each(|value| prepare(value, substitutions, excluded))?;
            if let Some(negated) = values.iter().find_map(negated) {
                if values.len() > 1 {
                    return Err(RuleError::Alternatives);
                }
                excluded.push(Value::Array(spelled(&negated)?));
                *values = vec![json!({ "exists": true })];
            }
            *values = spelled(values)?;
            Ok(())
        }
        Value::String(text) => substitute(text, substitutions),
        _ => Ok(()),
    }
}

fn substitute(text: &mut String, substitutions: &BTreeMap<String, String>) -> Result<(), RuleError> {
    for (name, value) in substitutions {
        *text = text.replace(&format!("${{{name}}}"), value);
    }
    if text.contains("${") { Err(RuleError::Unsubstituted(text.clone())) } else { Ok(()) }
}

/// The values that `{"anything-but": {"wildcard": ["*/", …]}}` leaves out, and the same with other operators (EventBridge
/// guide, "Anything-but matching").
fn negated(value: &Value) -> Option<Vec<Value>> {
    let (operator, operand) = value["anything-but"].as_object()?.iter().next()?;
    let operands = match operand {
        Value::Array(several) => several.as_slice(),
        one => std::slice::from_ref(one),
    };
    Some(operands.iter().map(|operand| json!({ operator: operand })).collect())
}

fn spelled(values: &[Value]) -> Result<Vec<Value>, RuleError> {
    let spelled: Result<Vec<_>, _> = values.iter().map(any_case).collect();
    Ok(spelled?.concat())
}

/// `{"suffix": {"equals-ignore-case": ".csv"}}` (EventBridge guide, "Suffix
/// matching while ignoring case") as one suffix for each way to write it.
fn any_case(value: &Value) -> Result<Vec<Value>, RuleError> {
    let Some(suffix) = value["suffix"]["equals-ignore-case"].as_str() else { return Ok(vec![value.clone()]) };
    if suffix.chars().filter(|character| character.is_alphabetic()).count() > MAX_LETTERS {
        return Err(RuleError::Suffix(suffix.to_owned()));
    }
    let spellings = suffix.chars().fold(vec![String::new()], |spellings, character| {
        let mut cases = vec![character.to_lowercase().to_string(), character.to_uppercase().to_string()];
        cases.dedup();
        spellings.iter().flat_map(|text| cases.iter().map(move |case| format!("{text}{case}"))).collect()
    });
    Ok(spellings.into_iter().map(|spelling| json!({ "suffix": spelling })).collect())
}

/// Brings events to the state machine. Clones share it.
#[derive(Clone)]
pub(crate) struct Bus {
    pub(crate) rule: Arc<Rule>,
    pub(crate) engine: Engine,
}

impl Bus {
    /// Delivers an event: starts an execution with the whole event as its input,
    /// if the rule wants it. Delivering it again starts another one, as
    /// EventBridge may (EventBridge guide, "at least once"): its name is the
    /// event's id with an id of its own behind.
    pub(crate) async fn deliver(&self, event: &Value) -> Result<Option<ExecutionRecord>, DeliveryError> {
        if !self.rule.matches(event)? {
            return Ok(None);
        }
        let name = format!("{}_{}", event["id"].as_str().unwrap_or_default(), Uuid::new_v4());
        Ok(Some(self.engine.start_execution(Some(&name), &event.to_string()).await?))
    }
}

/// Why an event was not delivered. It stays, and is delivered again.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// It could not be compared with the rule.
    #[error("the event could not be matched")]
    Rule(#[from] RuleError),
    /// It started no execution.
    #[error("the event could not start an execution")]
    Engine(#[from] EngineError),
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = r#"{
        "source": ["aws.s3"],
        "detail": { "bucket": { "name": ["${Bucket}"] }, "object": { "key": [
            { "suffix": { "equals-ignore-case": ".csv" } }, { "prefix": "all/" }
        ] } }
    }"#;

    fn rule() -> Rule {
        Rule::parse(RULE, &BTreeMap::from([("Bucket".to_owned(), "up".to_owned())])).unwrap()
    }

    fn event(bucket: &str, key: &str) -> Value {
        json!({
            "source": "aws.s3", "detail-type": "Object Created", "id": "1",
            "detail": { "bucket": { "name": bucket }, "object": { "key": key, "size": 3 } }
        })
    }

    #[test]
    fn a_suffix_may_match_in_any_case() {
        for key in ["a.csv", "a/Main.CSV", "é+ü.cSv", ".csv", "all/a.txt"] {
            assert!(rule().matches(&event("up", key)).unwrap(), "{key}");
        }
        for (bucket, key) in [("up", "a.csv.gz"), ("up", "csv"), ("up", "ALL/a.txt"), ("other", "a.csv")] {
            assert!(!rule().matches(&event(bucket, key)).unwrap(), "{bucket} {key}");
        }
    }

    #[test]
    fn a_field_may_be_anything_but_what_patterns_match() {
        let rule = |key: &str| {
            let rule = format!(r#"{{"source": ["aws.s3"], "detail": {{"object": {{"key": [{key}]}}}}}}"#);
            Rule::parse(&rule, &BTreeMap::new())
        };
        let but = rule(r#"{"anything-but": {"wildcard": ["*/", "tmp-*"]}}"#).unwrap();
        for (key, wanted) in [("a.csv", true), ("a/b", true), ("", true), ("a/", false), ("tmp-1", false)] {
            assert_eq!(but.matches(&event("up", key)).unwrap(), wanted, "{key}");
        }
        let but = rule(r#"{"anything-but": {"suffix": {"equals-ignore-case": ".tmp"}}}"#).unwrap();
        let wants = |but: &Rule, key: &str| but.matches(&event("up", key)).unwrap();
        assert!(wants(&but, "a.csv") && !wants(&but, "a.Tmp"));
        let but = rule(r#"{"anything-but": ["a", "b"]}"#).unwrap();
        assert!(wants(&but, "c") && !wants(&but, "a"));
        // A field that is not there is not anything.
        assert!(!but.matches(&json!({"source": "aws.s3", "detail": {"object": {}}})).unwrap());
        let refused = rule(r#"{"anything-but": {"suffix": "/"}}, {"prefix": "a"}"#).unwrap_err();
        assert!(matches!(refused, RuleError::Alternatives), "{refused}");
    }

    /// An upload must not be forgotten because its event could not be read.
    #[test]
    fn what_cannot_be_matched_is_an_error_and_not_unwanted() {
        let unread = rule().matches(&json!("no event"));
        assert!(matches!(unread, Err(RuleError::Pattern(_))), "{unread:?}");
    }

    #[test]
    fn a_suffix_with_too_many_spellings_is_refused() {
        let rule = r#"{"detail": {"object": {"key": [{"suffix": {"equals-ignore-case": ".markdowns"}}]}}}"#;
        let refused = Rule::parse(rule, &BTreeMap::new()).unwrap_err().to_string();
        assert!(refused.contains(".markdowns"), "{refused}");
    }

    #[test]
    fn a_rule_with_a_missing_value_is_refused() {
        let refused = Rule::parse(RULE, &BTreeMap::new()).unwrap_err().to_string();
        assert!(refused.contains("Bucket"), "{refused}");
    }
}
