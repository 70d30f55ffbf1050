//! How long to wait before a retry.

use std::time::Duration;

/// Exponential backoff with full jitter and a cap: before retry `n` a time
/// drawn evenly from zero to `min(cap, base * 2^n)` (AWS Architecture Blog,
/// "Exponential Backoff And Jitter": full jitter needs the fewest calls).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The longest wait before the first retry.
    pub base: Duration,
    /// The longest wait before any.
    pub cap: Duration,
}

impl Backoff {
    /// For DynamoDB: at most 50 ms at first, at most 5 s later.
    pub const DYNAMODB: Self = Self { base: Duration::from_millis(50), cap: Duration::from_secs(5) };

    /// The wait before a retry; the first retry has number 0. `random` is
    /// drawn evenly from 0 to 1. Other values are clamped to that range.
    pub fn delay(self, retry: u32, random: f64) -> Duration {
        let random = if random.is_nan() { 1.0 } else { random.clamp(0.0, 1.0) };
        self.longest(retry).mul_f64(random)
    }

    /// The longest wait before that retry.
    pub fn longest(self, retry: u32) -> Duration {
        let factor = 1u32.checked_shl(retry).unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_longest_wait_doubles_up_to_the_cap() {
        let longest = |retry| Backoff::DYNAMODB.longest(retry).as_millis();
        assert_eq!([0, 1, 2, 6, 7, 40].map(longest), [50, 100, 200, 3200, 5000, 5000]);
    }

    #[test]
    fn the_wait_is_spread_evenly_from_zero_to_the_longest() {
        let delay = |random| Backoff::DYNAMODB.delay(1, random).as_millis();
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(delay), [0, 25, 50, 100]);
    }

    proptest! {
        #[test]
        fn no_argument_panics_or_waits_longer_than_the_cap(
            base in 0u64..100_000, cap in 0u64..100_000, retry in any::<u32>(), random in any::<f64>(),
        ) {
            let backoff = Backoff { base: Duration::from_millis(base), cap: Duration::from_millis(cap) };
            prop_assert!(backoff.delay(retry, random) <= backoff.cap);
        }
    }
}
