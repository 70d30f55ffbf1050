//! One `BatchWriteItem` request. It is a trait, so that tests can put a table that refuses in its place.

use std::collections::HashMap;
use std::future::Future;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpRequest;
use aws_sdk_dynamodb::types::{AttributeValue, WriteRequest};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use lineup_contracts::error::ErrorName;
use lineup_table::{Puts, Value};

use crate::error::CallFailure;

/// The answer to a request.
#[derive(Debug, Default)]
pub struct WriteAnswer {
    /// The items that were not written and must be sent again.
    pub unprocessed: Puts,
    /// Write units consumed, those of the indexes included.
    pub write_units: f64,
}

/// Sends requests, once each.
pub trait Transport: Send + Sync + 'static {
    /// Sends one request to write to `table`.
    fn write(
        &self,
        table: &str,
        puts: &Puts,
    ) -> impl Future<Output = Result<WriteAnswer, CallFailure>> + Send;
}

/// DynamoDB, over a client of [`crate::client::dynamodb_for_writing`].
///
/// The body of the request is made of [`Puts`], which are written directly from the
/// rows. The SDK does everything else. With the SDK's own types a row costs
/// thirty allocations, and half of the time that the whole of `load` takes for it.
#[derive(Debug, Clone)]
pub struct DynamoDbTransport(pub Client);

impl Transport for DynamoDbTransport {
    async fn write(&self, table: &str, puts: &Puts) -> Result<WriteAnswer, CallFailure> {
        let body = body(table, puts);
        let answer = self
            .0
            .batch_write_item()
            // The endpoint may depend on the table.
            .set_request_items(Some(HashMap::from([(table.to_owned(), Vec::new())])))
            .customize()
            .mutate_request(move |request| replace_body(request, body.clone()))
            .send()
            .await
            .map_err(CallFailure::of)?;
        let write_units = answer.consumed_capacity().iter().filter_map(|table| table.capacity_units()).sum();
        let unprocessed = answer.unprocessed_items.and_then(|mut tables| tables.remove(table));
        Ok(WriteAnswer { unprocessed: puts_of(&unprocessed.unwrap_or_default())?, write_units })
    }
}

/// The JSON of a request (DynamoDB API reference, `BatchWriteItem`).
fn body(table: &str, puts: &Puts) -> Bytes {
    let around = [
        r#"{"ReturnConsumedCapacity":"TOTAL","RequestItems":{""#,
        // Nothing to escape: a table's name has letters, digits, `_`, `-` and `.`; an ARN also has `:` and `/`.
        table,
        r#"":["#,
    ];
    let mut body = Vec::with_capacity(puts.json().len() + table.len() + 64);
    around.iter().for_each(|part| body.extend_from_slice(part.as_bytes()));
    body.extend_from_slice(puts.json());
    body.extend_from_slice(b"]}}");
    body.into()
}

/// Replaces the body, before the request is signed.
fn replace_body(request: &mut HttpRequest, body: Bytes) {
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
}

/// The unprocessed items that DynamoDB returned: some of those it was sent.
fn puts_of(requests: &[WriteRequest]) -> Result<Puts, CallFailure> {
    let mut puts = Puts::default();
    for request in requests {
        let Some(put) = request.put_request() else { return Err(not_sent()) };
        let attributes: Option<Vec<_>> = put.item().iter().map(attribute).collect();
        puts.push(attributes.ok_or_else(not_sent)?);
    }
    Ok(puts)
}

fn attribute<'a>((name, value): (&'a String, &'a AttributeValue)) -> Option<(&'a str, Value<'a>)> {
    let value = match value {
        AttributeValue::S(text) => Value::S(text),
        AttributeValue::N(number) => Value::N(number.parse().ok()?),
        _ => return None,
    };
    Some((name, value))
}

fn not_sent() -> CallFailure {
    let cause = "DynamoDB gave back an item that it was not sent".into();
    CallFailure { name: ErrorName::InvalidRequest, status: None, code: None, cause }
}

#[cfg(test)]
mod tests;
