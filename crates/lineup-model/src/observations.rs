//! Observations of the functions and their messages. Nothing here judges it: the oracle does.

use std::collections::{BTreeMap, BTreeSet};

use crate::message::SentMessage;

/// The required subject of an execution's message: how the function before it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// `summarize` returned a summary. These chunks had results then.
    Summary {
        /// Their numbers.
        loaded: BTreeSet<u32>,
    },
    /// A function failed.
    Error {
        /// Its name.
        function: String,
        /// The name of its error, as the state machine gets it.
        error: String,
    },
}

/// An invocation of `notify`.
#[derive(Debug, Clone)]
pub struct Notification {
    /// The execution that invoked it.
    pub execution: String,
    /// How often that execution had been redriven.
    pub run: u32,
    /// The required subject of its message; `None` if no function ended before it.
    pub about: Option<Subject>,
    /// The messages that it published, in order.
    pub publications: Vec<Publication>,
    /// How it ended for the state machine.
    pub end: InvocationEnd,
}

/// A message that reached the topic.
#[derive(Debug, Clone)]
pub struct Publication {
    /// The message.
    pub message: SentMessage,
    /// What happened to the answer.
    pub answer: PublishAnswer,
}

/// What happened to the answer to a publish request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishAnswer {
    /// The function received it.
    Received,
    /// An injected fault removed it, so the function may publish again.
    Lost,
    /// It has not arrived yet. If the function ends before, it never does.
    Pending,
}

/// How an invocation ended for the state machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvocationEnd {
    /// It returned its output.
    Returned,
    /// It failed, or was killed, or Lambda did not run it.
    Failed,
    /// It ended, but Lambda lost its answer.
    AnswerLost,
    /// The state machine was killed, or stopped waiting, before the invocation ended.
    Abandoned,
}

/// All observations.
#[derive(Debug, Default)]
pub struct Observations {
    redrives: BTreeMap<String, u32>,
    subjects: BTreeMap<String, Subject>,
    notifications: Vec<Notification>,
}

impl Observations {
    /// Records a redrive of the execution.
    pub fn redriven(&mut self, execution: &str) {
        *self.redrives.entry(execution.to_owned()).or_default() += 1;
    }

    /// Records how a function before the message ended.
    pub fn ended(&mut self, execution: &str, subject: Subject) {
        self.subjects.insert(execution.to_owned(), subject);
    }

    /// Records an invocation of `notify`. Returns its number.
    pub fn notified(&mut self, execution: &str) -> usize {
        self.notifications.push(Notification {
            execution: execution.to_owned(),
            run: self.redrives.get(execution).copied().unwrap_or(0),
            about: self.subjects.get(execution).cloned(),
            publications: Vec::new(),
            end: InvocationEnd::Abandoned,
        });
        self.notifications.len() - 1
    }

    /// An invocation of `notify`, by its number.
    pub fn notification(&mut self, number: usize) -> &mut Notification {
        &mut self.notifications[number]
    }

    /// Every invocation of `notify`, in order.
    pub fn notifications(&self) -> &[Notification] {
        &self.notifications
    }

    /// How the last function of the execution before its message ended.
    pub fn subject(&self, execution: &str) -> Option<&Subject> {
        self.subjects.get(execution)
    }
}
