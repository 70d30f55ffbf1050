//! Objects that are written in parts, on a store in memory whose calls fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lineup_aws::Error;
use lineup_aws::object_writer::{ObjectWriter, StoredObject};
use lineup_contracts::error::{ErrorName, Named};
use lineup_testing::{FailingStore, Fault, MemoryStore, nth};

const PART: usize = 1_000;
const PATH: &str = "imports/text";

fn stores() -> (MemoryStore, FailingStore) {
    let memory = MemoryStore::default();
    (memory.clone(), FailingStore::new(memory))
}

fn writer(store: &FailingStore) -> ObjectWriter {
    ObjectWriter::new(Arc::new(store.clone()), "imports", "text", "text/csv").with_part_bytes(PART)
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|n| (n % 251) as u8).collect()
}

/// Writes `count` bytes in pieces of `piece`.
async fn write(store: &FailingStore, count: usize, piece: usize) -> Result<StoredObject, Error> {
    let mut writer = writer(store);
    for piece in bytes(count).chunks(piece) {
        writer.write(piece).await?;
    }
    writer.finish().await
}

/// Counts the calls, and fails the one with this number.
fn fail(store: &FailingStore, call: usize, fault: Fault) -> Arc<AtomicUsize> {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let faults = move |number| {
        counted.store(number, Ordering::Relaxed);
        (number == call).then(|| fault.clone())
    };
    store.order(nth(|_| true, faults));
    calls
}

/// Waits until so many uploads are under way: what a dropped writer leaves is removed in a task.
async fn pending(memory: &MemoryStore, uploads: usize) {
    for _ in 0..1_000 {
        if memory.pending_uploads() == uploads {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{} uploads are under way, not {uploads}", memory.pending_uploads());
}

#[tokio::test]
async fn any_number_of_bytes_in_any_pieces_becomes_one_object() {
    for count in [0, 1, PART - 1, PART, PART + 1, 2 * PART, 7 * PART, 10 * PART + 3] {
        for piece in [1, 7, PART, PART + 1, 100 * PART] {
            let (memory, store) = stores();
            let calls = fail(&store, 0, Fault::Reset);
            let written = write(&store, count, piece).await.unwrap();
            let object = memory.get(PATH).unwrap();
            assert!(object.body == bytes(count), "{count} bytes in pieces of {piece}");
            assert_eq!(written, StoredObject { etag: object.etag, size: count as u64 });
            // One request, or one a part and two around them.
            let expected = if count <= PART { 1 } else { count.div_ceil(PART) + 2 };
            assert_eq!(calls.load(Ordering::Relaxed), expected, "{count} bytes in pieces of {piece}");
        }
    }
}

#[tokio::test]
async fn whichever_call_fails_another_try_writes_the_object() {
    for fault in [Fault::Reset, Fault::AnswerLost, Fault::Throttled] {
        let mut failed = 0;
        for call in 1.. {
            let (memory, store) = stores();
            let calls = fail(&store, call, fault.clone());
            let first = write(&store, 7 * PART + 1, 700).await;
            store.heal();
            if calls.load(Ordering::Relaxed) < call {
                first.unwrap();
                break;
            }
            failed += usize::from(first.is_err());
            // Only an upload whose id was lost with the answer stays, for the lifecycle rule.
            let lost = usize::from(call == 1 && matches!(fault, Fault::AnswerLost));
            pending(&memory, lost).await;
            let again = write(&store, 7 * PART + 1, 700).await.unwrap();
            let object = memory.get(PATH).unwrap();
            assert!(object.body == bytes(7 * PART + 1), "{fault:?} of call {call}");
            assert_eq!(again.etag, object.etag, "{fault:?} of call {call}");
        }
        assert!(failed >= 3, "{fault:?} failed {failed} tries");
    }
}

#[tokio::test]
async fn what_an_earlier_try_has_written_stays() {
    for count in [10, 3 * PART] {
        let (memory, store) = stores();
        let first = write(&store, count, 100).await.unwrap();
        assert_eq!(write(&store, count, 100).await.unwrap(), first);
        assert_eq!(memory.pending_uploads(), 0);
    }
}

#[tokio::test]
async fn an_object_of_another_size_is_that_of_another_version() {
    for count in [10, 3 * PART] {
        let (memory, store) = stores();
        write(&store, count + 1, 100).await.unwrap();
        let error = write(&store, count, 100).await.unwrap_err();
        assert_eq!(error.name(), ErrorName::InvalidRequest);
        assert!(error.to_string().contains("s3://imports/text was written by another version"), "{error}");
        assert_eq!(memory.pending_uploads(), 0);
    }
}

#[tokio::test]
async fn dropped_or_aborted_it_leaves_nothing() {
    for abort in [false, true] {
        let (memory, store) = stores();
        let mut writer = writer(&store);
        writer.write(&bytes(5 * PART)).await.unwrap();
        assert_eq!((writer.size(), memory.pending_uploads()), (5 * PART as u64, 1));
        if abort {
            writer.abort().await;
        } else {
            drop(writer);
        }
        pending(&memory, 0).await;
        assert!(memory.get(PATH).is_none());
    }
}
