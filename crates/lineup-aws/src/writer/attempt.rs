//! The attempts at writing one batch: their cost, and whether to try again.

use lineup_contracts::error::ErrorName;

use crate::error::CallFailure;

/// The result of writing some items.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Written {
    /// Whether all of them are written; if not, there was no time left.
    pub complete: bool,
    /// Write units consumed.
    pub write_units: f64,
    /// Requests throttled, and items left unprocessed.
    pub throttles: u64,
}

impl Written {
    /// What was written when there was nothing to write: all of it.
    pub const NOTHING: Self = Self { complete: true, write_units: 0.0, throttles: 0 };

    /// Adds another result. The sum is complete if both are.
    pub fn add(&mut self, other: Self) {
        self.complete &= other.complete;
        self.write_units += other.write_units;
        self.throttles += other.throttles;
    }
}

/// How often in a row a service may fail or not answer. After that the function fails,
/// and the state machine retries it with longer waits.
const FAILURES: u32 = 8;

/// The attempts so far.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    /// Attempts since the last one that wrote something.
    idle: u32,
    /// Attempts in a row that had no answer.
    failures: u32,
    write_units: f64,
    throttles: u64,
}

impl Attempts {
    /// An answer: of `sent` items, `unprocessed` were not written.
    pub(super) fn answered(&mut self, sent: usize, unprocessed: usize, write_units: f64) {
        self.write_units += write_units;
        self.throttles += unprocessed as u64;
        self.failures = 0;
        self.idle = if unprocessed < sent { 1 } else { self.idle + 1 };
    }

    /// A failure: perhaps no item was written. Returns the failure if there is to be no other attempt.
    pub(super) fn failed(&mut self, failure: CallFailure) -> Result<(), CallFailure> {
        self.idle += 1;
        match failure.name {
            ErrorName::Throttled => {
                self.throttles += 1;
                self.failures = 0;
                Ok(())
            }
            ErrorName::Unavailable if self.failures + 1 < FAILURES => {
                self.failures += 1;
                Ok(())
            }
            _ => Err(failure),
        }
    }

    /// The number of the next retry, from 0.
    pub(super) fn retry(&self) -> u32 {
        self.idle.saturating_sub(1)
    }

    pub(super) fn written(&self, complete: bool) -> Written {
        Written { complete, write_units: self.write_units, throttles: self.throttles }
    }
}
