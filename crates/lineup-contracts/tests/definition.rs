//! The definition of the state machine agrees with the contracts.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use lineup_contracts::error::ErrorName;
use lineup_contracts::{
    ChunkCounts, ExecutionState, HoldOutput, LoadOutput, LoadProgress, NotifyOutput, Outcome, Plan,
    RemoveOutput, Reported, RowCounts, SurveyOutput, states,
};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

const DEFINITION: &str = include_str!("../../../statemachine/import.asl.json");

/// Every state by name, those of the Map's children too.
fn all_states() -> Vec<(String, Value)> {
    fn collect(graph: &Value, into: &mut Vec<(String, Value)>) {
        for (name, state) in graph["States"].as_object().unwrap() {
            into.push((name.clone(), state.clone()));
            if let Some(child) = state.get("ItemProcessor") {
                collect(child, into);
            }
        }
    }
    let mut states = Vec::new();
    collect(&serde_json::from_str(DEFINITION).unwrap(), &mut states);
    states
}

fn state(name: &str) -> Value {
    all_states().into_iter().find(|(other, _)| other == name).expect(name).1
}

/// The fields of a function's output that a state keeps.
fn selected(name: &str) -> BTreeSet<String> {
    let selector = state(name)["ResultSelector"].as_object().unwrap().clone();
    let paths = selector.values().map(|path| path.as_str().unwrap().to_owned());
    paths.filter_map(|path| path.strip_prefix("$.Payload.").map(str::to_owned)).collect()
}

fn fields(answer: &impl Serialize) -> BTreeSet<String> {
    serde_json::to_value(answer).unwrap().as_object().unwrap().keys().cloned().collect()
}

#[test]
fn every_task_is_retried_alike() {
    let retried = ErrorName::ALL.into_iter().filter(|name| name.is_retried()).map(ErrorName::as_str);
    let of_lambda = [
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.ClientExecutionTimeoutException",
    ];
    let expected = json!([
        {
            "ErrorEquals": retried.chain(of_lambda).collect::<Vec<_>>(),
            "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 6, "MaxDelaySeconds": 60, "JitterStrategy": "FULL"
        },
        {
            "ErrorEquals": ["Lambda.TooManyRequestsException"],
            "IntervalSeconds": 5, "BackoffRate": 2, "MaxAttempts": 150, "MaxDelaySeconds": 300, "JitterStrategy": "FULL"
        },
        {
            "ErrorEquals": ["States.Timeout", "Sandbox.Timedout", "Runtime.ExitError", "Runtime.OutOfMemory", "Lambda.Unknown"],
            "IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 2, "MaxDelaySeconds": 30, "JitterStrategy": "FULL"
        }
    ]);
    let tasks: Vec<_> = all_states().into_iter().filter(|(_, state)| state["Type"] == "Task").collect();
    assert_eq!(tasks.len(), 13);
    for (name, task) in tasks {
        assert_eq!(task["Retry"], expected, "{name}");
    }
}

/// Where an account has few functions at a time and many uploads come at once, each of their invocations waits its turn.
/// Full jitter halves the wait on average, and a retrier waits once for each attempt.
#[test]
fn an_invocation_waits_some_six_hours_for_lambda_to_have_room() {
    let retrier = &state("Split")["Retry"][1];
    let number = |field: &str| retrier[field].as_f64().unwrap();
    let wait = |attempt: i32| {
        let interval = number("IntervalSeconds") * number("BackoffRate").powi(attempt);
        interval.min(number("MaxDelaySeconds")) / 2.0
    };
    let hours = (0..number("MaxAttempts") as i32).map(wait).sum::<f64>() / 3600.0;
    assert!((5.5..6.5).contains(&hours), "{hours}");
    // A retry is three events of at most 25,000 in an execution's history (Step Functions guide, "Service quotas").
    assert!(number("MaxAttempts") * 3.0 < 2_500.0);
}

