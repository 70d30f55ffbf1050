//! How long to wait, without I/O and without a clock.

use jiff::Timestamp;

/// The longest wait, in seconds.
const LONGEST: u64 = 600;

/// How long to wait for another execution, in seconds: twice as long as the time before, and 10 minutes at most.
pub(crate) fn next_wait(first: u64, waited: Option<u64>) -> u64 {
    waited.map_or(first, |seconds| seconds.saturating_mul(2)).clamp(1, LONGEST)
}

/// How long to wait until a moment, in seconds.
pub(crate) fn wait_until(now: Timestamp, until: Timestamp) -> u64 {
    u64::try_from(until.duration_since(now).as_secs()).unwrap_or(0).saturating_add(1).min(LONGEST)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_wait_doubles_up_to_ten_minutes() {
        let mut waits = vec![next_wait(15, None)];
        for _ in 0..7 {
            waits.push(next_wait(15, waits.last().copied()));
        }
        assert_eq!(waits, [15, 30, 60, 120, 240, 480, 600, 600]);
    }

    #[test]
    fn a_moment_is_waited_for_in_steps_of_ten_minutes() {
        let now: Timestamp = "2025-07-01T12:00:00Z".parse().unwrap();
        let until: Timestamp = "2025-07-01T12:16:00Z".parse().unwrap();
        let later: Timestamp = "2025-07-01T12:10:00Z".parse().unwrap();
        assert_eq!((wait_until(now, until), wait_until(later, until), wait_until(until, now)), (600, 361, 1));
    }
}
