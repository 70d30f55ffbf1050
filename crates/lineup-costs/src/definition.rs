//! Which states an execution goes through: a walk through the definition, with scripted outputs of its tasks.
//!
//! It is no interpreter (`embedded/asl` is one): it only follows `Next`, `Choices` and `Catch`, and counts.

use serde_json::{Map, Value, json};

use crate::choice::holds;

/// The most states of a walk. More means that it goes in a circle.
const MOST_STATES: usize = 1_000;

/// A definition of a state machine, or the item processor of one of its Map states.
///
/// ```
/// use lineup_costs::{Definition, Scenario};
///
/// let definition = Definition::parse(r#"{"StartAt": "A", "States": {
///     "A": {"Type": "Task", "ResultPath": "$.a", "Next": "B"},
///     "B": {"Type": "Choice", "Choices": [{"Variable": "$.a.done", "BooleanEquals": true, "Next": "C"}], "Default": "A"},
///     "C": {"Type": "Succeed"}}}"#)?;
/// let done = |done: bool| serde_json::json!({ "done": done });
/// let scenario = Scenario::default().output("A", done(false)).output("A", done(true));
/// assert_eq!(definition.route(&scenario)?, ["A", "B", "A", "B", "C"]);
/// # Ok::<_, lineup_costs::DefinitionError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Definition(Value);

/// How an execution goes: its input, what its tasks answer, and where they fail.
#[derive(Debug, Clone)]
pub struct Scenario {
    input: Value,
    outputs: Vec<(&'static str, Value)>,
    failures: Vec<(&'static str, &'static str)>,
}

/// Why no route is found.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// It is no JSON.
    #[error("the definition is no JSON")]
    Malformed(#[from] serde_json::Error),
    /// A state is named and does not exist, or lacks what its type needs.
    #[error("the state {state:?} of the definition has no {what}")]
    Incomplete {
        /// The state.
        state: String,
        /// What it lacks.
        what: &'static str,
    },
    /// A Choice compares in a way that the walk does not know.
    #[error(
        "the Choice {state:?} compares by {operator:?}, which crates/lineup-costs/src/choice.rs does not know"
    )]
    UnknownOperator {
        /// The state.
        state: String,
        /// The operator.
        operator: String,
    },
    /// The scenario never ends.
    #[error("the execution does not end within {MOST_STATES} states; the last is {state:?}")]
    Endless {
        /// The state it is in.
        state: String,
    },
}

impl Default for Scenario {
    /// An execution whose input is `{}` and whose tasks answer `{}`.
    fn default() -> Self {
        Self { input: json!({}), outputs: Vec::new(), failures: Vec::new() }
    }
}

impl Scenario {
    /// With this input.
    #[must_use]
    pub fn input(mut self, input: Value) -> Self {
        self.input = input;
        self
    }

    /// The state answers so, at its `ResultPath`. Of several answers it gives one after the other, and the last
    /// one again.
    #[must_use]
    pub fn output(mut self, state: &'static str, output: Value) -> Self {
        self.outputs.push((state, output));
        self
    }

    /// The state fails with this error.
    #[must_use]
    pub fn fails(mut self, state: &'static str, error: &'static str) -> Self {
        self.failures.push((state, error));
        self
    }

    /// What the state answers when it is entered for the `nth` time, from 0.
    fn answer(&self, state: &str, nth: usize) -> Value {
        let mut answers = self.outputs.iter().filter(|(of, _)| *of == state).map(|(_, output)| output);
        let last = answers.clone().next_back();
        answers.nth(nth).or(last).cloned().unwrap_or_else(|| json!({}))
    }

    fn error(&self, state: &str) -> Option<&'static str> {
        self.failures.iter().find(|(of, _)| *of == state).map(|(_, error)| *error)
    }
}

impl Definition {
    /// Reads a definition.
    ///
    /// # Errors
    /// [`DefinitionError::Malformed`].
    pub fn parse(json: &str) -> Result<Self, DefinitionError> {
        Ok(Self(serde_json::from_str(json)?))
    }

    /// The item processor of a Map state: what each of its children runs.
    ///
    /// # Errors
    /// [`DefinitionError::Incomplete`] if the state is none.
    pub fn item_processor(&self, state: &str) -> Result<Self, DefinitionError> {
        let processor = self.state(state)?.get("ItemProcessor");
        processor.cloned().map(Self).ok_or_else(|| incomplete(state, "ItemProcessor"))
    }

    /// Whether the state is a Map.
    pub fn is_map(&self, state: &str) -> bool {
        self.state(state).is_ok_and(|state| state["Type"] == "Map")
    }

    /// The states that the execution goes through, in order. Where a task fails and nothing catches it, the
    /// execution ends. States that are entered again are there again; retries are not.
    ///
    /// # Errors
    /// [`DefinitionError`]: the definition lacks something, or the scenario does not end.
    pub fn route(&self, scenario: &Scenario) -> Result<Vec<String>, DefinitionError> {
        let (mut route, mut data) = (Vec::new(), scenario.input.clone());
        let mut next = Some(text(&self.0, "StartAt").ok_or_else(|| incomplete("", "StartAt"))?);
        while let Some(name) = next {
            if route.len() >= MOST_STATES {
                return Err(DefinitionError::Endless { state: name });
            }
            let entered = route.iter().filter(|entered| **entered == name).count();
            next = self.leave(&name, entered, &mut data, scenario)?;
            route.push(name);
        }
        Ok(route)
    }

