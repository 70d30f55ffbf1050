//! The states of a definition and the arrows between them.

use std::collections::BTreeSet;

use serde_json::Value;

/// States and arrows, as far as a picture needs them. States are known by their index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Flow {
    /// The states, in the order in which they are found from the first one.
    pub(crate) states: Vec<FlowState>,
    /// The arrows, each once.
    pub(crate) arrows: Vec<FlowArrow>,
}

/// A state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FlowState {
    /// Its name.
    pub(crate) name: String,
    /// `Task`, `Map`, `Choice` …
    pub(crate) kind: String,
    /// What the definition says of it.
    pub(crate) comment: String,
}

/// An arrow from a state to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FlowArrow {
    /// The index of the state that it leaves.
    pub(crate) from: usize,
    /// The index of the one that it enters.
    pub(crate) to: usize,
    /// Whether only an error takes it.
    pub(crate) is_catch: bool,
    /// Whether the execution took it.
    pub(crate) is_taken: bool,
}

impl Flow {
    /// Reads a definition in the Amazon States Language. `taken` are the steps of an execution, by the names of both states:
    /// of the arrows that only errors take, those are kept that were taken. A definition that cannot be read is a flow
    /// without states.
    pub(crate) fn read(definition: &str, taken: &BTreeSet<(&str, &str)>) -> Self {
        let Ok(definition) = serde_json::from_str::<Value>(definition) else { return Self::default() };
        let (Some(start), Some(states)) = (definition["StartAt"].as_str(), definition["States"].as_object())
        else {
            return Self::default();
        };
        let mut flow = Self::default();
        let mut waiting = vec![start];
        // The first choice is looked at first: it stands on the left.
        while let Some(name) = waiting.pop() {
            let Some(state) = states.get(name).filter(|_| flow.index(name).is_none()) else { continue };
            let text = |field: &str| state[field].as_str().unwrap_or_default().to_owned();
            flow.states.push(FlowState {
                name: name.to_owned(),
                kind: text("Type"),
                comment: text("Comment"),
            });
            waiting.extend(steps(state).into_iter().map(|(to, _)| to).rev());
        }
        for from in 0..flow.states.len() {
            let name = flow.states[from].name.clone();
            for (to, is_catch) in states.get(&name).map(steps).unwrap_or_default() {
                flow.add(from, to, is_catch, taken.contains(&(name.as_str(), to)));
            }
        }
        flow
    }

    /// The index of a state.
    pub(crate) fn index(&self, name: &str) -> Option<usize> {
        self.states.iter().position(|state| state.name == name)
    }

    fn add(&mut self, from: usize, to: &str, is_catch: bool, is_taken: bool) {
        let Some(to) = self.index(to).filter(|_| is_taken || !is_catch) else { return };
        if let Some(known) = self.arrows.iter_mut().find(|arrow| (arrow.from, arrow.to) == (from, to)) {
            known.is_catch &= is_catch;
            known.is_taken |= is_taken;
            return;
        }
        self.arrows.push(FlowArrow { from, to, is_catch, is_taken });
    }
}

/// Where a state may lead, and whether only by an error.
fn steps(state: &Value) -> Vec<(&str, bool)> {
    let each =
        |field: &str| state[field].as_array().into_iter().flatten().filter_map(|rule| rule["Next"].as_str());
    let plain = each("Choices").chain(state["Default"].as_str()).chain(state["Next"].as_str());
    plain.map(|to| (to, false)).chain(each("Catch").map(|to| (to, true))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFINITION: &str = r#"{"StartAt": "A", "States": {
        "A": {"Type": "Choice", "Choices": [{"Next": "B"}, {"Next": "B"}], "Default": "C"},
        "B": {"Type": "Task", "Comment": "works", "Next": "C", "Catch": [{"Next": "D"}]},
        "C": {"Type": "Succeed"}, "D": {"Type": "Fail"}, "Unused": {"Type": "Fail"}}}"#;

    fn arrows(flow: &Flow) -> Vec<(&str, &str, bool)> {
        let name = |at: usize| flow.states[at].name.as_str();
        flow.arrows.iter().map(|arrow| (name(arrow.from), name(arrow.to), arrow.is_taken)).collect()
    }

    #[test]
    fn every_state_that_can_be_reached_is_there_once_with_its_arrows() {
        let flow = Flow::read(DEFINITION, &BTreeSet::from([("A", "B")]));
        let names: Vec<_> = flow.states.iter().map(|state| state.name.as_str()).collect();
        assert_eq!(names, ["A", "B", "C", "D"]);
        assert_eq!(flow.states[1].comment, "works");
        assert_eq!(arrows(&flow), [("A", "B", true), ("A", "C", false), ("B", "C", false)]);
    }

    #[test]
    fn an_arrow_for_errors_is_there_if_it_was_taken() {
        let flow = Flow::read(DEFINITION, &BTreeSet::from([("B", "D")]));
        assert!(arrows(&flow).contains(&("B", "D", true)));
    }

    #[test]
    fn what_is_no_definition_has_no_states() {
        for text in ["", "[]", "{}", r#"{"StartAt": "A"}"#, r#"{"StartAt": "A", "States": {"A": 1}}"#] {
            assert!(Flow::read(text, &BTreeSet::new()).states.len() <= 1, "{text}");
        }
    }
}
