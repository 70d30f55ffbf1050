//! Writing items to a table: all of them, even if the table throttles, or a named error.
//!
//! [`Writer`] retries what DynamoDB throttles or leaves unprocessed, until it is
//! written or there is no time left. The module `gate` limits the requests in flight to
//! as many as the table takes. A permanent error ends the writing at once.

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
use gate::{InFlightLimit, Permit};

/// Writes to one table. Clones share the limit on requests in flight, and so what
/// is known about the table's rate.
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
    /// A writer to `table`. It begins without knowledge of the table's rate.
    pub fn new(transport: Arc<T>, table: &str) -> Self {
        Self { table: table.into(), transport, gate: Arc::default(), backoff: Backoff::DYNAMODB }
    }

    /// The same writer with other waits before retries.
    pub fn waiting(self, backoff: Backoff) -> Self {
        Self { backoff, ..self }
    }

    /// How long it waits before retries.
    pub(crate) fn backoff(&self) -> Backoff {
        self.backoff
    }

    /// The table's name.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Puts at most 25 items with different keys, until all are written or it is `stop_at`. From then on no request
    /// is sent, but one that was sent is waited for, as long as its client does. So none is carried out after this returned,
    /// and might undo what was written since; unless its answer was lost.
    ///
    /// If an answer was lost, its items are put again. This changes nothing: they are the same items.
    ///
    /// # Errors
    /// A permanent error, or a service that stays [`ErrorName::Unavailable`].
    /// Throttling is not an error: the items are written later, or `complete` is false.
    pub async fn put(&self, mut puts: Puts, stop_at: Instant) -> Result<Written, Error> {
        let mut attempts = Attempts::default();
        loop {
            let Some(permit) = self.permit(stop_at).await else { return Ok(attempts.written(false)) };
            match self.send(permit, &puts).await {
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

    /// Waits until the limit allows one more request. `None` if that is not before `stop_at`.
    async fn permit(&self, stop_at: Instant) -> Option<Permit> {
        let permit = timeout_at(stop_at, self.gate.enter()).await.ok()?;
        (Instant::now() < stop_at).then_some(permit)
    }

    /// Sends one request.
    async fn send(&self, permit: Permit, puts: &Puts) -> Result<WriteAnswer, CallFailure> {
        let answer = self.transport.write(&self.table, puts).await;
        match &answer {
            Ok(answer) if answer.unprocessed.is_empty() => permit.succeeded(),
            Ok(_) => permit.throttled(),
            Err(failure) if failure.name == ErrorName::Throttled => permit.throttled(),
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
