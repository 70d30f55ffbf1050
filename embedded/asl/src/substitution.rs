//! `${Name}` in the texts of a definition (SAM guide, `DefinitionSubstitutions`).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::load_error::LoadError;

/// Makes the substitutions in every text of `value`, which is found at `place`.
///
/// # Errors
/// A `${` that is not closed, or a name without a value.
pub(crate) fn substitute(
    value: &mut Value,
    place: &str,
    with: &BTreeMap<String, String>,
) -> Result<(), LoadError> {
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
