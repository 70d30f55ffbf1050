//! Payload templates: `Parameters`, `ResultSelector`, `ItemSelector`
//! (Amazon States Language specification, "Payload Template").

use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::path::{Path, PathError};

/// A payload: a field whose name ends in `.$` takes its value from a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Template(Node);

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Literal(Value),
    Path(String, Path),
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
}

/// Why a payload template is not supported; `place` is relative to the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// The fields on the way, such as `Payload.detail.$`.
    pub place: String,
    /// What is wrong.
    pub problem: String,
}

impl Template {
    /// Reads a template.
    pub fn parse(template: &Value) -> Result<Self, TemplateError> {
        node(template, "").map(Self)
    }

    /// Fills the template in from the state's input and the context object.
    ///
    /// # Errors
    /// `States.Runtime` where a path selects nothing (LocalStack's AWS-validated snapshots; the guide's
    /// `States.ParameterPathFailure` was not recorded).
    pub fn render(&self, input: &Value, context: &Value) -> Result<Value, Failure> {
        render(&self.0, &Sources { input, context, quoted: None })
    }

    /// The same for the `ItemSelector` of a Map. The cause of an error quotes the context object, whichever
    /// path selects nothing.
    ///
    /// # Errors
    /// As [`Template::render`].
    pub fn render_item(&self, input: &Value, context: &Value) -> Result<Value, Failure> {
        render(&self.0, &Sources { input, context, quoted: Some(context) })
    }

    /// The names of its fields, without `.$`; none where it is no object.
    pub fn field_names(&self) -> Vec<String> {
        match &self.0 {
            Node::Object(fields) => fields.iter().map(|(name, _)| name.clone()).collect(),
            Node::Literal(Value::Object(fields)) => fields.keys().cloned().collect(),
            _ => Vec::new(),
        }
    }
}

fn node(value: &Value, place: &str) -> Result<Node, TemplateError> {
    Ok(match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| field(name, value, place));
            Node::Object(fields.collect::<Result<_, _>>()?)
        }
        Value::Array(items) => {
            let items = items.iter().enumerate().map(|(i, item)| node(item, &format!("{place}[{i}]")));
            Node::Array(items.collect::<Result<_, _>>()?)
        }
        literal => Node::Literal(literal.clone()),
    })
}

fn field(name: &str, value: &Value, place: &str) -> Result<(String, Node), TemplateError> {
    let inner = if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
    let Some(plain) = name.strip_suffix(".$") else { return Ok((name.into(), node(value, &inner)?)) };
    let refused = |problem: String| TemplateError { place: inner.clone(), problem };
    let text = value.as_str().ok_or_else(|| refused("must be a path".into()))?;
    if !text.starts_with('$') {
        return Err(refused(format!("intrinsic function '{text}': not supported")));
    }
    let path = Path::parse(text).map_err(|error: PathError| refused(error.to_string()))?;
    Ok((plain.into(), Node::Path(name.into(), path)))
}

/// What a template is filled in from.
struct Sources<'a> {
    input: &'a Value,
    context: &'a Value,
    /// What the cause quotes where a path selects nothing; what the path begins at where it is `None`.
    quoted: Option<&'a Value>,
}

impl Sources<'_> {
    fn not_found(&self, field: &str, path: &Path) -> Failure {
        let root = if path.is_context() { self.context } else { self.input };
        not_found(field, path, self.quoted.unwrap_or(root))
    }
}

fn render(node: &Node, sources: &Sources<'_>) -> Result<Value, Failure> {
    match node {
        Node::Literal(value) => Ok(value.clone()),
        Node::Path(field, path) => {
            let found = path.get_or_null(sources.input, sources.context).cloned();
            found.ok_or_else(|| sources.not_found(field, path))
        }
        Node::Array(items) => items.iter().map(|item| render(item, sources)).collect(),
        Node::Object(fields) => {
            let fields = fields.iter().map(|(name, node)| Ok((name.clone(), render(node, sources)?)));
            Ok(Value::Object(fields.collect::<Result<Map<_, _>, Failure>>()?))
        }
    }
}

/// The error of a path in the field `field` that selects nothing in `input`.
pub fn not_found(field: &str, path: &Path, input: &Value) -> Failure {
    Failure::runtime(format!(
        "The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{input}'"
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use serde_json::json;

    use super::*;

    /// Amazon States Language specification, "Payload Template".
    #[test]
    fn fields_that_end_in_dollar_take_their_values_from_paths() {
        let template = json!({"flag": true, "parts": [{"first.$": "$.vals[0]"}, "$.x"], "id.$": "$$.Execution.Id", "all": {"in.$": "$"}});
        let got = Template::parse(&template)
            .unwrap()
            .render(&json!({"vals": [0, 10]}), &json!({"Execution": {"Id": "arn"}}));
        let expected = json!({"flag": true, "parts": [{"first": 0}, "$.x"], "id": "arn", "all": {"in": {"vals": [0, 10]}}});
        assert_eq!(got.unwrap(), expected);
    }

    /// LocalStack's AWS-validated snapshots, row 1 of what AWS was recorded doing; for ItemSelector row 23.
    #[test]
    fn a_path_that_selects_nothing_is_a_runtime_error_which_quotes_where_it_looked() {
        let (input, context) = (json!({"i": 0}), json!({"c": 1}));
        for (path, quoted) in [("$.x", r#"{"i":0}"#), ("$$.x", r#"{"c":1}"#)] {
            let template = Template::parse(&json!({"a": {"b.$": path}})).unwrap();
            let cause = |quoted: &str| {
                format!(
                    "The JSONPath '{path}' specified for the field 'b.$' could not be found in the input '{quoted}'"
                )
            };
            assert_eq!(template.render(&input, &context).unwrap_err(), Failure::runtime(cause(quoted)));
            let of_item = template.render_item(&input, &context).unwrap_err();
            assert_eq!(of_item, Failure::runtime(cause(r#"{"c":1}"#)), "{path}");
        }
    }

    /// LocalStack's AWS-validated snapshots, row 23 of what AWS was recorded doing.
    #[test]
    fn an_element_past_the_end_of_an_array_is_null() {
        let template = Template::parse(&json!({"a.$": "$.items[1]"})).unwrap();
        assert_eq!(template.render(&json!({"items": [0]}), &json!({})).unwrap(), json!({"a": null}));
        let none = template.render(&json!({"items": {}}), &json!({})).unwrap_err();
        assert_eq!(none.error, "States.Runtime");
    }

    #[test]
    fn an_intrinsic_function_is_refused_by_name_and_place() {
        let error = Template::parse(&json!({"a": [{"b.$": "States.UUID()"}]})).unwrap_err();
        assert_eq!(
            (error.place.as_str(), error.problem.as_str()),
            ("a[0].b.$", "intrinsic function 'States.UUID()': not supported")
        );
    }
}
