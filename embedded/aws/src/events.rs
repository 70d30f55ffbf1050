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
    /// The matcher refuses it.
    #[error("the rule is not an event pattern")]
    Pattern(#[from] QuaminaError),
}

/// An event pattern (EventBridge guide, "Event patterns").
pub struct Rule(Quamina<&'static str>);

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rule")
    }
}

impl Rule {
    /// Reads a pattern in which `${Name}` stands for a value of `substitutions`.
    pub fn parse(text: &str, substitutions: &BTreeMap<String, String>) -> Result<Self, RuleError> {
        let mut pattern: Value = serde_json::from_str(text)?;
        prepare(&mut pattern, substitutions)?;
        let mut matcher = Quamina::new();
        matcher.add_pattern("rule", &pattern.to_string())?;
        Ok(Self(matcher))
    }

    /// Whether the rule wants the event.
    pub fn matches(&self, event: &Value) -> bool {
        self.0.has_matches(event.to_string().as_bytes()).unwrap_or_else(|error| {
            tracing::warn!(%error, "an event could not be matched");
            false
        })
    }
}

/// Puts values in and spells out what the matcher does not know.
fn prepare(pattern: &mut Value, substitutions: &BTreeMap<String, String>) -> Result<(), RuleError> {
    match pattern {
        Value::Object(fields) => fields.values_mut().try_for_each(|field| prepare(field, substitutions)),
        Value::Array(values) => {
            values.iter_mut().try_for_each(|value| prepare(value, substitutions))?;
            let spelled: Result<Vec<_>, _> = values.iter().map(any_case).collect();
            *values = spelled?.concat();
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
    pub(crate) async fn deliver(&self, event: &Value) -> Result<Option<ExecutionRecord>, EngineError> {
        if !self.rule.matches(event) {
            return Ok(None);
        }
        let name = format!("{}_{}", event["id"].as_str().unwrap_or_default(), Uuid::new_v4());
        self.engine.start_execution(Some(&name), &event.to_string()).await.map(Some)
    }
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
            assert!(rule().matches(&event("up", key)), "{key}");
        }
        for (bucket, key) in [("up", "a.csv.gz"), ("up", "csv"), ("up", "ALL/a.txt"), ("other", "a.csv")] {
            assert!(!rule().matches(&event(bucket, key)), "{bucket} {key}");
        }
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
