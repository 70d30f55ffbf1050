#![allow(clippy::unwrap_used, clippy::expect_used)]
//! The request that is sent must equal the one that the SDK itself writes for the same items.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::types::{PutRequest, ReturnConsumedCapacity};
use lineup::clock_time::ClockTime;
use lineup::row::Performance;
use lineup_table::Item;
use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::*;

/// A request as it would be sent.
#[derive(Debug, Clone, PartialEq)]
struct Sent {
    uri: String,
    headers: BTreeMap<String, String>,
    body: serde_json::Value,
}

/// Keeps the signed request, and sends nothing.
#[derive(Debug, Clone, Default)]
struct Capture(Arc<Mutex<Option<Sent>>>);

impl Intercept for Capture {
    fn name(&self) -> &'static str {
        "Capture"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), crate::error::Cause> {
        let (request, body) = (context.request(), context.request().body().bytes().unwrap());
        assert_eq!(request.headers().get("content-length"), Some(body.len().to_string().as_str()));
        assert!(request.headers().get("authorization").unwrap().contains("SignedHeaders=content-length"));
        // These differ each time, or depend on the bytes of the body.
        let own = ["authorization", "x-amz-date", "amz-sdk-invocation-id", "content-length"];
        let headers = request.headers().iter().filter(|(name, _)| !own.contains(name));
        *self.0.lock().unwrap() = Some(Sent {
            uri: request.uri().to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: serde_json::from_slice(body).unwrap(),
        });
        Err("it is not to go out".into())
    }
}

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());

static CLIENT: LazyLock<(Client, Capture)> = LazyLock::new(|| {
    let capture = Capture::default();
    let config = RUNTIME.block_on(crate::client::config_at("http://127.0.0.1:1"));
    let client = crate::client::dynamodb_for_writing(&config);
    let config = client.config().to_builder().interceptor(capture.clone()).build();
    (Client::from_conf(config), capture)
});

/// The request that `send` sends.
fn sent<R>(send: impl AsyncFnOnce(Client) -> R) -> Sent {
    let (client, capture) = &*CLIENT;
    RUNTIME.block_on(send(client.clone()));
    capture.0.lock().unwrap().take().unwrap()
}

fn plain_value(value: Value<'_>) -> AttributeValue {
    match value {
        Value::S(text) => AttributeValue::S(text.to_owned()),
        Value::N(number) => AttributeValue::N(number.to_string()),
    }
}

/// The item in the SDK's own types.
fn plain(item: &Item) -> WriteRequest {
    let mut put = PutRequest::builder();
    for (name, value) in item.attributes() {
        put = put.item(name, plain_value(value));
    }
    WriteRequest::builder().put_request(put.build().unwrap()).build()
}

fn puts(items: &[Item]) -> Puts {
    let mut puts = Puts::default();
    items.iter().for_each(|item| puts.push(item.attributes()));
    puts
}

/// Any text, control characters and quotes included.
fn items() -> impl Strategy<Value = Vec<Item>> {
    let text = || prop_oneof![any::<String>(), "[\u{0}-\u{7f}\"\\\\é\u{2028}😀]{0,12}"];
    let extras = proptest::collection::btree_map(text(), text(), 0..3);
    let item = (text(), text(), 0u8..24, proptest::option::of(1u8..=100), extras);
    let item = item.prop_filter_map("too long a key", |(performer, stage, hour, popularity, extras)| {
        let start = ClockTime::new(hour, 30)?;
        let date = lineup::date::parse("2025-07-12").ok()?;
        let extras = extras.into_iter().map(|(name, text)| (format!("Extra {name}").into(), text)).collect();
        Item::new(Performance { performer, stage, date, start, end: start, popularity, extras }).ok()
    });
    proptest::collection::vec(item, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_request_is_the_one_that_the_sdk_writes(items in items()) {
        let direct = sent(async |client| drop(DynamoDbTransport(client).write("A.b-c_1", &puts(&items)).await));
        let by_the_sdk = sent(async |client| {
            let request = client.batch_write_item().request_items("A.b-c_1", items.iter().map(plain).collect());
            drop(request.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await);
        });
        prop_assert_eq!(direct, by_the_sdk);
    }

    #[test]
    fn what_comes_back_unprocessed_is_sent_again_as_it_was(items in items()) {
        let again = puts_of(&items.iter().map(plain).collect::<Vec<_>>()).unwrap();
        let json = |puts: &Puts| -> Vec<serde_json::Value> {
            puts.iter().map(|put| serde_json::from_slice(put).unwrap()).collect()
        };
        prop_assert_eq!(json(&again), json(&puts(&items)));
    }
}

#[test]
fn what_was_never_sent_and_comes_back_is_an_error() {
    let unknown = PutRequest::builder().item("a", AttributeValue::Bool(true)).build().unwrap();
    let requests = [WriteRequest::builder().put_request(unknown).build()];
    assert_eq!(puts_of(&requests).unwrap_err().name, ErrorName::InvalidRequest);
    assert_eq!(puts_of(&[WriteRequest::builder().build()]).unwrap_err().name, ErrorName::InvalidRequest);
}
