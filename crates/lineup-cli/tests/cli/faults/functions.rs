//! Functions that are killed, take too long or are refused, and the result of the whole import.

use std::time::Duration;

use embedded_aws::step_functions::record::ExecutionStatus;
use lineup_testing::Fault;
use serde_json::Value;

use super::lineup_file::{self, Form};
use super::pipeline::{Pipeline, Service};

/// A request, and whether the fault comes after the request took effect.
struct Moment {
    service: Service,
    request: (&'static str, &'static str),
    which: usize,
    after: bool,
}

const fn before(service: Service, request: (&'static str, &'static str), which: usize) -> Moment {
    Moment { service, request, which, after: false }
}

const fn after(service: Service, request: (&'static str, &'static str), which: usize) -> Moment {
    Moment { service, request, which, after: true }
}

/// Imports the file and kills the function's process at this request. The import must have the same result.
async fn killed(function: &str, moment: Moment) -> Pipeline {
    killed_in(Pipeline::start().await, Form::Text, function, moment).await
}

async fn killed_in(pipeline: Pipeline, form: Form, function: &str, moment: Moment) -> Pipeline {
    let gate = pipeline.hold(moment.service, moment.request, moment.which, moment.after);
    let arn = pipeline.upload_as(form).await;
    gate.reached().await;
    pipeline.kill(function);
    let record = pipeline.end(&arn).await;
    pipeline.assert_complete(&record).await;
    assert_eq!(pipeline.processes(function).len(), 2, "it was run again in another process");
    pipeline
}

macro_rules! killed {
    ($($name:ident: $function:literal, $moment:expr;)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let mut pipeline = killed($function, $moment).await;
            assert_eq!(pipeline.messages().len(), 1);
        })*
    };
}

use Service::{DynamoDb, S3};

