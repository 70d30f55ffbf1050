//! What was seen of the functions and of their messages. Nothing here judges it: the oracle does.

use std::collections::{BTreeMap, BTreeSet};

use crate::message::Message;

/// What the message of an execution must be about: how the function before it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// `summarize` gave a summary, when these chunks had results.
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
    /// What its message must be about; `None` if no function came before it.
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
    pub message: Message,
    /// What became of the answer.
    pub answer: PublishAnswer,
}

/// What became of the answer to a publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishAnswer {
    /// The function has it.
    Received,
    /// An injected fault took it, so that the function may publish again.
    Lost,
    /// It has not come yet; it never does if the function ends before.
    Pending,
}

/// How an invocation ended for the state machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvocationEnd {
    /// It gave its output.
    Returned,
    /// It failed, by itself or killed, or Lambda did not run it.
    Failed,
    /// It came to its end, but Lambda lost its answer.
    AnswerLost,
    /// The state machine was killed, or waited no longer, before it ended.
    Abandoned,
}

/// All that was seen.
#[derive(Debug, Default)]
pub struct Observations {
    redrives: BTreeMap<String, u32>,
    subjects: BTreeMap<String, Subject>,
    notifications: Vec<Notification>,
}

impl Observations {
    /// The execution was redriven.
    pub fn redriven(&mut self, execution: &str) {
        *self.redrives.entry(execution.to_owned()).or_default() += 1;
    }

    /// A function before the message ended.
    pub fn ended(&mut self, execution: &str, subject: Subject) {
        self.subjects.insert(execution.to_owned(), subject);
    }

    /// `notify` is invoked; gives the invocation's number.
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
