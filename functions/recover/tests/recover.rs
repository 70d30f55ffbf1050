#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
//! `recover` on an object store in memory.

use delimited::Chunk;
use lineup_aws::imports::Imports;
use lineup_aws::objects::Objects;
use lineup_contracts::error::{ErrorName, Named};
use lineup_contracts::{DryRun, Plan, RowCounts};
use lineup_testing::import::{
    HEADER, IMPORT_ID, IMPORTS, MAX_CONCURRENCY, chunk, make_dry_run, put_result, put_source, put_split,
    result,
};
use lineup_testing::{FailingStore, Fault, MemoryStore, nth};
use recover::{Error, handle};
use serde_json::{Value, json};

struct Import {
    objects: MemoryStore,
    store: FailingStore,
    imports: Imports,
}

impl Import {
    /// An import of five chunks.
    fn split() -> Self {
        let import = Self::claimed();
        let source = put_source(&import.objects, Vec::new());
        put_split(&import.objects, source, HEADER, &(1..=5).map(chunk).collect::<Vec<_>>());
        import
    }

    /// An import that is not split yet.
    fn claimed() -> Self {
        let objects = MemoryStore::default();
        let store = FailingStore::new(objects.clone());
        let imports = Imports::new(Objects::new(store.clone()), IMPORTS);
        Self { objects, store, imports }
    }

    fn load(&self, chunks: &[u32]) {
        for number in chunks {
            put_result(&self.objects, &result(chunk(*number), RowCounts::default()));
        }
    }

    async fn recover(&self, input: Value) -> Result<Plan, Error> {
        handle(&self.imports, serde_json::from_value(input).unwrap()).await
    }

    /// The numbers of the chunks that the plan lists.
    fn listed(&self, plan: &Plan) -> Vec<u32> {
        let list = plan.chunks.as_ref().unwrap();
        let lines = self.objects.get(&format!("{}/{}", list.bucket, list.key)).unwrap().body;
        let chunks = serde_json::Deserializer::from_slice(&lines).into_iter::<Chunk>();
        let numbers: Vec<_> = chunks.map(|chunk| chunk.unwrap().chunk).collect();
        assert_eq!(numbers.len(), list.count as usize);
        numbers
    }
}

fn rerun(chunks: &Value) -> Value {
    json!({"rerun": {"import_id": IMPORT_ID, "chunks": chunks}, "redrive_count": null, "execution_arn": "two"})
}

/// The input of `AwaitRedrive`: the redrive count when the last run ended, and the current one.
fn awaiting(ended_at: &Value, now: &Value, summary: &Value) -> Value {
    let state = json!({
        "detail": {"bucket": {"name": "uploads"}, "object": {"key": "a.csv", "etag": "e", "sequencer": "1"}},
        "import": {"import_id": IMPORT_ID},
        "summary": summary,
        "notification": {"message_id": "m", "redrives": ended_at}
    });
    json!({"state": state, "redrive_count": now, "execution_arn": "one"})
}

#[tokio::test]
async fn a_rerun_without_numbers_lists_what_is_missing() {
    let import = Import::split();
    import.load(&[1, 3]);
    let plan = import.recover(rerun(&Value::Null)).await.unwrap();
    assert_eq!(import.listed(&plan), [2, 4, 5]);
    assert_eq!((plan.import_id, plan.max_concurrency), (IMPORT_ID, MAX_CONCURRENCY));
}

#[tokio::test]
async fn a_rerun_of_chunks_makes_them_count_as_not_loaded_first() {
    let import = Import::split();
    import.load(&[1, 2, 3, 4, 5]);
    let plan = import.recover(rerun(&json!([4, 2, 4]))).await.unwrap();
    assert_eq!(import.listed(&plan), [2, 4]);
    assert_eq!(import.imports.loaded(IMPORT_ID).await.unwrap(), [1, 3, 5].into());
}

#[tokio::test]
async fn a_rerun_of_a_chunk_that_does_not_exist_deletes_nothing() {
    let import = Import::split();
    import.load(&[1]);
    for chunks in [json!([1, 6]), json!([0]), json!([])] {
        let error = import.recover(rerun(&chunks)).await.unwrap_err();
        assert_eq!(error.name(), ErrorName::InvalidInput, "{error}");
    }
    assert_eq!(import.imports.loaded(IMPORT_ID).await.unwrap(), [1].into());
}

#[tokio::test]
async fn a_rerun_when_all_is_loaded_has_no_chunk() {
    let import = Import::split();
    import.load(&[1, 2, 3, 4, 5]);
    let plan = import.recover(rerun(&Value::Null)).await.unwrap();
    assert_eq!(plan.chunks.unwrap().count, 0);
    assert!(plan.source.is_some());
}

#[tokio::test]
async fn a_rerun_of_an_import_that_was_never_split_is_invalid() {
    let error = Import::claimed().recover(rerun(&Value::Null)).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::InvalidInput);
}

#[tokio::test]
async fn lists_are_never_written_over() {
    let import = Import::split();
    let keys = [(); 3].map(|()| "");
    let mut listed = Vec::new();
    for _ in keys {
        let plan = import.recover(rerun(&Value::Null)).await.unwrap();
        listed.push(plan.chunks.unwrap().key.rsplit('/').next().unwrap().to_owned());
    }
    assert_eq!(listed, ["retry-1.jsonl", "retry-2.jsonl", "retry-3.jsonl"]);
}

