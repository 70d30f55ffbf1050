//! The gate: how many requests may be in flight, by what the table takes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lineup::concurrency::{ConcurrencyLimit, Ticket};
use tokio::sync::Notify;

/// At the start: enough for a table with some capacity, few enough for one with the least.
const START: usize = 8;
/// At most: 64 requests of 25 items at 8 ms are 200,000 items a second, as many as one processor encodes.
const MOST: usize = 64;

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

impl State {
    fn has_room(&self) -> bool {
        self.in_flight < self.limit.limit()
    }
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
            if let Some(pass) = self.try_enter() {
                // A wake-up is for one; when the limit has grown there is room for the next one too.
                if self.lock().has_room() {
                    self.freed.notify_one();
                }
                return pass;
            }
            // One that comes before this is kept.
            self.freed.notified().await;
        }
    }

    fn try_enter(self: &Arc<Self>) -> Option<Pass> {
        let mut state = self.lock();
        if !state.has_room() {
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
        self.gate.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

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

    /// Every one that waits comes through, one wake-up each, and as many at a time as may.
    #[tokio::test]
    async fn whoever_waits_comes_through() {
        let gate = Arc::new(Gate::default());
        let most = Arc::new(AtomicUsize::new(0));
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..200 {
            let (gate, most) = (Arc::clone(&gate), Arc::clone(&most));
            waiting.spawn(async move {
                let pass = gate.enter().await;
                most.fetch_max(gate.lock().in_flight, Ordering::Relaxed);
                tokio::task::yield_now().await;
                pass.succeeded();
            });
        }
        waiting.join_all().await;
        assert_eq!(gate.lock().in_flight, 0);
        assert!((START..=MOST).contains(&most.load(Ordering::Relaxed)));
    }
}
