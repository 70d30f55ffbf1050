//! Loading a definition: JSON text, substitutions, and the refusal of
//! everything that is not known here.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use crate::{
    definition::{Graph, StateMachine},
    fields::Fields,
    graph,
    load_error::LoadError,
    load_state,
};

/// Loads a definition. `${Name}` in any text becomes what `substitutions` has under `Name`
/// (SAM guide, `DefinitionSubstitutions`).
///
/// # Errors
/// The first field that is missing, wrong or not supported.
pub fn load(text: &str, substitutions: &BTreeMap<String, String>) -> Result<StateMachine, LoadError> {
    let mut definition: Value =
        serde_json::from_str(text).map_err(|error| LoadError::new("", format!("no JSON: {error}")))?;
    substitute(&mut definition, "", substitutions)?;
    let mut fields = Fields::of(&definition, "")?;
    fields.string("Comment")?;
    fields.one_of("QueryLanguage", &["JSONPath"])?;
    fields.one_of("Version", &["1.0"])?;
    let timeout_seconds = fields.integer("TimeoutSeconds", 1)?;
    let graph = Arc::new(graph(&mut fields)?);
    fields.finish()?;
    Ok(StateMachine { graph, timeout_seconds, json: definition.to_string() })
}

/// `StartAt` and `States`, of a state machine or of an `ItemProcessor`.
pub(crate) fn graph(fields: &mut Fields<'_>) -> Result<Graph, LoadError> {
    let start_at = fields.require_string("StartAt")?.to_owned();
    let place = fields.place("States");
    let named =
        fields.require("States")?.as_object().ok_or_else(|| LoadError::new(&place, "must be an object"))?;
    let states = named.iter().map(|(name, state)| {
        let place = format!("{place}.{name}");
        if name.is_empty() || name.chars().count() > 80 {
            return Err(LoadError::new(&place, "a state's name has 1 to 80 characters"));
        }
        Ok((name.clone(), load_state::state(name, state, &place)?))
    });
    let graph = Graph { start_at, states: states.collect::<Result<_, _>>()? };
    graph::check(&graph, &fields.place("StartAt"), &place)?;
    Ok(graph)
}

fn substitute(value: &mut Value, place: &str, with: &BTreeMap<String, String>) -> Result<(), LoadError> {
    match value {
        Value::String(text) => *text = substituted(text, place, with)?,
        Value::Array(items) => {
            for (i, item) in items.iter_mut().enumerate() {
                substitute(item, &format!("{place}[{i}]"), with)?;
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                substitute(field, &place, with)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn substituted(text: &str, place: &str, with: &BTreeMap<String, String>) -> Result<String, LoadError> {
    let mut parts = text.split("${");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').ok_or_else(|| LoadError::new(place, "a ${ is not closed"))?;
        let value = with
            .get(name)
            .ok_or_else(|| LoadError::new(place, format!("no substitution for ${{{name}}}")))?;
        result.push_str(value);
        result.push_str(rest);
    }
    Ok(result)
}
