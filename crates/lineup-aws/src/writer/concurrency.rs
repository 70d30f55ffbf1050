//! How many requests to have in flight: more while requests succeed, half as many
//! when the service throttles. It works as TCP's congestion control: slow start until the
//! first throttling, then additive increase, multiplicative decrease (RFC 5681, section 3.1).

/// A limit on the requests in flight that adapts to throttling.
#[derive(Debug, Clone)]
pub(super) struct ConcurrencyLimit {
    min: f64,
    max: f64,
    limit: f64,
    /// Counts the decreases.
    era: u64,
}

/// The number of decreases before a request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket(u64);

impl ConcurrencyLimit {
    /// A limit from `min` to `max` requests, both at least 1, that begins with `start`.
    pub(super) fn new(min: usize, max: usize, start: usize) -> Self {
        let min = min.max(1);
        let max = max.max(min);
        Self { min: min as f64, max: max as f64, limit: start.clamp(min, max) as f64, era: 0 }
    }

    /// How many requests may be in flight now.
    pub(super) fn limit(&self) -> usize {
        self.limit as usize
    }

    /// Taken for each request when it is sent.
    pub(super) fn ticket(&self) -> Ticket {
        Ticket(self.era)
    }

    /// A request was not throttled. As many of these as the limit double it until the first
    /// throttling, and add one to it afterwards. Returns the new limit.
    pub(super) fn on_success(&mut self) -> usize {
        let more = if self.era == 0 { 1.0 } else { 1.0 / self.limit };
        self.limit = (self.limit + more).min(self.max);
        self.limit()
    }

    /// A request was throttled: halves the limit, but only once for all requests
    /// that were in flight together, because they have one cause.
    /// Returns the new limit.
    pub(super) fn on_throttle(&mut self, ticket: Ticket) -> usize {
        if ticket == self.ticket() {
            self.limit = (self.limit / 2.0).max(self.min);
            self.era += 1;
        }
        self.limit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The limit after this many successes.
    fn after(limit: &mut ConcurrencyLimit, successes: usize) -> usize {
        (0..successes).for_each(|_| {
            limit.on_success();
        });
        limit.limit()
    }

    #[test]
    fn a_round_of_successes_doubles_it_until_the_first_throttling_and_adds_one_afterwards() {
        let mut limit = ConcurrencyLimit::new(1, 64, 8);
        assert_eq!(after(&mut limit, 8), 16);
        let ticket = limit.ticket();
        assert_eq!(limit.on_throttle(ticket), 8);
        assert_eq!(after(&mut limit, 9), 9);
    }

    #[test]
    fn requests_that_were_in_flight_together_halve_it_once() {
        let mut limit = ConcurrencyLimit::new(1, 64, 32);
        let tickets = [limit.ticket(); 32];
        for ticket in tickets {
            assert_eq!(limit.on_throttle(ticket), 16);
        }
        let later = limit.ticket();
        assert_eq!(limit.on_throttle(later), 8);
    }

    #[test]
    fn limits_that_make_no_sense_are_mended() {
        assert_eq!(ConcurrencyLimit::new(0, 0, 0).limit(), 1);
        assert_eq!(ConcurrencyLimit::new(8, 4, 100).limit(), 8);
    }

    proptest! {
        #[test]
        fn it_stays_between_its_bounds(steps in proptest::collection::vec(any::<bool>(), 0..200)) {
            let mut limit = ConcurrencyLimit::new(2, 10, 4);
            for throttled in steps {
                let ticket = limit.ticket();
                let now = if throttled { limit.on_throttle(ticket) } else { limit.on_success() };
                prop_assert!((2..=10).contains(&now));
            }
        }
    }
}
