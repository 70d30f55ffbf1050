//! The way that an execution took: what happened, as visits of states.

use jiff::Timestamp;

/// What happened in an execution, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: ExecutionEventKind,
}

/// What happens in an execution, as far as the pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExecutionEventKind {
    /// A state was entered with this input, JSON.
    Entered {
        /// Its name.
        state: String,
        /// JSON.
        input: String,
    },
    /// Its task or Map Run began: once more for each retry and redrive.
    Attempted,
    /// Its task or Map Run succeeded.
    Done,
    /// Its task or Map Run failed, or the execution itself did.
    Failed {
        /// The error's name.
        error: String,
        /// Readable text.
        cause: String,
    },
    /// A state was left with this output, JSON.
    Exited {
        /// Its name.
        state: String,
        /// JSON.
        output: String,
    },
}

/// How a state was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisitEnd {
    /// By its next state.
    Passed,
    /// By one that catches its error.
    Caught,
    /// Not: it failed, and the execution with it.
    Failed,
    /// Not yet.
    Running,
}

impl VisitEnd {
    /// In words.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Caught => "error caught",
            Self::Failed => "failed",
            Self::Running => "running",
        }
    }

    /// The class of its colour.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Passed => "good",
            Self::Caught => "mixed",
            Self::Failed => "bad",
            Self::Running => "running",
        }
    }
}

/// A visit of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateVisit {
    /// The state's name.
    pub state: String,
    /// When it was entered.
    pub entered: Timestamp,
    /// When it was left, or when it failed.
    pub left: Option<Timestamp>,
    /// JSON.
    pub input: String,
    /// JSON; none if it was not left.
    pub output: Option<String>,
    /// How often its task or Map Run began.
    pub attempts: u32,
    /// Every error with its cause, in order.
    pub errors: Vec<(String, String)>,
    /// How it was left.
    pub end: VisitEnd,
}

/// Sorts events into visits. A state that a redrive runs again is the same visit.
///
/// ```
/// use lineup_web::{ExecutionEvent, ExecutionEventKind, VisitEnd, visits};
///
/// let at = jiff::Timestamp::UNIX_EPOCH;
/// let (state, input) = ("Split".to_owned(), "{}".to_owned());
/// let events = [ExecutionEvent { at, what: ExecutionEventKind::Entered { state, input } }];
/// assert_eq!(visits(&events, true)[0].end, VisitEnd::Running);
/// assert_eq!(visits(&events, false)[0].end, VisitEnd::Failed);
/// ```
pub fn visits(events: &[ExecutionEvent], is_running: bool) -> Vec<StateVisit> {
    let mut visits: Vec<StateVisit> = Vec::new();
    let mut is_failing = false;
    for event in events {
        if let ExecutionEventKind::Entered { state, input } = &event.what {
            is_failing = false;
            visits.push(StateVisit::begun(state, input, event.at));
            continue;
        }
        // What happens before the first state is the execution's own.
        let Some(visit) = visits.last_mut() else { continue };
        match &event.what {
            ExecutionEventKind::Entered { .. } => {}
            ExecutionEventKind::Attempted => {
                visit.attempts += 1;
                (is_failing, visit.left) = (false, None);
            }
            ExecutionEventKind::Done => is_failing = false,
            ExecutionEventKind::Failed { error, cause } => {
                is_failing = true;
                visit.fail(error, cause, event.at);
            }
            ExecutionEventKind::Exited { output, .. } => {
                visit.output = Some(output.clone());
                visit.left = Some(event.at);
                visit.end = if is_failing { VisitEnd::Caught } else { VisitEnd::Passed };
            }
        }
    }
    if let Some(last) = visits.last_mut().filter(|last| last.output.is_none() && !is_running) {
        last.end = VisitEnd::Failed;
    }
    visits
}

impl StateVisit {
    fn begun(state: &str, input: &str, at: Timestamp) -> Self {
        Self {
            state: state.to_owned(),
            entered: at,
            left: None,
            input: input.to_owned(),
            output: None,
            attempts: 0,
            errors: Vec::new(),
            end: VisitEnd::Running,
        }
    }

    /// The execution fails with the error of its last state, which is said once.
    fn fail(&mut self, error: &str, cause: &str, at: Timestamp) {
        let error = (error.to_owned(), cause.to_owned());
        if self.output.is_none() {
            self.left = Some(at);
        }
        if self.errors.last() != Some(&error) {
            self.errors.push(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(of: &[&str], is_running: bool) -> Vec<(String, VisitEnd, u32, usize)> {
        let event = |(second, text): (usize, &&str)| {
            let (what, name) = text.split_once(' ').unwrap_or((text, ""));
            let (state, json) = (name.to_owned(), "{}".to_owned());
            let what = match what {
                "enter" => ExecutionEventKind::Entered { state, input: json },
                "exit" => ExecutionEventKind::Exited { state, output: json },
                "try" => ExecutionEventKind::Attempted,
                "done" => ExecutionEventKind::Done,
                _ => ExecutionEventKind::Failed { error: state, cause: "why".to_owned() },
            };
            ExecutionEvent { at: Timestamp::from_second(second as i64).unwrap(), what }
        };
        let events: Vec<_> = of.iter().enumerate().map(event).collect();
        let visits = visits(&events, is_running).into_iter();
        visits.map(|visit| (visit.state, visit.end, visit.attempts, visit.errors.len())).collect()
    }

    #[test]
    fn each_state_says_how_it_was_left() {
        use VisitEnd::{Caught, Failed, Passed, Running};
        let retried = ["enter A", "try", "fail X", "try", "done", "exit A", "enter B"];
        assert_eq!(run(&retried, true), [("A".into(), Passed, 2, 1), ("B".into(), Running, 0, 0)]);
        let caught = ["enter A", "try", "fail X", "exit A", "enter B", "try", "fail Y", "fail Y"];
        assert_eq!(run(&caught, false), [("A".into(), Caught, 1, 1), ("B".into(), Failed, 1, 1)]);
    }

    #[test]
    fn a_redrive_goes_on_in_the_visit_that_failed() {
        let events = ["enter A", "try", "fail X", "fail X", "try", "done", "exit A", "enter B", "exit B"];
        let passed = VisitEnd::Passed;
        assert_eq!(run(&events, false), [("A".into(), passed, 2, 1), ("B".into(), passed, 0, 0)]);
    }

    #[test]
    fn a_run_that_never_began_has_no_visits() {
        assert_eq!(run(&["fail X"], false), []);
    }
}