killed! {
    split_killed_before_the_claim: "split", before(S3, ("PUT", "claim.json"), 1);
    split_killed_after_the_claim: "split", after(S3, ("PUT", "claim.json"), 1);
    split_killed_after_the_chunk_list: "split", after(S3, ("PUT", "chunks.jsonl"), 1);
    split_killed_after_the_manifest: "split", after(S3, ("PUT", "manifest.json"), 1);
    load_killed_after_half_of_the_calendar: "load", after(DynamoDb, ("BatchWriteItem", ""), 1);
    load_killed_before_a_batch_is_written: "load", before(DynamoDb, ("BatchWriteItem", ""), 3);
    load_killed_after_a_batch_is_written: "load", after(DynamoDb, ("BatchWriteItem", ""), 3);
    load_killed_between_rejects_and_result: "load", before(S3, ("PUT", "results/"), 1);
    load_killed_after_the_result: "load", after(S3, ("PUT", "results/"), 2);
    summarize_killed_before_the_summary: "summarize", before(S3, ("PUT", "summary.json"), 1);
    summarize_killed_after_the_summary: "summarize", after(S3, ("PUT", "summary.json"), 1);
    notify_killed_before_the_message: "notify", before(Service::Sns, ("Publish", ""), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_form_of_the_file_convert_and_load_may_be_killed() {
    let text = ("PUT", "converted.csv");
    for form in Form::CONVERTED {
        killed_in(Pipeline::start().await, form, "convert", after(S3, text, 1)).await;
        killed_in(Pipeline::start().await, form, "load", after(DynamoDb, ("BatchWriteItem", ""), 3)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn convert_killed_before_the_text_and_after_saying_that_it_is_complete() {
    for moment in [before(S3, ("PUT", "converted.csv"), 1), after(S3, ("PUT", "converted.json"), 1)] {
        killed_in(Pipeline::start().await, Form::Workbook, "convert", moment).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_survey_killed_in_a_chunk_and_a_decision_killed_before_the_manifest() {
    let facts = ("PUT", "surveys/1/00002.json");
    for moment in [before(S3, facts, 1), after(S3, facts, 1)] {
        killed_in(Pipeline::that_surveys().await, Form::Text, "survey", moment).await;
    }
    let manifest = before(S3, ("PUT", "manifest.json"), 1);
    killed_in(Pipeline::that_surveys().await, Form::Gzip, "split", manifest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_cannot_be_surveyed_fails_the_import_by_its_cause_and_a_redrive_surveys_the_rest() {
    let mut pipeline = Pipeline::that_surveys().await;
    pipeline.s3.fail(|operation| {
        (operation.starts_with("PUT") && operation.contains("surveys/1/00003.json"))
            .then_some(Fault::AccessDenied)
    });
    let arn = pipeline.upload().await;
    let record = pipeline.end(&arn).await;
    assert_eq!((record.status, record.error.as_deref()), (ExecutionStatus::Failed, Some("ChunksNotLoaded")));
    let messages = pipeline.messages();
    assert_eq!(messages.len(), 1);
    for part in
        ["a chunk of the file could not be surveyed; chunk 3: AccessDenied: s3:PutObject on", "redrive"]
    {
        assert!(messages[0].message.contains(part), "{part}: {}", messages[0].message);
    }
    assert!(pipeline.keys().await.is_empty(), "no row is loaded before all are surveyed");
    pipeline.heal();
    let record = pipeline.redrive(&arn).await;
    pipeline.assert_complete(&record).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notify_killed_after_the_message_sends_it_twice() {
    let mut pipeline = killed("notify", after(Service::Sns, ("Publish", ""), 1)).await;
    let messages = pipeline.messages();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0].message, messages[1].message);
}

/// A table that refuses all writes ends the import at the first of three chunks.
async fn denied() -> (Pipeline, String) {
    let mut pipeline = Pipeline::start().await;
    pipeline.dynamodb.fail(|operation| (operation == "BatchWriteItem").then_some(Fault::AccessDenied));
    let arn = pipeline.upload().await;
    let record = pipeline.end(&arn).await;
    assert_eq!((record.status, record.error.as_deref()), (ExecutionStatus::Failed, Some("ChunksNotLoaded")));
    assert!(record.cause.unwrap().contains("3 of 3 chunks are not loaded: 1, 2, 3."));
    let messages = pipeline.messages();
    assert_eq!(messages.len(), 1);
    for part in ["AccessDenied", "dynamodb:BatchWriteItem on Calendar failed", "lineup rerun"] {
        assert!(messages[0].message.contains(part), "{part}: {}", messages[0].message);
    }
    assert!(pipeline.keys().await.is_empty());
    (pipeline, arn)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_table_fails_at_once_and_a_redrive_loads_everything_when_it_is_mended() {
    let (mut pipeline, arn) = denied().await;
    assert_eq!(pipeline.processes("load").len(), 1, "nothing was retried");
    pipeline.heal();
    let record = pipeline.redrive(&arn).await;
    pipeline.assert_complete(&record).await;
    assert_eq!(pipeline.messages().len(), 1, "a new message says so");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recover_that_is_killed_in_a_redrive_is_run_again() {
    let (pipeline, arn) = denied().await;
    pipeline.heal();
    let gate = pipeline.hold(S3, ("PUT", "retry-1.jsonl"), 1, true);
    pipeline.engine().redrive_execution(&arn).await.unwrap();
    gate.reached().await;
    pipeline.kill("recover");
    let record = pipeline.end(&arn).await;
    pipeline.assert_complete(&record).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn load_killed_each_time_fails_its_chunk_and_a_redrive_loads_it() {
    let mut pipeline = Pipeline::start().await;
    let mut gate = pipeline.hold(DynamoDb, ("BatchWriteItem", ""), 3, false);
    let arn = pipeline.upload().await;
    // The definition runs it three times.
    for again in (0..3).rev() {
        gate.reached().await;
        if again > 0 {
            gate = pipeline.hold(DynamoDb, ("BatchWriteItem", ""), 1, false);
        }
        pipeline.kill("load");
    }
    let record = pipeline.end(&arn).await;
    assert_eq!(record.error.as_deref(), Some("ChunksNotLoaded"));
    let message = &pipeline.messages()[0].message;
    assert!(message.contains("Runtime.OutOfMemory") && message.contains("lineup rerun"), "{message}");
    pipeline.heal();
    let record = pipeline.redrive(&arn).await;
    pipeline.assert_complete(&record).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_function_that_takes_too_long_is_killed_and_run_again() {
    let pipeline = Pipeline::with_timeout(Duration::from_secs(3)).await;
    let mut gates = vec![pipeline.hold(Service::Sns, ("Publish", ""), 1, false)];
    gates.push(pipeline.hold(S3, ("HEAD", "a.csv"), 1, false));
    let arn = pipeline.upload().await;
    gates[1].reached().await;
    gates.push(pipeline.hold(S3, ("PUT", "results/"), 1, false));
    gates[2].reached().await;
    gates.push(pipeline.hold(S3, ("PUT", "summary.json"), 1, false));
    let record = pipeline.end(&arn).await;
    pipeline.assert_complete(&record).await;
    for function in ["split", "load", "summarize", "notify"] {
        assert!(pipeline.processes(function).len() >= 2, "{function} was killed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_sent_fails_the_execution_with_everything_loaded_and_a_redrive_sends_it() {
    let mut pipeline = Pipeline::start().await;
    pipeline.sns.fail(|_| Some(Fault::AccessDenied));
    let arn = pipeline.upload().await;
    let record = pipeline.end(&arn).await;
    assert_eq!((record.status, record.error.as_deref()), (ExecutionStatus::Failed, Some("AccessDenied")));
    assert_eq!(pipeline.keys().await, lineup_file::expected(0, lineup_file::END).0);
    pipeline.heal();
    let record = pipeline.redrive(&arn).await;
    pipeline.assert_complete(&record).await;
    assert_eq!(pipeline.messages().len(), 1);
    assert_eq!(pipeline.processes("load").len(), 1, "nothing was loaded again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_message_that_cannot_be_sent_is_sent_by_a_redrive_and_the_next_one_loads() {
    let mut pipeline = Pipeline::start().await;
    pipeline.dynamodb.fail(|operation| (operation == "BatchWriteItem").then_some(Fault::AccessDenied));
    pipeline.sns.fail(|_| Some(Fault::AccessDenied));
    let arn = pipeline.upload().await;
    assert_eq!(pipeline.end(&arn).await.error.as_deref(), Some("AccessDenied"));
    assert_eq!(pipeline.messages().len(), 0);
    pipeline.heal();
    let record = pipeline.redrive(&arn).await;
    assert_eq!(record.error.as_deref(), Some("ChunksNotLoaded"));
    assert_eq!(
        pipeline.messages().len(),
        1,
        "it says that the execution is to be redriven, so nothing runs any more"
    );
    let record = pipeline.redrive(&arn).await;
    pipeline.assert_complete(&record).await;
    assert_eq!(pipeline.messages().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_event_while_the_first_is_under_way_loads_nothing_and_says_nothing() {
    let mut pipeline = Pipeline::start().await;
    let gate = pipeline.hold(DynamoDb, ("BatchWriteItem", ""), 1, false);
    let first = pipeline.upload().await;
    gate.reached().await;
    let event = pipeline.event(&first);
    let second = pipeline.embedded.deliver(&event).await.unwrap().unwrap().execution_arn;
    let record = pipeline.end(&second).await;
    assert_eq!(record.status, ExecutionStatus::Succeeded);
    let output: Value = serde_json::from_str(&record.output.unwrap()).unwrap();
    assert_eq!(output["import"]["duplicate_of"], Value::from(first.as_str()));
    assert!(pipeline.messages().is_empty());
    gate.open();
    let record = pipeline.end(&first).await;
    pipeline.assert_complete(&record).await;
    assert_eq!(pipeline.messages().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_deleted_while_it_loads_keeps_what_was_loaded_and_names_the_rest() {
    let mut pipeline = Pipeline::start().await;
    // The split reads the file first, and then each chunk does.
    let gate = pipeline.hold(S3, ("PUT", "results/00001.json"), 1, true);
    let arn = pipeline.upload().await;
    gate.reached().await;
    pipeline.delete_upload().await;
    gate.open();
    let record = pipeline.end(&arn).await;
    assert_eq!(record.error.as_deref(), Some("ChunksNotLoaded"));
    assert!(record.cause.unwrap().contains("2 of 3 chunks are not loaded: 2, 3."));
    assert!(pipeline.messages()[0].message.contains("SourceChanged"));
    let (all, loaded) = (lineup_file::expected(0, lineup_file::END).0, pipeline.keys().await);
    assert!(!loaded.is_empty() && loaded.len() < all.len() && loaded.is_subset(&all));
    let record = pipeline.redrive(&arn).await;
    assert_eq!(record.error.as_deref(), Some("ChunksNotLoaded"), "what is gone stays gone");
}
