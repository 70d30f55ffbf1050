//! Whether a rule of a Choice state holds.

use std::cmp::Ordering;

use serde_json::Value;

/// Whether `rule` holds for `data`. A variable that is not there is equal to nothing; Step Functions would fail.
///
/// # Errors
/// The operator, if it is not known.
pub(crate) fn holds(rule: &Value, data: &Value) -> Result<bool, String> {
    let all = |rules: &Value| rules.as_array().cloned().unwrap_or_default();
    if let Some(rules) = rule.get("And") {
        return all(rules).iter().try_fold(true, |held, rule| Ok(held & holds(rule, data)?));
    }
    if let Some(rules) = rule.get("Or") {
        return all(rules).iter().try_fold(false, |held, rule| Ok(held | holds(rule, data)?));
    }
    if let Some(rule) = rule.get("Not") {
        return Ok(!holds(rule, data)?);
    }
    let value = rule["Variable"].as_str().and_then(|path| at(data, path));
    let fields = rule.as_object().into_iter().flatten();
    let mut operators = fields.filter(|(name, _)| !["Variable", "Next", "Comment"].contains(&name.as_str()));
    operators.try_fold(true, |held, (operator, expected)| Ok(held & compare(operator, value, expected)?))
}

/// The value at a path of fields, `$.import.chunks.count`.
fn at<'d>(data: &'d Value, path: &str) -> Option<&'d Value> {
    path.trim_start_matches("$")
        .split('.')
        .filter(|name| !name.is_empty())
        .try_fold(data, |of, name| of.get(name))
}

fn compare(operator: &str, value: Option<&Value>, expected: &Value) -> Result<bool, String> {
    let is = |is: bool| expected.as_bool() == Some(is);
    let order = || value?.as_f64()?.partial_cmp(&expected.as_f64()?);
    Ok(match operator {
        "IsPresent" => is(value.is_some()),
        "IsNull" => is(value.is_some_and(Value::is_null)),
        "IsString" => is(value.is_some_and(Value::is_string)),
        "IsBoolean" => is(value.is_some_and(Value::is_boolean)),
        "IsNumeric" => is(value.is_some_and(Value::is_number)),
        "StringEquals" | "BooleanEquals" => value == Some(expected),
        "StringMatches" => {
            let both = value.and_then(Value::as_str).zip(expected.as_str());
            both.is_some_and(|(text, pattern)| matches(text, pattern))
        }
        "NumericEquals" => order() == Some(Ordering::Equal),
        "NumericLessThan" => order() == Some(Ordering::Less),
        "NumericGreaterThan" => order() == Some(Ordering::Greater),
        "NumericLessThanEquals" => order().is_some_and(Ordering::is_le),
        "NumericGreaterThanEquals" => order().is_some_and(Ordering::is_ge),
        unknown => return Err(unknown.to_owned()),
    })
}

/// Whether the text is of the pattern, in which `*` stands for any text.
fn matches(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((before, rest)) => text.strip_prefix(before).is_some_and(|text| {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.into_iter().any(|at| matches(&text[at..], rest))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rules_hold_as_the_guide_says() {
        let data = json!({"a": {"n": 3, "t": "lineups/x.csv", "yes": true, "none": null}});
        let cases = [
            (json!({"Variable": "$.a.n", "NumericEquals": 3}), true),
            (json!({"Variable": "$.a.n", "NumericGreaterThan": 3}), false),
            (json!({"Variable": "$.a.n", "NumericGreaterThanEquals": 3}), true),
            (json!({"Variable": "$.a.n", "NumericLessThan": 4}), true),
            (json!({"Variable": "$.a.n", "NumericLessThanEquals": 2}), false),
            (json!({"Variable": "$.a.t", "StringMatches": "*.csv"}), true),
            (json!({"Variable": "$.a.t", "StringMatches": "lin*x*"}), true),
            (json!({"Variable": "$.a.t", "StringMatches": "*.csv.gz"}), false),
            (json!({"Variable": "$.a.t", "IsString": true}), true),
            (json!({"Variable": "$.a.yes", "BooleanEquals": true}), true),
            (json!({"Variable": "$.a.yes", "IsBoolean": false}), false),
            (json!({"Variable": "$.a.n", "IsNumeric": true}), true),
            (json!({"Variable": "$.a.none", "IsNull": true}), true),
            (json!({"Variable": "$.a.none", "IsPresent": true}), true),
            (json!({"Variable": "$.b", "IsPresent": false}), true),
            (json!({"Variable": "$.b", "NumericEquals": 3}), false),
            (json!({"Not": {"Variable": "$.b", "IsPresent": true}}), true),
            (
                json!({"And": [{"Variable": "$.a.n", "IsPresent": true}, {"Variable": "$.b", "IsPresent": true}]}),
                false,
            ),
            (
                json!({"Or": [{"Variable": "$.b", "IsPresent": true}, {"Variable": "$.a.n", "IsPresent": true}]}),
                true,
            ),
        ];
        for (rule, expected) in cases {
            assert_eq!(holds(&rule, &data), Ok(expected), "{rule}");
        }
        assert_eq!(
            holds(&json!({"Variable": "$.a", "TimestampEquals": ""}), &data),
            Err("TimestampEquals".into())
        );
    }
}
