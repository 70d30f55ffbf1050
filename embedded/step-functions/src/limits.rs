//! What may cut an execution short: a stop, and the state machine's timeout.

use std::future;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::cancel::Cancel;
use crate::ports::Clock;

/// Why an execution ended before it was through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// It was stopped, or its Map Run was.
    Stopped,
    /// It ran longer than the state machine's `TimeoutSeconds`.
    TimedOut,
}

/// The limits of one execution.
pub(crate) struct Limits {
    /// Its own stop, and that of its Map Run.
    pub stops: [Cancel; 2],
    pub deadline: Option<Timestamp>,
    pub clock: Arc<dyn Clock>,
}

impl Limits {
    /// Does the work, unless a limit comes first; then the work is dropped.
    pub(crate) async fn run<F: Future>(&self, work: F) -> Result<F::Output, Cut> {
        let [own, above] = &self.stops;
        tokio::select! {
            biased;
            () = own.cancelled() => Err(Cut::Stopped),
            () = above.cancelled() => Err(Cut::Stopped),
            () = self.overdue() => Err(Cut::TimedOut),
            output = work => Ok(output),
        }
    }

    async fn overdue(&self) {
        match self.deadline {
            Some(deadline) => self.clock.sleep(until(self.clock.now(), deadline)).await,
            None => future::pending().await,
        }
    }
}

fn until(now: Timestamp, deadline: Timestamp) -> Duration {
    Duration::try_from(deadline.duration_since(now)).unwrap_or_default()
}
