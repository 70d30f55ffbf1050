//! The client tokens of RedriveExecution (API reference, `clientToken`): the last ten that redrove an
//! execution give the same answer again, for fifteen minutes. They end with the process.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

const KEPT: usize = 10;
const VALID: SignedDuration = SignedDuration::from_mins(15);

/// Accepted tokens with the date of their redrive, by the execution's ARN.
#[derive(Debug, Default)]
pub(crate) struct ClientTokens(HashMap<String, VecDeque<(String, Timestamp)>>);

impl ClientTokens {
    /// What was answered to a request with this token.
    pub(crate) fn answered(&self, arn: &str, token: &str, now: Timestamp) -> Option<Timestamp> {
        let accepted = self.0.get(arn)?.iter().find(|(accepted, _)| accepted == token);
        accepted.map(|(_, date)| *date).filter(|date| now.duration_since(*date) <= VALID)
    }

    /// A request with this token has redriven the execution.
    pub(crate) fn accept(&mut self, arn: &str, token: &str, date: Timestamp) {
        let tokens = self.0.entry(arn.into()).or_default();
        tokens.push_back((token.into(), date));
        if tokens.len() > KEPT {
            tokens.pop_front();
        }
    }
}