/// Fails the first call, then the second, and so on. Each comes before the last object is written, so each
/// makes the function fail.
async fn fails_and_recovers(fault: &Fault, asked: &Value, listed: &[u32]) -> usize {
    for call in 1.. {
        let import = Import::split();
        import.load(&[1, 2, 3]);
        let ordered = fault.clone();
        import.store.order(nth(|_| true, move |number| (number == call).then(|| ordered.clone())));
        let first = import.recover(rerun(asked)).await;
        import.store.heal();
        let Err(error) = first else { return call - 1 };
        assert_eq!(error.name(), ErrorName::Unavailable, "{fault:?} of call {call}");
        assert!(import.imports.loaded(IMPORT_ID).await.unwrap().is_subset(&[1, 2, 3].into()));
        let plan = import.recover(rerun(asked)).await.unwrap();
        assert_eq!(import.listed(&plan), listed, "{fault:?} of call {call}");
    }
    unreachable!()
}

#[tokio::test]
async fn whichever_call_fails_asked_again_it_lists_the_same_chunks() {
    for fault in [Fault::Reset, Fault::AnswerLost] {
        // The manifest, the chunks, two pages of results, and the list.
        assert_eq!(fails_and_recovers(&fault, &Value::Null, &[4, 5]).await, 5);
        // The manifest, the chunks, two results that are deleted, and the list.
        assert_eq!(fails_and_recovers(&fault, &json!([2, 4]), &[2, 4]).await, 5);
    }
}

#[tokio::test]
async fn until_it_is_redriven_the_execution_fails_with_what_is_missing() {
    let import = Import::split();
    import.load(&[1, 3]);
    for (ended_at, now) in [(Value::Null, Value::Null), (json!(0), json!(0)), (json!(2), json!(2))] {
        let error = import.recover(awaiting(&ended_at, &now, &Value::Null)).await.unwrap_err();
        assert_eq!(error.name(), ErrorName::ChunksNotLoaded);
        let text = "3 of 5 chunks are not loaded: 2, 4, 5. Redrive this execution to load them.";
        assert_eq!(error.to_string(), text);
    }
}

#[tokio::test]
async fn redriven_it_lists_what_is_still_missing_and_a_second_time_too() {
    let import = Import::split();
    import.load(&[1, 3]);
    let plan = import.recover(awaiting(&Value::Null, &json!(1), &Value::Null)).await.unwrap();
    assert_eq!(import.listed(&plan), [2, 4, 5]);
    import.load(&[2, 5]);
    let plan = import.recover(awaiting(&json!(1), &json!(2), &Value::Null)).await.unwrap();
    assert_eq!(import.listed(&plan), [4]);
}

/// The definition before this one recorded the count where it listed the chunks. Its executions keep it.
#[tokio::test]
async fn an_execution_of_the_definition_before_is_redriven_too() {
    let import = Import::split();
    import.load(&[1, 3]);
    let mut input = awaiting(&Value::Null, &json!(2), &Value::Null);
    input["state"]["import"]["redrives"] = json!(2);
    assert_eq!(import.recover(input.clone()).await.unwrap_err().name(), ErrorName::ChunksNotLoaded);
    input["redrive_count"] = json!(3);
    assert_eq!(import.listed(&import.recover(input).await.unwrap()), [2, 4, 5]);
}

#[tokio::test]
async fn where_the_split_failed_a_redrive_splits() {
    let import = Import::claimed();
    let caught =
        json!({"Error": "Unavailable", "Cause": r#"{"errorMessage":"no answer","errorType":"Unavailable"}"#});
    let error = import.recover(awaiting(&Value::Null, &Value::Null, &caught)).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::ChunksNotLoaded);
    let text = "the file was not split: Unavailable: no answer. Redrive this execution to try again.";
    assert_eq!(error.to_string(), text);
    let plan = import.recover(awaiting(&Value::Null, &json!(1), &caught)).await.unwrap();
    assert!(plan.source.is_none() && plan.chunks.is_none());
}

#[tokio::test]
async fn a_redriven_rerun_that_never_began_does_what_was_asked() {
    let import = Import::split();
    import.load(&[1, 2, 3, 4, 5]);
    let state = json!({"rerun": {"import_id": IMPORT_ID, "chunks": [3]}, "summary": {"Error": "Throttled", "Cause": ""}});
    let input = json!({"state": state, "redrive_count": 1, "execution_arn": "two"});
    let plan = import.recover(input).await.unwrap();
    assert_eq!(import.listed(&plan), [3]);
}

#[tokio::test]
async fn a_dry_run_has_no_missing_chunk_and_none_to_run_again() {
    let import = Import::split();
    make_dry_run(&import.objects, DryRun { rows: 50, ..DryRun::default() });
    for chunks in [Value::Null, json!([1])] {
        let error = import.recover(rerun(&chunks)).await.unwrap_err();
        assert_eq!(error.name(), ErrorName::InvalidInput);
        assert!(error.to_string().contains("was a dry run"), "{error}");
    }
    let state = json!({"import": {"import_id": IMPORT_ID}, "notification": {"redrives": 0}});
    let waiting = json!({"state": state, "redrive_count": 0, "execution_arn": "one"});
    assert!(matches!(import.recover(waiting).await.unwrap_err(), Error::NotSummarized { .. }));
    let redriven = json!({"state": state, "redrive_count": 1, "execution_arn": "one"});
    assert_eq!(import.recover(redriven).await.unwrap().chunks.unwrap().count, 0);
}

#[tokio::test]
async fn a_rerun_that_only_removes_loads_nothing_and_needs_every_chunk() {
    let import = Import::split();
    import.load(&[1, 2, 4, 5]);
    let replace = json!({"rerun": {"import_id": IMPORT_ID, "replace": true}, "execution_arn": "two"});
    let error = import.recover(replace.clone()).await.unwrap_err();
    assert!(matches!(error, Error::NotWhole { missing: 1, .. }), "{error}");
    assert_eq!(error.name(), ErrorName::InvalidInput);
    import.load(&[3]);
    assert_eq!(import.recover(replace).await.unwrap().chunks.unwrap().count, 0);
}
