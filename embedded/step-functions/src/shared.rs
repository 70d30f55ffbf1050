//! What all executions of an engine share.

use std::sync::{Arc, Mutex};

use asl::definition::StateMachine;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::arn::Arns;
use crate::client_tokens::ClientTokens;
use crate::config::Config;
use crate::ended::EndedExecutions;
use crate::live::Live;
use crate::mutex::lock;
use crate::ports::{Clock, ObjectStorage, TaskRunner};
use crate::store::Store;

pub(crate) struct Shared {
    pub config: Config,
    pub arns: Arns,
    pub machine: StateMachine,
    pub runner: Arc<dyn TaskRunner>,
    pub objects: Arc<dyn ObjectStorage>,
    pub clock: Arc<dyn Clock>,
    pub store: Store,
    /// When the store was opened.
    pub opened: Timestamp,
    pub live: Live,
    /// Held while an execution is recovered, so that one task at a time does it.
    pub recovery: Mutex<()>,
    pub ended: Mutex<EndedExecutions>,
    pub redrive_tokens: Mutex<ClientTokens>,
    pub random: Mutex<fastrand::Rng>,
    pub changes: watch::Sender<u64>,
}

impl Shared {
    /// The time in whole milliseconds, which is what records and events keep.
    pub(crate) fn now(&self) -> Timestamp {
        whole_milliseconds(self.clock.now())
    }

    /// When an execution that was started or redriven at `from` has run for the state machine's timeout.
    pub(crate) fn deadline(&self, from: Timestamp) -> Option<Timestamp> {
        let seconds = i64::try_from(self.machine.timeout_seconds?).ok()?;
        from.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()
    }

    /// A number in `0.0..1.0`.
    pub(crate) fn random(&self) -> f64 {
        lock(&self.random).f64()
    }

    /// Wakes those who subscribed to changes.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|changes| *changes = changes.wrapping_add(1));
    }
}

/// Without the fraction of a millisecond.
pub(crate) fn whole_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}
