//! The attempts at writing one batch: what they cost, and whether to go on.

use lineup_contracts::error::ErrorName;

use crate::error::CallFailure;

/// What came of writing some items.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Written {
    /// Whether all of them are written; otherwise the time was up.
    pub complete: bool,
    /// Write units consumed.
    pub write_units: f64,
    /// Requests throttled, and items left unprocessed.
    pub throttles: u64,
}

impl Written {
    /// Counts what came of writing some more; it is complete if both are.
    pub fn add(&mut self, other: Self) {
        self.complete &= other.complete;
        self.write_units += other.write_units;
        self.throttles += other.throttles;
    }
}

/// How often in a row a service may fail or stay silent. A function that gave
/// up is run again by the state machine, with longer waits between.
const FAILURES: u32 = 8;

/// What happened so far.
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
    /// Of `sent` items, `unprocessed` are left.
    pub(super) fn answered(&mut self, sent: usize, unprocessed: usize, write_units: f64) {
        self.write_units += write_units;
        self.throttles += unprocessed as u64;
        self.failures = 0;
        self.idle = if unprocessed < sent { 1 } else { self.idle + 1 };
    }

    /// No item is written, as far as we know; gives the failure back if it is one to end with.
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

    /// The number of the retry that comes next, from 0.
    pub(super) fn retry(&self) -> u32 {
        self.idle.saturating_sub(1)
    }

    pub(super) fn written(&self, complete: bool) -> Written {
        Written { complete, write_units: self.write_units, throttles: self.throttles }
    }
}