/// A message says that the execution is to be redriven. A redrive is known by a count above the one in that message's run, not
/// above the one at which the chunks were listed: a run that is stopped and redriven has a higher one already.
#[test]
fn the_redrive_count_is_recorded_where_a_run_ends() {
    let notify = state(states::NOTIFY_FAILURE);
    assert_eq!(notify["ResultSelector"]["redrives.$"], "$$.Execution.RedriveCount");
    assert_eq!((&notify["ResultPath"], &notify["Next"]), (&json!("$.notification"), &json!("Redrivable")));
    let end = json!({"notification": {"message_id": "m", "redrives": 2}, "import": {"import_id": Uuid::nil(), "redrives": 1}});
    assert_eq!(ExecutionState::readable(&end).redrives(), 2);
    // An execution of a definition before keeps that definition.
    let before =
        json!({"notification": {"message_id": "m"}, "import": {"import_id": Uuid::nil(), "redrives": 1}});
    assert_eq!(ExecutionState::readable(&before).redrives(), 1);
}

#[test]
fn the_partition_is_never_written_out() {
    assert!(!DEFINITION.contains("arn:aws"));
}

#[test]
fn every_state_that_a_program_names_is_there() {
    let names: Vec<String> = all_states().into_iter().map(|(name, _)| name).collect();
    for name in states::ALL {
        assert!(names.iter().any(|other| other == name), "{name}");
    }
}

#[test]
fn the_state_takes_over_every_field_of_an_answer() {
    let mut recovered = fields(&Plan::without_chunks(Uuid::nil()));
    assert_eq!(selected("Split"), recovered);
    assert_eq!(selected("Decide"), recovered);
    // Only `split` detects a duplicate event, and sends to other states than `LoadChunks`.
    for field in ["duplicate_of", "unfinished", "convert", "survey", "dry_run", "held"] {
        assert!(recovered.remove(field), "{field}");
    }
    assert_eq!(selected("SelectChunks"), recovered);
    assert_eq!(selected("AwaitRedrive"), recovered);
    assert_eq!(selected("Load"), fields(&LoadOutput { done: true, progress: LoadProgress::default() }));
    let reported = Reported {
        outcome: Outcome::Succeeded,
        dry_run: false,
        rows: RowCounts::default(),
        chunks: ChunkCounts::default(),
        failed_chunks: Vec::new(),
        reject_samples: Vec::new(),
        notes: Vec::new(),
        warnings: Vec::new(),
        changes: None,
        write_units: 0.0,
        throttles: 0,
        milliseconds: 0,
    };
    assert_eq!(selected("Summarize"), fields(&reported));
    assert_eq!(selected("Hold"), fields(&HoldOutput::default()));
    assert_eq!(selected("Remove"), fields(&RemoveOutput::default()));
    assert_eq!(selected("SurveyChunk"), fields(&SurveyOutput { rows: 1, rejected: 0 }));
    for notify in [states::NOTIFY_SUCCESS, states::NOTIFY_FAILURE, states::NOTIFY_SUPERSEDED] {
        assert_eq!(selected(notify), fields(&NotifyOutput { message_id: String::new() }));
    }
}

/// The state carries nothing of a conversion: `split` reads it from the imports bucket, so that a redrive does too.
#[test]
fn a_file_is_split_after_it_was_converted() {
    let convert = state("Convert");
    assert_eq!((&convert["Next"], &convert["ResultPath"]), (&json!("Split"), &Value::Null));
    assert!(convert.as_object().unwrap().contains_key("ResultPath"));
    let expected = json!({"Variable": "$.import.convert", "BooleanEquals": true, "Next": "Convert"});
    assert!(state("Claimed")["Choices"].as_array().unwrap().contains(&expected));
    assert_eq!(convert["Catch"], state("Split")["Catch"]);
}