    fn state(&self, name: &str) -> Result<&Value, DefinitionError> {
        self.0["States"].get(name).ok_or_else(|| incomplete(name, "definition"))
    }

    /// The state after `name`; `None` if the execution ends there.
    fn leave(
        &self,
        name: &str,
        entered: usize,
        data: &mut Value,
        scenario: &Scenario,
    ) -> Result<Option<String>, DefinitionError> {
        let state = self.state(name)?;
        match state["Type"].as_str() {
            Some("Choice") => choose(name, state, data).map(Some),
            Some("Succeed" | "Fail") => Ok(None),
            Some("Task" | "Map" | "Parallel" | "Pass" | "Wait") => {
                if let Some(error) = scenario.error(name) {
                    return Ok(caught(state, error, data));
                }
                put(data, state, scenario.answer(name, entered));
                following(name, state)
            }
            _ => Err(incomplete(name, "Type")),
        }
    }
}

fn following(name: &str, state: &Value) -> Result<Option<String>, DefinitionError> {
    match text(state, "Next") {
        Some(next) => Ok(Some(next)),
        None if state["End"] == true => Ok(None),
        None => Err(incomplete(name, "Next")),
    }
}

fn choose(name: &str, state: &Value, data: &Value) -> Result<String, DefinitionError> {
    for rule in state["Choices"].as_array().into_iter().flatten() {
        let unknown = |operator| DefinitionError::UnknownOperator { state: name.to_owned(), operator };
        if holds(rule, data).map_err(unknown)? {
            return text(rule, "Next").ok_or_else(|| incomplete(name, "Next"));
        }
    }
    text(state, "Default").ok_or_else(|| incomplete(name, "Default"))
}

/// The state that catches the error; `None` if none does.
fn caught(state: &Value, error: &str, data: &mut Value) -> Option<String> {
    let catches = |catcher: &&Value| {
        let names = catcher["ErrorEquals"].as_array();
        names.is_some_and(|names| names.iter().any(|name| name == "States.ALL" || name == error))
    };
    let catcher = state["Catch"].as_array()?.iter().find(catches)?;
    put(data, catcher, json!({"Error": error, "Cause": ""}));
    text(catcher, "Next")
}

/// Puts a result where the `ResultPath` says: `$.field`, all of the data, or nowhere.
fn put(data: &mut Value, state: &Value, result: Value) {
    match state.get("ResultPath") {
        Some(Value::Null) => {}
        Some(Value::String(path)) if path != "$" => {
            if !data.is_object() {
                *data = Value::Object(Map::new());
            }
            data[path.trim_start_matches("$.")] = result;
        }
        _ => *data = result,
    }
}

fn text(of: &Value, field: &str) -> Option<String> {
    of[field].as_str().map(str::to_owned)
}

fn incomplete(state: &str, what: &'static str) -> DefinitionError {
    DefinitionError::Incomplete { state: state.to_owned(), what }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(states: Value, scenario: &Scenario) -> Result<Vec<String>, DefinitionError> {
        Definition(json!({"StartAt": "A", "States": states})).route(scenario)
    }

    #[test]
    fn a_task_that_fails_goes_on_where_its_error_is_caught_and_ends_where_it_is_not() {
        let catch = json!([{"ErrorEquals": ["Late"], "ResultPath": "$.summary", "Next": "B"}]);
        let states = json!({
            "A": {"Type": "Task", "Catch": catch, "Next": "C"},
            "B": {"Type": "Choice", "Choices": [{"Variable": "$.summary.Error", "StringEquals": "Late", "Next": "C"}]},
            "C": {"Type": "Fail"}
        });
        assert_eq!(route(states.clone(), &Scenario::default().fails("A", "Late")).unwrap(), ["A", "B", "C"]);
        assert_eq!(route(states.clone(), &Scenario::default().fails("A", "Early")).unwrap(), ["A"]);
        assert_eq!(route(states, &Scenario::default()).unwrap(), ["A", "C"]);
    }

    #[test]
    fn what_cannot_be_walked_says_which_state() {
        let cases = [
            (json!({"A": {"Type": "Task", "Next": "A"}}), "does not end"),
            (json!({"A": {"Type": "Task"}}), "has no Next"),
            (json!({"A": {"Type": "Task", "Next": "B"}}), "\"B\" of the definition has no definition"),
            (json!({"A": {"Type": "Loop"}}), "has no Type"),
            (json!({"A": {"Type": "Choice", "Choices": []}}), "has no Default"),
            (
                json!({"A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "TimestampEquals": "x", "Next": "A"}]}}),
                "TimestampEquals",
            ),
        ];
        for (states, why) in cases {
            let error = route(states, &Scenario::default()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        assert!(Definition::parse("{").is_err());
    }
}
