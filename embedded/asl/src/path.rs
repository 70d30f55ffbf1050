//! Reference paths: `$.import.chunks[0]`, `$['a name']`, `$$.Execution.Id`
//! (Amazon States Language specification, "Reference Paths").
//!
//! Operators that may select several nodes (`..`, `*`, `,`, `:`, `?`, `@`) are refused.

use std::fmt;

use serde_json::{Map, Value};

use crate::failure::{Failure, RESULT_PATH_MATCH_FAILURE};

/// A path that selects one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    text: String,
    context: bool,
    steps: Vec<PathStep>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum PathStep {
    Field(String),
    Index(usize),
}

/// Why a text is not a path that is supported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not a reference path: {problem}")]
pub struct PathError {
    text: String,
    problem: &'static str,
}

impl Path {
    /// `$`, the whole input.
    pub fn root() -> Self {
        Self { text: "$".into(), context: false, steps: Vec::new() }
    }

    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let refused = |problem| PathError { text: text.into(), problem };
        let rest = text.strip_prefix('$').ok_or_else(|| refused("it does not begin with $"))?;
        let (context, mut rest) = match rest.strip_prefix('$') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = next_step(rest).map_err(refused)?;
            steps.push(step);
            rest = after;
        }
        Ok(Self { text: text.into(), context, steps })
    }

    /// Whether it begins with `$$`, at the context object.
    pub const fn is_context(&self) -> bool {
        self.context
    }

    /// The node it selects, in the input or in the context object.
    pub fn get<'a>(&self, input: &'a Value, context: &'a Value) -> Option<&'a Value> {
        let root = if self.context { context } else { input };
        self.steps.iter().try_fold(root, |node, step| match step {
            PathStep::Field(name) => node.as_object()?.get(name),
            PathStep::Index(index) => node.as_array()?.get(*index),
        })
    }

    /// The same in a payload template, where an element past the end of an array is null (LocalStack's
    /// AWS-validated snapshots).
    pub fn get_or_null<'a>(&self, input: &'a Value, context: &'a Value) -> Option<&'a Value> {
        let root = if self.context { context } else { input };
        self.steps.iter().try_fold(root, |node, step| match step {
            PathStep::Field(name) => node.as_object()?.get(name),
            PathStep::Index(index) => Some(node.as_array()?.get(*index).unwrap_or(&Value::Null)),
        })
    }

    /// What Step Functions says of a path of the definition that selects nothing below `root`: the input or the
    /// context object, whichever it begins at.
    ///
    /// ```
    /// let path = asl::path::Path::parse("$.a.b")?;
    /// assert_eq!(path.no_results(&serde_json::json!({"a": {}})), "Invalid path '$.a.b' : No results for path: $['a']['b']");
    /// # Ok::<(), asl::path::PathError>(())
    /// ```
    pub fn no_results(&self, root: &Value) -> String {
        let mut node = root;
        let mut walked = String::from("$");
        for (number, step) in self.steps.iter().enumerate() {
            let next = match step {
                PathStep::Field(name) => node.get(name),
                PathStep::Index(index) => node.get(index),
            };
            walked += &step.in_brackets();
            match next {
                Some(next) => node = next,
                None if number + 1 < self.steps.len() => {
                    return format!("Invalid path '{self}' : Missing property in path {walked}");
                }
                None => {}
            }
        }
        format!("Invalid path '{self}' : No results for path: {walked}")
    }

    /// Puts `value` at the path, making the objects that are missing on the way
    /// (Step Functions guide, "Specifying state output using ResultPath").
    ///
    /// # Errors
    /// `States.ResultPathMatchFailure` where a node on the way is no object, or an array
    /// has no such element.
    pub fn put(&self, mut input: Value, value: Value) -> Result<Value, Failure> {
        let mut node = &mut input;
        for step in &self.steps {
            node = descend(node, step).ok_or_else(|| self.mismatch())?;
        }
        *node = value;
        Ok(input)
    }

    fn mismatch(&self) -> Failure {
        let cause = format!("Unable to apply ReferencePath {self} to the state's input");
        Failure::new(RESULT_PATH_MATCH_FAILURE, cause)
    }
}

impl PathStep {
    fn in_brackets(&self) -> String {
        match self {
            Self::Field(name) => format!("['{name}']"),
            Self::Index(index) => format!("[{index}]"),
        }
    }
}

fn descend<'a>(node: &'a mut Value, step: &PathStep) -> Option<&'a mut Value> {
    match step {
        PathStep::Field(name) => {
            if node.is_null() {
                *node = Value::Object(Map::new());
            }
            Some(node.as_object_mut()?.entry(name.clone()).or_insert(Value::Null))
        }
        PathStep::Index(index) => node.as_array_mut()?.get_mut(*index),
    }
}

fn next_step(rest: &str) -> Result<(PathStep, &str), &'static str> {
    if let Some(rest) = rest.strip_prefix('.') {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        return Ok((PathStep::Field(plain_name(name)?), after));
    }
    let rest = rest.strip_prefix('[').ok_or("a step begins with . or [")?;
    match rest.chars().next() {
        Some(quote @ ('\'' | '"')) => quoted_step(&rest[1..], quote),
        _ => index_step(rest),
    }
}

fn plain_name(name: &str) -> Result<String, &'static str> {
    if name.is_empty() {
        return Err("a step has no name");
    }
    let operator = |c: char| "*@?,:()'\"]\\".contains(c) || c.is_whitespace();
    if name.contains(operator) {
        Err("only field names and array indexes are supported")
    } else {
        Ok(name.into())
    }
}

fn quoted_step(rest: &str, quote: char) -> Result<(PathStep, &str), &'static str> {
    let (name, after) = rest.split_once(quote).ok_or("a quote is not closed")?;
    let after = after.strip_prefix(']').ok_or("only one quoted name fits between [ and ]")?;
    if name.contains('\\') {
        Err("escapes are not supported")
    } else {
        Ok((PathStep::Field(name.into()), after))
    }
}

fn index_step(rest: &str) -> Result<(PathStep, &str), &'static str> {
    let (index, after) = rest.split_once(']').ok_or("a [ is not closed")?;
    let digits = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
    let index = digits.then(|| index.parse().ok()).flatten();
    Ok((PathStep::Index(index.ok_or("only field names and array indexes are supported")?), after))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
#[path = "path_tests.rs"]
mod tests;