/// A split that stopped early goes on at once, and one that is done pays no state for that. How far it came is in the imports bucket, so
/// that a redrive goes on there, too.
#[test]
fn a_split_goes_on_until_it_is_finished() {
    let goes_on = json!({"Variable": "$.import.unfinished", "BooleanEquals": true, "Next": "Split"});
    assert!(state("Claimed")["Choices"].as_array().unwrap().contains(&goes_on));
    assert_eq!(state("Split")["Next"], json!("Claimed"));
}

/// A large file goes from `Survey` to `Decide`, whatever became of the run, and to `Survey` again if that asks for it.
#[test]
fn a_surveyed_file_is_decided_before_it_is_loaded() {
    let (survey, decide) = (state("Survey"), state("Decide"));
    assert_eq!((&survey["Next"], &survey["Catch"][0]["Next"]), (&json!("Decide"), &json!("Decide")));
    assert_eq!(decide["Parameters"]["Payload"]["surveyed.$"], json!("$.import.survey"));
    for field in ["ResultSelector", "ResultPath", "Catch", "Next"] {
        assert_eq!(decide[field], state("Split")[field], "{field}");
    }
    let claimed = state("Claimed");
    let to_survey = json!({"Variable": "$.import.survey", "IsNumeric": true, "Next": "Survey"});
    let to_summarize = json!({"Variable": "$.import.dry_run", "BooleanEquals": true, "Next": "Summarize"});
    for choice in [to_survey, to_summarize] {
        assert!(claimed["Choices"].as_array().unwrap().contains(&choice), "{choice}");
    }
}

/// Nothing is loaded before the lineup is held, and whoever waits asks again. What a redrive or a re-run has to load waits, too.
#[test]
fn nothing_is_loaded_before_the_lineup_is_held() {
    let held = json!({"Variable": "$.import.held", "BooleanEquals": true, "Next": "LoadChunks"});
    assert_eq!(state("Claimed")["Choices"].as_array().unwrap().last(), Some(&held));
    for name in ["Claimed", "Missing"] {
        assert_eq!(state(name)["Default"], json!("Hold"), "{name}");
    }
    assert_eq!((&state("Hold")["Next"], &state("AwaitHold")["Next"]), (&json!("Holding"), &json!("Hold")));
    assert_eq!(state("Holding")["Default"], json!("LoadChunks"));
    let to_load: Vec<String> = all_states()
        .into_iter()
        .filter(|(_, state)| state.to_string().contains("\"LoadChunks\"") && state["Label"] != "LoadChunks")
        .map(|(name, _)| name)
        .collect();
    assert_eq!(to_load, ["Claimed", "Holding"]);
}

/// Rows of the version before are removed after the last chunk is loaded, and before the hold is given back.
#[test]
fn rows_are_removed_between_the_last_chunk_and_the_summary() {
    assert_eq!(state("LoadChunks")["Next"], json!("Obsolete"));
    assert_eq!(state("LoadChunks")["Catch"][0]["Next"], json!("Summarize"));
    assert_eq!(state("Obsolete")["Default"], json!("Summarize"));
    assert_eq!(state("Remove")["Catch"][0]["Next"], json!("Summarize"));
    assert_eq!(state("RemoveDone")["Default"], json!("Remove"));
}

#[test]
fn choices_compare_with_names_that_functions_give() {
    let error_names = ErrorName::ALL.map(ErrorName::as_str);
    let outcomes = [Outcome::Succeeded, Outcome::Partial, Outcome::Failed, Outcome::Superseded];
    let outcomes = outcomes.map(Outcome::as_str);
    let mut compared = 0;
    for name in ["Outcome", "Redrivable"] {
        let text = state(name).to_string();
        for value in text.split("\"StringEquals\":\"").skip(1) {
            let value = value.split('"').next().unwrap();
            assert!(error_names.contains(&value) || outcomes.contains(&value), "{name}: {value}");
            compared += 1;
        }
    }
    assert_eq!(compared, 5);
}
