//! Imports that failed. The message says what to do, and doing it loads the missing chunks and nothing else.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use embedded_aws::state_machine_arn;
use embedded_aws::step_functions::record::{ExecutionRecord, ExecutionStatus};
use lineup_aws::map_runs::said;
use lineup_aws::names::STATE_MACHINE;
use lineup_testing::Fault;
use serde_json::{Value, json};

use super::lineup_file;
use super::pipeline::Pipeline;
use crate::command::{Done, Lineup};

/// Denies this request from now on.
fn deny(pipeline: &Pipeline, method: &'static str, key: &'static str) {
    pipeline.s3.fail(move |operation| {
        (operation.starts_with(method) && operation.contains(key)).then_some(Fault::AccessDenied)
    });
}

/// Imports three chunks, of which the second may not write its result. Then more than a quarter have
/// failed, so the run ends before the third chunk starts.
async fn one_chunk_fails() -> (Pipeline, ExecutionRecord, String) {
    let mut pipeline = Pipeline::start().await;
    deny(&pipeline, "PUT", "results/00002.json");
    let arn = pipeline.upload().await;
    let record = pipeline.end(&arn).await;
    let message = message(&mut pipeline, &record);
    (pipeline, record, message)
}

/// The message of an execution that failed.
fn message(pipeline: &mut Pipeline, record: &ExecutionRecord) -> String {
    assert_eq!((record.status, record.error.as_deref()), (ExecutionStatus::Failed, Some("ChunksNotLoaded")));
    let mut messages = pipeline.messages();
    assert_eq!(messages.len(), 1);
    messages.remove(0).message
}

/// Ends the services. Later steps use commands only.
async fn close(pipeline: Pipeline) -> Lineup {
    Lineup::in_folder(pipeline.close().await)
}

/// The line of the message that starts with `begins`: a command to paste.
fn command(message: &str, begins: &str) -> String {
    let line = message.lines().map(str::trim).find(|line| line.starts_with(begins));
    line.unwrap_or_else(|| panic!("no line begins with {begins}:\n{message}")).to_owned()
}

/// Runs a `lineup` command of a message, unchanged.
fn paste(lineup: &Lineup, command: &str) -> Done {
    lineup.run(command.split(' ').skip(1))
}

/// The message of the complete import. Some rows of the file are rejected, so the exit code is 3.
fn complete(lineup: &Lineup, done: Done) {
    let (keys, rejected, _) = lineup_file::expected(0, lineup_file::END);
    assert_eq!(done.code, 3, "{done}");
    let subject = format!("{} rows rejected", rejected.len());
    assert!(done.stdout.contains("a.csv is imported.") && done.stdout.contains(&subject), "{done}");
    assert_eq!(lineup.items().len(), keys.len());
}

fn import_id(record: &ExecutionRecord) -> String {
    let event: lineup_contracts::ExecutionState = serde_json::from_str(&record.input).unwrap();
    event.import_id().unwrap().to_string()
}

fn shown(lineup: &Lineup, id: &str) -> Value {
    serde_json::from_str(&lineup.run(["show", id, "--json"]).succeeded()).unwrap()
}

fn states(shown: &Value) -> Vec<&str> {
    shown["chunk_states"].as_array().unwrap().iter().map(|chunk| chunk["state"].as_str().unwrap()).collect()
}

