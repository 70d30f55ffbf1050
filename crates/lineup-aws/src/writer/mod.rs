//! Writing items to a table: every item, whatever the table's mood, or an error with its name.
//!
//! [`Writer`] retries what DynamoDB throttles or leaves unprocessed until it is
//! written or the time is up; [`gate`](self) lets through as many requests as
//! the table takes. A permanent error ends it at once.

mod attempt;
mod gate;
mod transport;

use std::sync::Arc;

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use lineup::backoff::Backoff;
use lineup::error::ErrorName;
use lineup::table::{CalendarEntry, Item, Value};
use tokio::time::{Instant, sleep_until, timeout_at};

pub use transport::{Answer, DynamoDb, Transport};

use crate::error::{Error, Failure};
use attempt::Attempts;
use gate::Gate;

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

/// Something that is put into a table.
pub trait Put {
    /// Its attributes.
    fn request(&self) -> Result<WriteRequest, Failure>;
}

/// Writes to one table. Clones share the requests in flight and what was
/// learnt about the table's rate.
#[derive(Debug)]
pub struct Writer<T> {
    table: Arc<str>,
    transport: Arc<T>,
    gate: Arc<Gate>,
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
    pub async fn put<P: Put>(&self, items: &[P], stop_at: Instant) -> Result<Written, Error> {
        let mut attempts = Attempts::default();
        let mut left: Option<Vec<WriteRequest>> = None;
        loop {
            let requests = match &left {
                Some(left) => left.clone(),
                None => self.requests(items)?,
            };
            let count = requests.len();
            let Ok(answer) = timeout_at(stop_at, self.attempt(requests)).await else {
                return Ok(attempts.written(false));
            };
            match answer {
                Ok(Answer { unprocessed, write_units }) => {
                    attempts.answered(count, unprocessed.len(), write_units);
                    if unprocessed.is_empty() {
                        return Ok(attempts.written(true));
                    }
                    left = Some(unprocessed);
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
    async fn attempt(&self, requests: Vec<WriteRequest>) -> Result<Answer, Failure> {
        let pass = self.gate.enter().await;
        let answer = self.transport.write(&self.table, requests).await;
        match &answer {
            Ok(answer) if answer.unprocessed.is_empty() => pass.succeeded(),
            Ok(_) => pass.throttled(),
            Err(failure) if failure.name == ErrorName::Throttled => pass.throttled(),
            Err(_) => {}
        }
        answer
    }

    fn requests<P: Put>(&self, items: &[P]) -> Result<Vec<WriteRequest>, Error> {
        items.iter().map(|item| item.request().map_err(|failure| self.failed(failure))).collect()
    }

    fn failed(&self, failure: Failure) -> Error {
        failure.on("dynamodb:BatchWriteItem", &*self.table)
    }
}

impl Put for Item {
    fn request(&self) -> Result<WriteRequest, Failure> {
        let mut put = PutRequest::builder();
        for (name, value) in self.attributes() {
            put = put.item(name, attribute(value));
        }
        request(put)
    }
}

impl Put for CalendarEntry {
    fn request(&self) -> Result<WriteRequest, Failure> {
        use lineup::table::attribute::{ENTRY, VALUE};
        let put = PutRequest::builder();
        request(
            put.item(ENTRY, attribute(Value::S(&self.entry))).item(VALUE, attribute(Value::S(&self.value))),
        )
    }
}

fn request(put: aws_sdk_dynamodb::types::builders::PutRequestBuilder) -> Result<WriteRequest, Failure> {
    let put = put.build().map_err(|error| Failure {
        name: ErrorName::InvalidRequest,
        status: None,
        code: None,
        cause: error.into(),
    })?;
    Ok(WriteRequest::builder().put_request(put).build())
}

fn attribute(value: Value<'_>) -> aws_sdk_dynamodb::types::AttributeValue {
    use aws_sdk_dynamodb::types::AttributeValue;
    match value {
        Value::S(text) => AttributeValue::S(text.to_owned()),
        Value::N(number) => AttributeValue::N(number.to_string()),
    }
}

#[cfg(test)]
mod tests;
