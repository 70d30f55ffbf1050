//! `Retry` and `Catch` (Amazon States Language specification, "Errors";
//! Step Functions guide, "Handling errors in workflows").

use std::time::Duration;

use crate::failure::matches;
use crate::path::Path;

/// One entry of `Retry`.
#[derive(Debug, Clone, PartialEq)]
pub struct Retrier {
    /// The errors it is for.
    pub error_equals: Vec<String>,
    /// Seconds before the first retry.
    pub interval_seconds: u64,
    /// How many retries; 0 means never.
    pub max_attempts: u64,
    /// The factor from one interval to the next, 1 or more.
    pub backoff_rate: f64,
    /// The longest interval.
    pub max_delay_seconds: Option<u64>,
    /// Whether the interval is drawn at random between 0 and itself (`JitterStrategy` `FULL`).
    pub full_jitter: bool,
}

/// One entry of `Catch`.
#[derive(Debug, Clone, PartialEq)]
pub struct Catcher {
    /// The errors it is for.
    pub error_equals: Vec<String>,
    /// Where `{"Error", "Cause"}` goes in the state's input; nowhere where it is `None`.
    pub result_path: Option<Path>,
    /// The state to go on with.
    pub next: String,
}

impl Retrier {
    /// The wait before retry number `attempt` (from 1), with `random` in `0.0..1.0`.
    pub fn delay(&self, attempt: u64, random: f64) -> Duration {
        let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        let most = self.max_delay_seconds.unwrap_or(MAX_INTERVAL_SECONDS) as f64;
        let interval = (self.interval_seconds as f64 * self.backoff_rate.powi(exponent)).min(most);
        Duration::from_secs_f64(if self.full_jitter { interval * random } else { interval })
    }
}

/// An interval grows no further than this; the guide's highest `MaxDelaySeconds` is under a year.
pub const MAX_INTERVAL_SECONDS: u64 = 31_622_400;

/// How often each retrier of a state was used since the state was entered.
#[derive(Debug, Clone)]
pub struct Retries<'a> {
    retriers: &'a [Retrier],
    used: Vec<u64>,
}

impl<'a> Retries<'a> {
    /// None used yet.
    pub fn new(retriers: &'a [Retrier]) -> Self {
        Self { retriers, used: vec![0; retriers.len()] }
    }

    /// The wait before the next attempt, or `None` where the error is not retried (any more).
    ///
    /// The first retrier that matches decides; one that is used up is not followed by the next.
    pub fn next_delay(&mut self, error: &str, random: f64) -> Option<Duration> {
        let position = self.retriers.iter().position(|retrier| equals(&retrier.error_equals, error))?;
        let (retrier, used) = (&self.retriers[position], &mut self.used[position]);
        if *used >= retrier.max_attempts {
            return None;
        }
        *used += 1;
        Some(retrier.delay(*used, random))
    }

    /// `$$.State.RetryCount`: the retries so far.
    pub fn count(&self) -> u64 {
        self.used.iter().sum()
    }
}

/// The first catcher that matches the error.
pub fn catcher<'a>(catchers: &'a [Catcher], error: &str) -> Option<&'a Catcher> {
    catchers.iter().find(|catcher| equals(&catcher.error_equals, error))
}

fn equals(error_equals: &[String], error: &str) -> bool {
    error_equals.iter().any(|pattern| matches(pattern, error))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn retrier(errors: &[&str], max_attempts: u64) -> Retrier {
        Retrier {
            error_equals: errors.iter().map(|&error| error.into()).collect(),
            interval_seconds: 3,
            max_attempts,
            backoff_rate: 2.0,
            max_delay_seconds: None,
            full_jitter: false,
        }
    }

    fn seconds(delay: Option<Duration>) -> Option<f64> {
        delay.map(|delay| delay.as_secs_f64())
    }

    /// Step Functions guide, "Handling errors in workflows", "Retry examples": 3, 6, 12 seconds;
    /// with MaxDelaySeconds the interval stops growing; with FULL it lies between 0 and itself.
    #[test]
    fn intervals_grow_by_the_backoff_rate_up_to_the_longest() {
        let plain = retrier(&["E"], 9);
        assert_eq!([1, 2, 3].map(|n| plain.delay(n, 0.9).as_secs()), [3, 6, 12]);
        let capped = Retrier { max_delay_seconds: Some(5), ..plain.clone() };
        assert_eq!([1, 2, 3].map(|n| capped.delay(n, 0.9).as_secs()), [3, 5, 5]);
        let jittered = Retrier { full_jitter: true, ..plain.clone() };
        assert_eq!([0.0, 0.5, 1.0].map(|random| jittered.delay(2, random).as_secs()), [0, 3, 6]);
        assert!(plain.delay(u64::MAX, 0.0).as_secs() <= MAX_INTERVAL_SECONDS);
    }

    /// Same page, "Complex retry scenarios": each retrier counts for itself, and one that is
    /// used up leaves the error to Catch.
    #[test]
    fn each_retrier_counts_its_own_attempts() {
        let retriers = [retrier(&["A", "B"], 2), retrier(&["C"], 1), retrier(&["States.ALL"], 1)];
        let mut retries = Retries::new(&retriers);
        let got: Vec<_> = ["A", "B", "C", "B"].map(|error| seconds(retries.next_delay(error, 0.0))).into();
        assert_eq!(got, [Some(3.0), Some(6.0), Some(3.0), None]);
        assert_eq!(retries.count(), 3);
    }

    /// Same page, "Error names"; LocalStack's AWS-validated snapshots, row 2 of what AWS was recorded doing:
    /// `States.ALL` catches `States.DataLimitExceeded`.
    #[test]
    fn error_names_match_as_on_aws() {
        let cases = [
            ("States.ALL", "Throttled", true),
            ("States.ALL", "States.Timeout", true),
            ("States.ALL", "States.ExceedToleratedFailureThreshold", true),
            ("States.ALL", "States.DataLimitExceeded", true),
            ("States.ALL", "States.Runtime", false),
            ("States.Runtime", "States.Runtime", false),
            ("States.DataLimitExceeded", "States.DataLimitExceeded", true),
            ("States.TaskFailed", "Throttled", true),
            ("States.TaskFailed", "States.Timeout", false),
            ("States.TaskFailed", "States.Runtime", false),
            ("States.Timeout", "States.Timeout", true),
            ("throttled", "Throttled", false),
        ];
        for (pattern, error, expected) in cases {
            assert_eq!(matches(pattern, error), expected, "{pattern} {error}");
        }
    }
}
