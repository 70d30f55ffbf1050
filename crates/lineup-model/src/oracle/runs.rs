//! How many messages each run of an execution sends. A run is a start, a redrive or a re-run, up to its end.

use embedded_aws::step_functions::record::HistoryEvent;
use embedded_aws::step_functions::{Engine, ExecutionFilter, Page};

use crate::observations::{InvocationEnd, Subject};
use crate::simulation::Simulation;

/// The states that send a message.
const NOTIFY: [&str; 2] = ["NotifySuccess", "NotifyFailure"];
/// The states that run children, and write a manifest before.
const MAPS: [&str; 2] = ["Survey", "LoadChunks"];
/// The states after the message of a run that fails. A run that begins in one has sent its message already.
const AFTER_MESSAGE: [&str; 3] = ["Redrivable", "ImportFailed", "AwaitRedrive"];

/// Checks the messages of every run of every execution. All of them have ended.
pub fn messages_of_runs(simulation: &Simulation, engine: &Engine) {
    let page = Page { max_results: 1000, next_token: None };
    let executions = engine.list_executions(&ExecutionFilter::default(), &page).unwrap().items;
    for execution in executions {
        let events =
            engine.history(&execution.execution_arn, &Page { max_results: 1000, next_token: None }, false);
        let events = events.unwrap().items;
        for (number, run) in (0..).zip(runs(&events)) {
            check(simulation, &execution.execution_arn, number, &run);
        }
    }
}

/// A run, read from the execution's history.
#[derive(Debug, Default)]
struct Run {
    /// The state in which the run before it stopped, and this one continues; `None` for the first run.
    begins_in: Option<String>,
    /// The states that it entered, in order.
    entered: Vec<String>,
    end: End,
    /// The error with which it failed.
    error: String,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It was killed or stopped.
    #[default]
    Stopped,
    Succeeded,
    Failed,
}

fn runs(events: &[HistoryEvent]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for event in events {
        match event.event_type.as_str() {
            "ExecutionStarted" => runs.push(Run::default()),
            "ExecutionRedriven" => {
                let begins_in = Some(runs.last().unwrap().last_state().to_owned());
                runs.push(Run { begins_in, ..Run::default() });
            }
            "ExecutionSucceeded" => runs.last_mut().unwrap().end = End::Succeeded,
            "ExecutionFailed" => {
                let run = runs.last_mut().unwrap();
                run.end = End::Failed;
                let error = event.details["executionFailedEventDetails"]["error"].as_str();
                run.error = error.unwrap_or_default().to_owned();
            }
            entered if entered.ends_with("StateEntered") => {
                let name = event.details["stateEnteredEventDetails"]["name"].as_str().unwrap();
                runs.last_mut().unwrap().entered.push(name.to_owned());
            }
            _ => {}
        }
    }
    runs
}

impl Run {
    fn last_state(&self) -> &str {
        self.entered.last().or(self.begins_in.as_ref()).map_or("", String::as_str)
    }

    /// Whether Step Functions could not write the test manifest of a Map. Nothing catches that, so that there is no
    /// message (docs/semantics.md, "What the engine shows of AWS").
    fn map_failed(&self) -> bool {
        self.error == "States.Runtime" && MAPS.contains(&self.last_state())
    }

    fn begins_in(&self, states: &[&str]) -> bool {
        self.begins_in.as_deref().is_some_and(|state| states.contains(&state))
    }

    /// The state in which it begins, and the states that it entered.
    fn path(&self) -> Vec<&str> {
        self.begins_in.iter().chain(&self.entered).map(String::as_str).collect()
    }

    /// Whether `AwaitRedrive` listed the missing chunks, and the run continued with them.
    fn went_on(&self) -> bool {
        self.path().windows(2).any(|states| states == ["AwaitRedrive", "Missing"])
    }

    /// Whether it sent a message, and continued: the message would say that it is to be redriven while it runs.
    fn goes_on_after_its_message(&self) -> bool {
        self.went_on() && !self.begins_in(&AFTER_MESSAGE)
    }

    /// The messages that it must send: one, or none. `None` if the definition does not let it end in this way.
    fn promised(&self) -> Option<usize> {
        if self.goes_on_after_its_message() {
            return None;
        }
        let sent_before = self.begins_in(&AFTER_MESSAGE) && !self.went_on();
        match self.last_state() {
            "AlreadyImported" => Some(0),
            // The message itself failed.
            state if NOTIFY.contains(&state) => Some(0),
            _ if self.map_failed() => Some(0),
            "Imported" => Some(1),
            "ImportFailed" | "AwaitRedrive" => Some(usize::from(!sent_before)),
            _ => None,
        }
    }
}

fn check(simulation: &Simulation, execution: &str, number: u32, run: &Run) {
    let notifications = simulation.observe(|seen| seen.notifications().to_vec());
    let sent: Vec<_> = notifications
        .into_iter()
        .filter(|notification| notification.execution == execution)
        .filter(|notification| notification.run == number && notification.end == InvocationEnd::Returned)
        .collect();
    let about = || format!("{} messages of run {number} of {execution}: {run:?}", sent.len());
    if run.end == End::Stopped {
        // A stopped run sends at most one message for each state that sends one.
        let asked_for = run.path().iter().filter(|state| NOTIFY.contains(state)).count();
        return simulation.check(sent.len() <= asked_for, about);
    }
    simulation.check(run.promised() == Some(sent.len()), about);
    let all = Some(Subject::Summary { loaded: simulation.expected.numbers() });
    if let (Some(last), false) = (sent.last(), NOTIFY.contains(&run.last_state())) {
        let success = (last.about == all, run.end == End::Succeeded);
        simulation
            .check(success.0 == success.1, || format!("it tells of {:?} and ends so: {run:?}", last.about));
    }
}
