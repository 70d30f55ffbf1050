//! The limit on requests in flight, which adapts to the rate that the table takes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::writer::concurrency::{ConcurrencyLimit, Ticket};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The first limit: enough for a table with some capacity, not too much for one with the least.
const START: usize = 8;
/// The highest limit: 128 requests of 25 items at 10 ms are 320,000 items a second, about as many as one
/// processor encodes.
const MOST: usize = 128;

/// Lets requests start in the order in which they came. None waits for a later one.
#[derive(Debug)]
pub(super) struct InFlightLimit {
    permits: Arc<Semaphore>,
    state: Mutex<LimitState>,
}

#[derive(Debug)]
struct LimitState {
    limit: ConcurrencyLimit,
    /// Permits, held or free. They exceed the limit only while too many are held.
    permits: usize,
}

impl Default for InFlightLimit {
    fn default() -> Self {
        let limit = ConcurrencyLimit::new(1, MOST, START);
        let state = Mutex::new(LimitState { limit, permits: START });
        Self { permits: Arc::new(Semaphore::new(START)), state }
    }
}

impl InFlightLimit {
    /// Waits until one more request may be in flight.
    pub(super) async fn enter(self: &Arc<Self>) -> Permit {
        // An error means that the semaphore is closed, which never happens.
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
        Permit { permit, ticket: self.lock().limit.ticket(), gate: Arc::clone(self) }
    }

    fn succeeded(&self) {
        let mut state = self.lock();
        let more = state.limit.on_success().saturating_sub(state.permits);
        state.permits += more;
        self.permits.add_permits(more);
    }

    fn throttled(&self, ticket: Ticket) {
        let mut state = self.lock();
        let fewer = state.permits.saturating_sub(state.limit.on_throttle(ticket));
        // Only free permits can be removed now. Held ones are removed when they are released.
        state.permits -= self.permits.forget_permits(fewer);
    }

    fn leave(&self, permit: OwnedSemaphorePermit) {
        let mut state = self.lock();
        if state.permits > state.limit.limit() {
            state.permits -= 1;
            permit.forget();
        }
    }

    /// A panic while it is held cannot leave the counts half changed, so a poisoned lock is used.
    fn lock(&self) -> MutexGuard<'_, LimitState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to have one request in flight, until it is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    gate: Arc<InFlightLimit>,
    permit: Option<OwnedSemaphorePermit>,
    ticket: Ticket,
}

impl Permit {
    pub(super) fn succeeded(&self) {
        self.gate.succeeded();
    }

    pub(super) fn throttled(&self) {
        self.gate.throttled(self.ticket);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.gate.leave(permit);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::FutureExt;
    use tokio::task::{JoinSet, yield_now};

    use super::*;

    /// As many permits as can be had at once.
    fn passes(gate: &Arc<InFlightLimit>) -> Vec<Permit> {
        std::iter::from_fn(|| gate.enter().now_or_never()).collect()
    }

    #[test]
    fn throttling_halves_what_is_let_through_and_a_dropped_pass_makes_room() {
        let gate = Arc::new(InFlightLimit::default());
        let held = passes(&gate);
        assert_eq!(held.len(), START);
        held.iter().for_each(Permit::throttled);
        assert_eq!(passes(&gate).len(), 0);
        drop(held);
        assert_eq!(passes(&gate).len(), START / 2);
    }

    #[test]
    fn throttling_takes_back_what_nobody_holds_too() {
        let gate = Arc::new(InFlightLimit::default());
        let one = gate.enter().now_or_never();
        one.iter().for_each(Permit::throttled);
        assert_eq!(passes(&gate).len(), START / 2 - 1);
        drop(one);
        assert_eq!(passes(&gate).len(), START / 2);
    }

    #[test]
    fn success_lets_more_through_up_to_the_most() {
        let gate = Arc::new(InFlightLimit::default());
        for _ in 0..MOST {
            gate.enter().now_or_never().iter().for_each(Permit::succeeded);
        }
        assert_eq!(passes(&gate).len(), MOST);
    }

    /// A regression: requests that came while another was being woken overtook it, again and again. A few
    /// still run before it does.
    #[tokio::test]
    async fn whoever_waits_comes_through_in_turn() {
        let (gate, order) = (Arc::new(InFlightLimit::default()), Arc::new(Mutex::new(Vec::new())));
        let mut waiting = JoinSet::new();
        for number in 0..200 {
            let (gate, order) = (Arc::clone(&gate), Arc::clone(&order));
            waiting.spawn(async move {
                let pass = gate.enter().await;
                order.lock().unwrap_or_else(PoisonError::into_inner).push(number);
                yield_now().await;
                pass.succeeded();
            });
            if number % 10 == 0 {
                yield_now().await;
            }
        }
        waiting.join_all().await;
        let order = order.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(order.len(), 200);
        for (turn, number) in order.iter().enumerate() {
            assert!(turn.abs_diff(*number) <= 2 * START, "{number} was let through as number {turn}");
        }
    }
}
