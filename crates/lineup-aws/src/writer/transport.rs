//! One `BatchWriteItem` request: the seam at which tests put a table that refuses.

use std::future::Future;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, WriteRequest};

use crate::error::Failure;

/// What a request gave.
#[derive(Debug, Default)]
pub struct Answer {
    /// What was not written and is to be sent again.
    pub unprocessed: Vec<WriteRequest>,
    /// Write units consumed, those of the indexes included.
    pub write_units: f64,
}

/// Sends requests, once each.
pub trait Transport: Send + Sync + 'static {
    /// Sends one request to write to `table`.
    fn write(
        &self,
        table: &str,
        requests: Vec<WriteRequest>,
    ) -> impl Future<Output = Result<Answer, Failure>> + Send;
}

/// DynamoDB, over a client of [`crate::client::dynamodb_for_writing`].
#[derive(Debug, Clone)]
pub struct DynamoDb(pub Client);

impl Transport for DynamoDb {
    async fn write(&self, table: &str, requests: Vec<WriteRequest>) -> Result<Answer, Failure> {
        let answer = self
            .0
            .batch_write_item()
            .request_items(table, requests)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(Failure::of)?;
        let write_units = answer.consumed_capacity().iter().filter_map(|table| table.capacity_units()).sum();
        let unprocessed = answer.unprocessed_items.and_then(|mut tables| tables.remove(table));
        Ok(Answer { unprocessed: unprocessed.unwrap_or_default(), write_units })
    }
}