/// When the result of a chunk was written.
fn written(lineup: &Lineup, id: &str, chunk: u32) -> SystemTime {
    let results = lineup.data().join("s3/lineup-imports/imports").join(id).join("results");
    std::fs::metadata(results.join(format!("{chunk:05}.json.object"))).unwrap().modified().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_message_and_show_name_each_failed_chunk_with_its_place_its_error_and_the_commands_to_load_it() {
    let (pipeline, record, message) = one_chunk_fails().await;
    let (id, arn) = (import_id(&record), &record.execution_arn);
    let machine = state_machine_arn(STATE_MACHINE);
    let lineup = close(pipeline).await;
    let shown = shown(&lineup, &id);
    assert_eq!((&shown["state"], states(&shown)), (&json!("FAILED"), vec!["LOADED", "FAILED", "FAILED"]));
    let errors = [("AccessDenied", "s3:PutObject on s3://lineup-imports/"), ("NotRun", "before its turn")];
    for (chunk, (error, cause)) in shown["chunk_states"].as_array().unwrap()[1..].iter().zip(errors) {
        let field = |name: &str| chunk[name].as_u64().unwrap();
        assert_eq!(chunk["error"], json!(error));
        assert!(chunk["cause"].as_str().unwrap().contains(cause), "{chunk}");
        let (number, start, last, line) =
            (field("chunk"), field("start"), field("end") - 1, field("first_line"));
        let place = format!("  chunk {number} (bytes {start} to {last}, from line {line}): {error}: ");
        let told = message.lines().find(|told| told.starts_with(&place));
        assert!(told.is_some_and(|told| told.contains(cause)), "{place}{cause} is not in {message}");
        let table = lineup.run(["show", &id]).succeeded();
        let row = table.lines().find(|row| row.starts_with(&format!("{number} "))).unwrap();
        for part in [&*format!(" {start}-{last} "), &format!(" {line} "), error, cause] {
            assert!(row.contains(part), "{part} is not in {row}");
        }
        for line in [format!("  lineup redrive {id}"), format!("  lineup rerun {id} --chunk 2 --chunk 3")] {
            assert!(table.lines().any(|other| other == line), "{line} is not in {table}");
            assert!(message.lines().any(|other| other == line), "{line} is not in {message}");
        }
    }
    let rerun = format!(r#"{{"rerun":{{"import_id":"{id}","chunks":[2,3]}}}}"#);
    for line in [
        format!("  aws stepfunctions redrive-execution --region us-east-1 --execution-arn '{arn}'"),
        format!(
            "  aws stepfunctions start-execution --region us-east-1 --state-machine-arn '{machine}' --input '{rerun}'"
        ),
    ] {
        assert!(message.lines().any(|other| other == line), "{line} is not in {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redrive_that_fails_is_told_and_redriven_again_and_loads_only_what_is_missing() {
    let (mut pipeline, record, first) = one_chunk_fails().await;
    let (id, arn) = (import_id(&record), &record.execution_arn);
    let record = pipeline.redrive(arn).await;
    let second = message(&mut pipeline, &record);
    assert_eq!(record.redrive_count, 1);
    let redrive = command(&second, "lineup redrive");
    assert_eq!(redrive, command(&first, "lineup redrive"));
    let lineup = close(pipeline).await;
    let before = written(&lineup, &id, 1);
    complete(&lineup, paste(&lineup, &redrive));
    let shown = shown(&lineup, &id);
    assert_eq!((states(&shown), &shown["execution_arn"]), (vec!["LOADED"; 3], &json!(arn)));
    assert_eq!(written(&lineup, &id, 1), before, "what was loaded is not loaded again");
    let stderr = paste(&lineup, &redrive).failed(2);
    assert!(stderr.contains("nothing is missing"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rerun_of_the_message_loads_the_chunks_that_it_names_and_may_be_repeated() {
    let (pipeline, record, message) = one_chunk_fails().await;
    let id = import_id(&record);
    let lineup = close(pipeline).await;
    let before = written(&lineup, &id, 1);
    let rerun = command(&message, "lineup rerun");
    complete(&lineup, paste(&lineup, &rerun));
    let once = written(&lineup, &id, 2);
    complete(&lineup, paste(&lineup, &rerun));
    assert_eq!(written(&lineup, &id, 1), before, "the first chunk is not named");
    assert!(written(&lineup, &id, 2) > once, "chunks that are named are loaded again");
    let stderr = lineup.run(["redrive", &id]).failed(2);
    assert!(stderr.contains("nothing is missing"), "the re-run has made good what failed: {stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rerun_that_fails_before_its_summary_is_the_one_that_is_redriven() {
    let mut pipeline = Pipeline::start().await;
    let arn = pipeline.upload().await;
    let record = pipeline.end(&arn).await;
    pipeline.assert_complete(&record).await;
    let id = import_id(&record);
    pipeline.messages();
    deny(&pipeline, "PUT", "retry-");
    let rerun = json!({"rerun": {"import_id": id, "chunks": [1]}}).to_string();
    let rerun = pipeline.engine().start_execution(None, &rerun).await.unwrap().execution_arn;
    let record = pipeline.end(&rerun).await;
    let redrive = command(&message(&mut pipeline, &record), "lineup redrive");
    let lineup = close(pipeline).await;
    let shown = shown(&lineup, &id);
    assert_eq!((&shown["state"], &shown["execution_arn"]), (&json!("INTERRUPTED"), &json!(arn)));
    assert_eq!(states(&shown), ["MISSING", "LOADED", "LOADED"]);
    let report: Value = serde_json::from_str(&paste(&lineup, &format!("{redrive} --json")).stdout).unwrap();
    assert_eq!(
        (&report["execution_arn"], &report["outcome"]),
        (&json!(rerun), &json!("PARTIAL")),
        "{report}"
    );
}

/// The split may not write this object. Once it may, the redrive in the message splits and imports the file.
async fn split_is_denied(object: &'static str) {
    let mut pipeline = Pipeline::start().await;
    deny(&pipeline, "PUT", object);
    let arn = pipeline.upload().await;
    let record = pipeline.end(&arn).await;
    let message = message(&mut pipeline, &record);
    let cause = said(&record.cause.unwrap());
    assert!(cause.starts_with("the file was not split: AccessDenied: s3:PutObject on s3://"), "{cause}");
    assert!(message.contains("Error       AccessDenied\n"), "{message}");
    let lineup = close(pipeline).await;
    complete(&lineup, paste(&lineup, &command(&message, "lineup redrive")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_split_failed_is_split_by_a_redrive() {
    split_is_denied("chunks.jsonl").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_split_failed_before_it_wrote_anything_is_split_by_a_redrive() {
    split_is_denied("claim.json").await;
}

#[test]
fn a_file_that_can_never_load_is_not_redriven() {
    let lineup = Lineup::new();
    let (report, code) = lineup.import(&lineup.file("a.csv", "Performer,Stage\nHozier,River Stage\n"), &[]);
    assert_eq!((code, &report["error"]), (1, &json!("InvalidInput")), "{report}");
    let stderr = lineup.run(["redrive", report["import_id"].as_str().unwrap()]).failed(1);
    assert!(stderr.contains("can never load; correct the file"), "{stderr}");
    assert!(stderr.contains("InvalidInput"), "{stderr}");
}

/// A file of the execution.
fn file(lineup: &Lineup, record: &ExecutionRecord, name: &str) -> PathBuf {
    Path::new(&lineup.data()).join("executions").join(&record.name).join(name)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_that_step_functions_does_not_redrive_any_more_is_rerun_instead() {
    let (pipeline, record, _) = one_chunk_fails().await;
    let id = import_id(&record);
    let lineup = close(pipeline).await;
    let refused = |reason: &str| {
        let stderr = lineup.run(["redrive", &id]).failed(1);
        assert!(stderr.contains(reason) && stderr.contains(&format!("`lineup rerun {id}`")), "{stderr}");
    };
    let path = file(&lineup, &record, "execution.json");
    let mut old: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for date in ["startDate", "stopDate"] {
        old[date] = json!(old[date].as_f64().unwrap() - 30.0 * 24.0 * 3600.0);
    }
    std::fs::write(&path, old.to_string()).unwrap();
    refused("Execution redrivable period exceeded");
    let path = file(&lineup, &record, "history.jsonl");
    let history = std::fs::read_to_string(&path).unwrap();
    let more = history.lines().last().unwrap().to_owned() + "\n";
    std::fs::write(&path, history + &more.repeat(25_000)).unwrap();
    refused("Execution history event limit exceeded");
    complete(&lineup, lineup.run(["rerun", &id]));
}
