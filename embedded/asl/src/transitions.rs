//! The transitions of a definition: each leads to a state, and each state is led to.

use std::collections::BTreeSet;

use crate::definition::{After, Graph, State, StateKind};
use crate::load_error::LoadError;
use crate::retry::Catcher;

/// Refuses a missing `StartAt` or target, and a state that nothing leads to.
pub(crate) fn check(graph: &Graph, start_place: &str, states_place: &str) -> Result<(), LoadError> {
    if !graph.states.contains_key(&graph.start_at) {
        return Err(LoadError::new(start_place, format!("there is no state '{}'", graph.start_at)));
    }
    for (name, state) in &graph.states {
        if let Some(target) = targets(state).into_iter().find(|target| !graph.states.contains_key(*target)) {
            return Err(LoadError::new(
                &format!("{states_place}.{name}"),
                format!("there is no state '{target}'"),
            ));
        }
    }
    let reached = reached(graph);
    match graph.states.keys().find(|name| !reached.contains(name.as_str())) {
        Some(name) => Err(LoadError::new(&format!("{states_place}.{name}"), "no state leads to it")),
        None => Ok(()),
    }
}

fn reached(graph: &Graph) -> BTreeSet<&str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![graph.start_at.as_str()];
    while let Some(name) = open.pop() {
        if reached.insert(name) {
            open.extend(graph.states.get(name).into_iter().flat_map(targets));
        }
    }
    reached
}

fn targets(state: &State) -> Vec<&str> {
    match &state.kind {
        StateKind::Task(task) => after(&task.outcome.after, &task.outcome.catch),
        StateKind::Map(map) => after(&map.outcome.after, &map.outcome.catch),
        StateKind::Pass(pass) => after(&pass.after, &[]),
        StateKind::Choice(choice) => {
            let rules = choice.rules.iter().map(|(_, next)| next.as_str());
            rules.chain(choice.default.as_deref()).collect()
        }
        StateKind::Wait(wait) => after(&wait.after, &[]),
        StateKind::Succeed | StateKind::Fail(_) => Vec::new(),
    }
}

fn after<'a>(after: &'a After, catch: &'a [Catcher]) -> Vec<&'a str> {
    let next = match after {
        After::Next(next) => Some(next.as_str()),
        After::End => None,
    };
    next.into_iter().chain(catch.iter().map(|catcher| catcher.next.as_str())).collect()
}
