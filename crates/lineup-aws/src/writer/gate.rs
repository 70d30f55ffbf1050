//! The gate: how many requests may be in flight, by what the table takes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lineup::concurrency::{ConcurrencyLimit, Ticket};
use tokio::sync::Notify;

/// At the start: enough for a table with some capacity, few enough for one with the least.
const START: usize = 8;
/// At most: 32 requests of 25 items at 5 ms are 160,000 items a second, more than a function encodes.
const MOST: usize = 32;

/// Counts the requests in flight.
#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug)]
struct State {
    limit: ConcurrencyLimit,
    in_flight: usize,
}

impl Default for Gate {
    fn default() -> Self {
        let limit = ConcurrencyLimit::new(1, MOST, START);
        Self { state: Mutex::new(State { limit, in_flight: 0 }), freed: Notify::new() }
    }
}

impl Gate {
    /// Waits until one more request may be in flight.
    pub(super) async fn enter(self: &Arc<Self>) -> Pass {
        loop {
            let mut freed = std::pin::pin!(self.freed.notified());
            // From here on no wake-up is lost, even before the await.
            freed.as_mut().enable();
            if let Some(pass) = self.try_enter() {
                return pass;
            }
            freed.await;
        }
    }

    fn try_enter(self: &Arc<Self>) -> Option<Pass> {
        let mut state = self.lock();
        if state.in_flight >= state.limit.limit() {
            return None;
        }
        state.in_flight += 1;
        Some(Pass { ticket: state.limit.ticket(), gate: Arc::clone(self) })
    }

    /// A panic while it is held cannot leave the counts half changed.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to have one request in flight, until it is dropped.
#[derive(Debug)]
pub(super) struct Pass {
    gate: Arc<Gate>,
    ticket: Ticket,
}

impl Pass {
    pub(super) fn succeeded(&self) {
        self.gate.lock().limit.on_success();
    }

    pub(super) fn throttled(&self) {
        self.gate.lock().limit.on_throttle(self.ticket);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.gate.lock().in_flight -= 1;
        self.gate.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throttling_halves_what_is_let_through_and_a_dropped_pass_makes_room() {
        let gate = Arc::new(Gate::default());
        let passes: Vec<_> = std::iter::from_fn(|| gate.try_enter()).collect();
        assert_eq!(passes.len(), START);
        passes.iter().for_each(Pass::throttled);
        drop(passes);
        let passes: Vec<_> = std::iter::from_fn(|| gate.try_enter()).collect();
        assert_eq!(passes.len(), START / 2);
    }
}
