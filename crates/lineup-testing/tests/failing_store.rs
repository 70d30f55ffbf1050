#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
//! The failing store: which call fails, with which error, and whether it took effect.

use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use lineup_aws::object_store::{ObjectStore, PutCondition, StoreError};
use lineup_aws::objects::Objects;
use lineup_aws::source::SourceReader;
use lineup_contracts::Source;
use lineup_contracts::error::{ErrorName, Named, chain};
use lineup_testing::{FailingStore, Fault, Gate, MemoryStore, nth};

fn stores() -> (MemoryStore, FailingStore) {
    let memory = MemoryStore::default();
    (memory.clone(), FailingStore::new(memory))
}

async fn put(store: &FailingStore, key: &str) -> Result<String, StoreError> {
    store.put_object("imports", key, "text/plain", Bytes::new(), PutCondition::Always).await
}

fn source(memory: &MemoryStore, body: Vec<u8>) -> Source {
    let size = body.len() as u64;
    let etag = memory.put("uploads/a.csv", body, &[]);
    Source { bucket: "uploads".into(), key: "a.csv".into(), version_id: None, etag, size }
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|n| (n % 251) as u8).collect()
}

#[tokio::test]
async fn the_kth_call_of_a_kind_fails_and_no_other() {
    let (memory, store) = stores();
    store.order(nth(|operation| operation.starts_with("PUT "), |call| (call == 2).then_some(Fault::Reset)));
    put(&store, "1").await.unwrap();
    store.get_object("imports", "1").await.unwrap();
    let error = put(&store, "2").await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    put(&store, "3").await.unwrap();
    assert_eq!(memory.paths("imports/"), ["imports/1", "imports/3"]);
}

#[tokio::test]
async fn each_fault_is_the_error_that_s3_would_give() {
    type Is = fn(&StoreError) -> bool;
    let cases: [(Fault, Is); 7] = [
        (Fault::Throttled, |error| matches!(error, StoreError::Throttled(_))),
        (Fault::InternalError, |error| matches!(error, StoreError::Unavailable(_))),
        (Fault::AccessDenied, |error| matches!(error, StoreError::AccessDenied(_))),
        (Fault::Refused(404, "NoSuchBucket"), |error| matches!(error, StoreError::NoSuchBucket(_))),
        (Fault::Refused(409, "ConditionalRequestConflict"), |error| matches!(error, StoreError::Conflict(_))),
        (Fault::Refused(412, "PreconditionFailed"), |error| {
            matches!(error, StoreError::PreconditionFailed(_))
        }),
        (Fault::Refused(416, "InvalidRange"), |error| matches!(error, StoreError::InvalidRequest(_))),
    ];
    let (memory, store) = stores();
    for (fault, is) in cases {
        let ordered = fault.clone();
        store.fail(move |_| Some(ordered.clone()));
        let error = put(&store, "1").await.unwrap_err();
        assert!(is(&error), "{fault:?}: {error:?}");
    }
    assert!(memory.paths("").is_empty(), "a refused call took effect");
}

#[tokio::test]
async fn a_lost_answer_took_effect_and_healed_nothing_fails() {
    let (memory, store) = stores();
    store.fail(|_| Some(Fault::AnswerLost));
    assert!(matches!(put(&store, "1").await, Err(StoreError::Unavailable(_))));
    assert_eq!(memory.paths(""), ["imports/1"]);
    assert!(store.delete_object("imports", "1").await.is_err());
    assert!(memory.paths("").is_empty());
    let lost = store.get_object("imports", "1").await.unwrap_err();
    assert!(matches!(lost, StoreError::Unavailable(_)), "that there is nothing is an answer too: {lost:?}");
    store.heal();
    put(&store, "1").await.unwrap();
}

#[tokio::test]
async fn a_page_of_a_list_fails_and_ends_the_list() {
    let (memory, store) = stores();
    (1..=5).for_each(|n| drop(memory.put(&format!("imports/{n}"), "", &[])));
    let second = |call| (call == 2).then_some(Fault::AccessDenied);
    store.order(nth(|operation| operation == "LIST imports/", second));
    let mut pages = store.list_objects("imports", "", None);
    assert_eq!(pages.try_next().await.unwrap().unwrap().keys, ["1", "2"]);
    assert!(matches!(pages.try_next().await, Err(StoreError::AccessDenied(_))));
    assert_eq!(pages.try_next().await.unwrap(), None);
}

#[tokio::test]
async fn a_call_waits_at_the_gate_before_or_after_its_effect() {
    for (after, gate) in [(false, Gate::default()), (true, Gate::default())] {
        let (memory, store) = stores();
        let held = gate.clone();
        store.fail(move |_| {
            Some(if after { Fault::AnswerHeld(held.clone()) } else { Fault::Held(held.clone()) })
        });
        let put = tokio::spawn(async move { put(&store, "1").await });
        gate.reached().await;
        assert_eq!(memory.get("imports/1").is_some(), after);
        gate.open();
        put.await.unwrap().unwrap();
        assert!(memory.get("imports/1").is_some());
    }
}

#[tokio::test]
async fn a_body_breaks_off_after_so_many_bytes_and_the_reader_goes_on_there() {
    let (memory, store) = stores();
    let source = source(&memory, bytes(100_000));
    store.fail(|_| Some(Fault::BreaksAfter(30_000)));
    let mut first = store.get_range(&source, 1_000..91_000).await.unwrap();
    let mut read = Vec::new();
    let error = loop {
        match first.try_next().await {
            Ok(piece) => read.extend_from_slice(&piece.expect("it broke off")),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::Unavailable(_)));
    assert_eq!(read, bytes(100_000)[1_000..31_000]);
    let mut reader = SourceReader::new(Arc::new(store), source, 1_000..91_000);
    let mut read = Vec::new();
    while let Some(piece) = reader.next().await.unwrap() {
        read.extend_from_slice(&piece);
    }
    assert_eq!(read, bytes(100_000)[1_000..91_000]);
}

/// The text equals that of an error of the SDK, so that tests in memory can check it.
#[tokio::test]
async fn an_error_names_the_call_and_the_object_as_over_the_sdk() {
    let (_, store) = stores();
    store.fail(|_| Some(Fault::AccessDenied));
    let error = Objects::new(store).get("imports", "nothing").await.unwrap_err();
    assert_eq!(error.name(), ErrorName::AccessDenied);
    let text = "s3:GetObject on s3://imports/nothing failed: AccessDenied: refused (HTTP 403, request none)";
    assert_eq!(chain(&error), text);
}
