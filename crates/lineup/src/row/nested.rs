//! Names in fields that hold JSON, as in JSON files whose performers and stages are objects of their own.

use serde_json::{Map, Value};

use crate::header::{KnownColumn, synonyms_of};

/// The keys of a name, the best first; without case, `_` and `-`.
const NAME_KEYS: [&str; 6] = ["name", "publicname", "displayname", "fullname", "title", "label"];

/// The names in a field that is a JSON object or array: `{"id": 2, "name": "River Tent"}`, `["Nova Rye", "Ada Moor"]`.
/// Those of an array are joined by commas. `None` if the field is no JSON, or has no name: it is text then.
pub(super) fn names(column: KnownColumn, text: &str) -> Option<String> {
    let text = text.trim();
    // Most fields are names. Only these may be JSON.
    let may_be =
        (text.starts_with('{') && text.ends_with('}')) || (text.starts_with('[') && text.ends_with(']'));
    if !may_be {
        return None;
    }
    match &serde_json::from_str(text).ok()? {
        Value::Array(values) => {
            let names: Option<Vec<String>> = values.iter().map(|value| name(column, value)).collect();
            names.map(|names| names.join(", "))
        }
        value => name(column, value),
    }
}

fn name(column: KnownColumn, value: &Value) -> Option<String> {
    match value {
        Value::String(name) => Some(name.clone()),
        Value::Object(members) => {
            let named = NAME_KEYS.iter().find_map(|key| of_key(members, key));
            let is_column =
                |key: &String| synonyms_of(column).any(|synonym| synonym.eq_ignore_ascii_case(key));
            let named = named
                .or_else(|| members.iter().find_map(|(key, value)| text(value).filter(|_| is_column(key))));
            named.or_else(|| text(value))
        }
        _ => None,
    }
}

fn of_key(members: &Map<String, Value>, name: &str) -> Option<String> {
    let is_named = |key: &str| {
        let letters = key.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).map(|c| c.to_ascii_lowercase());
        letters.eq(name.chars())
    };
    members.iter().find_map(|(key, value)| text(value).filter(|_| is_named(key)))
}

/// A text that is not blank, or one of a text in several languages, in English if it is there: `{"en": "River Tent", "de": "Flusszelt"}`.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => (!text.trim().is_empty()).then(|| text.clone()),
        Value::Object(languages) => {
            let is_language = |key: &String| matches!(key.len(), 2 | 5) && key != "id";
            let mut texts =
                languages.get("en").into_iter().chain(languages.values()).filter(|value| value.is_string());
            if languages.keys().all(is_language) { texts.find_map(text) } else { None }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use KnownColumn::{Performer, Stage};

    #[test]
    fn a_field_of_json_is_read_by_the_names_in_it() {
        for (column, text, expected) in [
            (Stage, r#"{"id":"s2","name":"River Tent"}"#, Some("River Tent")),
            (Stage, r#" {"name":{"en":"River Tent","de":"Flusszelt"}} "#, Some("River Tent")),
            (Stage, r#"{"uid":9,"title":"Dune Stage","latitude":""}"#, Some("Dune Stage")),
            (
                Performer,
                r#"[{"id":"a1","name":"Nova Rye"},{"id":"a2","name":"Ada Moor"}]"#,
                Some("Nova Rye, Ada Moor"),
            ),
            (Performer, r#"["Nova Rye"]"#, Some("Nova Rye")),
            (Performer, r#"[{"title":"Dr.","public_name":"Ada Moor"}]"#, Some("Ada Moor")),
            (Performer, r#"[{"speakerid":"7","speaker":"Moor, Ada"}]"#, Some("Moor, Ada")),
            (Performer, "[]", Some("")),
            (Performer, r#"[{"id":"a1","weight":0}]"#, None),
            (Performer, "[LIVE] Nova Rye", None),
            (Performer, "[DJ]", None),
            (Performer, "[24]", None),
            (Performer, r#"[{"artist":{"id":"a1"}}]"#, None),
            (Stage, r#"{"de":"Flusszelt"}"#, Some("Flusszelt")),
            (Performer, "Nova Rye", None),
            (Performer, "{}", None),
        ] {
            assert_eq!(names(column, text).as_deref(), expected, "{text}");
        }
    }
}
