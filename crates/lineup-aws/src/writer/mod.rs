//! Writing items to a table: every item, whatever the table's mood, or an error with its name.
//!
//! [`Writer`] retries what DynamoDB throttles or leaves unprocessed until it is
//! written or the time is up; [`gate`](self) lets through as many requests as
//! the table takes. A permanent error ends it at once.

mod attempt;
mod backoff;
mod concurrency;
mod gate;
mod transport;

use std::sync::Arc;

pub use backoff::Backoff;
use lineup_contracts::error::ErrorName;
use lineup_table::Puts;
use tokio::time::{Instant, sleep_until, timeout_at};

pub use transport::{DynamoDbTransport, Transport, WriteAnswer};

use crate::error::{CallFailure, Error};
use attempt::Attempts;
pub use attempt::Written;
use gate::InFlightLimit;

/// Writes to one table. Clones share the requests in flight and what was
/// learnt about the table's rate.
#[derive(Debug)]
pub struct Writer<T> {
    table: Arc<str>,
    transport: Arc<T>,
    gate: Arc<InFlightLimit>,
    backoff: Backoff,
}

impl<T> Clone for Writer<T> {
    fn clone(&self) -> Self {
        Self {
            table: Arc::clone(&self.table),
            transport: Arc::clone(&self.transport),
            gate: Arc::clone(&self.gate),
            backoff: self.backoff,
        }
    }
}

impl<T: Transport> Writer<T> {
    /// A writer to `table`. What the table's rate is, it finds out anew.
    pub fn new(transport: Arc<T>, table: &str) -> Self {
        Self { table: table.into(), transport, gate: Arc::default(), backoff: Backoff::DYNAMODB }
    }

    /// The same with other waits before retries.
    pub fn waiting(self, backoff: Backoff) -> Self {
        Self { backoff, ..self }
    }

    /// The table's name.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Puts at most 25 items with different keys, until all are written or `stop_at` has come.
    ///
    /// An item whose answer was lost is put again: the same item, so it makes no difference.
    ///
    /// # Errors
    /// A permanent error, or a service that stays [`ErrorName::Unavailable`].
    /// Throttling is none: then the items are written late, or `complete` is false.
    pub async fn put(&self, mut puts: Puts, stop_at: Instant) -> Result<Written, Error> {
        let mut attempts = Attempts::default();
        loop {
            let Ok(answer) = timeout_at(stop_at, self.attempt(&puts)).await else {
                return Ok(attempts.written(false));
            };
            match answer {
                Ok(WriteAnswer { unprocessed, write_units }) => {
                    attempts.answered(puts.len(), unprocessed.len(), write_units);
                    if unprocessed.is_empty() {
                        return Ok(attempts.written(true));
                    }
                    puts = unprocessed;
                }
                Err(failure) => attempts.failed(failure).map_err(|failure| self.failed(failure))?,
            }
            let again_at = Instant::now() + self.backoff.delay(attempts.retry(), fastrand::f64());
            if again_at >= stop_at {
                return Ok(attempts.written(false));
            }
            sleep_until(again_at).await;
        }
    }

    /// One request, when the gate lets it through.
    async fn attempt(&self, puts: &Puts) -> Result<WriteAnswer, CallFailure> {
        let pass = self.gate.enter().await;
        let answer = self.transport.write(&self.table, puts).await;
        match &answer {
            Ok(answer) if answer.unprocessed.is_empty() => pass.succeeded(),
            Ok(_) => pass.throttled(),
            Err(failure) if failure.name == ErrorName::Throttled => pass.throttled(),
            Err(_) => {}
        }
        answer
    }

    fn failed(&self, failure: CallFailure) -> Error {
        failure.on("dynamodb:BatchWriteItem", &*self.table)
    }
}

#[cfg(test)]
mod tests;
