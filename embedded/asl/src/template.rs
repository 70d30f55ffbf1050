//! Payload templates: `Parameters`, `ResultSelector`, `ItemSelector`
//! (Amazon States Language specification, "Payload Template").

use serde_json::{Map, Value};

use crate::failure::{Failure, PARAMETER_PATH_FAILURE};
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
    /// `States.ParameterPathFailure` where a path selects nothing (Step Functions guide,
    /// "Handling errors in workflows").
    pub fn render(&self, input: &Value, context: &Value) -> Result<Value, Failure> {
        render(&self.0, input, context)
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

fn render(node: &Node, input: &Value, context: &Value) -> Result<Value, Failure> {
    match node {
        Node::Literal(value) => Ok(value.clone()),
        Node::Path(field, path) => {
            path.get(input, context).cloned().ok_or_else(|| not_found(field, path, input))
        }
        Node::Array(items) => items.iter().map(|item| render(item, input, context)).collect(),
        Node::Object(fields) => {
            let fields = fields.iter().map(|(name, node)| Ok((name.clone(), render(node, input, context)?)));
            Ok(Value::Object(fields.collect::<Result<Map<_, _>, Failure>>()?))
        }
    }
}

fn not_found(field: &str, path: &Path, input: &Value) -> Failure {
    let place = if path.is_context() { "the context object".into() } else { format!("the input '{input}'") };
    let cause =
        format!("The JSONPath '{path}' specified for the field '{field}' could not be found in {place}");
    Failure::new(PARAMETER_PATH_FAILURE, cause)
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

    /// Step Functions guide, "Handling errors in workflows", States.ParameterPathFailure.
    #[test]
    fn a_path_that_selects_nothing_is_a_parameter_path_failure() {
        let failure =
            Template::parse(&json!({"a.$": "$.x"})).unwrap().render(&json!({}), &json!({})).unwrap_err();
        assert_eq!(failure.error, PARAMETER_PATH_FAILURE);
        assert!(failure.cause.contains("'$.x'") && failure.cause.contains("'a.$'"), "{}", failure.cause);
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
