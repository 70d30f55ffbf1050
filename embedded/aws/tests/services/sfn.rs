use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_sfn::Client;
use aws_sdk_sfn::error::ProvideErrorMetadata;
use aws_sdk_sfn::types::{ExecutionStatus, HistoryEventType};
use embedded_aws::{ACCOUNT, Embedded, REGION, state_machine_arn};
use serde_json::{Value, json};

use crate::run::{STATE_MACHINE, UPLOADS_BUCKET, client, everything, everything_with};

async fn sfn(embedded: &Embedded) -> Client {
    Client::new(&client(embedded.endpoints().sfn.as_ref().unwrap()).await)
}

async fn start(embedded: &Embedded, name: &str, input: &str) -> String {
    let start = sfn(embedded).await.start_execution().state_machine_arn(state_machine_arn(STATE_MACHINE));
    start.name(name).input(input).send().await.unwrap().execution_arn
}

fn event(id: &str, key: &str) -> Value {
    json!({
        "version": "0", "id": id, "detail-type": "Object Created", "source": "aws.s3",
        "detail": { "bucket": { "name": UPLOADS_BUCKET }, "object": { "key": key } }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uploaded_file_starts_an_execution_with_the_whole_event() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = everything(folder.path()).await;
    let s3 = aws_sdk_s3::Client::new(&client(&embedded.endpoints().s3).await);
    let mut changes = embedded.engine().unwrap().subscribe();
    for key in ["notes.md", "Main Stage.CSV"] {
        let body = ByteStream::from_static(b"Performer\n");
        s3.put_object().bucket(UPLOADS_BUCKET).key(key).body(body).send().await.unwrap();
    }
    changes.changed().await.unwrap();
    let list = || async {
        let list = sfn(&embedded).await.list_executions().state_machine_arn(state_machine_arn(STATE_MACHINE));
        list.send().await.unwrap().executions
    };
    let executions = list().await;
    assert_eq!(executions.len(), 1, "only the CSV file matches the rule");
    let ended = embedded.engine().unwrap().wait(&executions[0].execution_arn).await.unwrap();
    let input: Value = serde_json::from_str(&ended.input).unwrap();
    assert_eq!(input["detail"]["object"]["key"], "Main Stage.CSV");
    assert!(ended.name.starts_with(input["id"].as_str().unwrap()), "{}", ended.name);
    let output: Value = serde_json::from_str(&ended.output.unwrap()).unwrap();
    assert_eq!(output["Payload"]["event"], input);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_delivery_starts_an_execution_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = everything(folder.path()).await;
    let event = event("17793124-05d4-b198-2fde-7ededc63b103", "a.csv");
    let first = embedded.deliver(&event).await.unwrap().unwrap();
    let second = embedded.deliver(&event).await.unwrap().unwrap();
    assert_ne!(first.execution_arn, second.execution_arn);
    assert_eq!(first.input, second.input);
    assert_eq!(embedded.deliver(&json!({ "source": "aws.s3" })).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_is_started_described_and_has_a_history() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = everything(folder.path()).await;
    let sfn = sfn(&embedded).await;
    let arn = start(&embedded, "one", r#"{"a":1}"#).await;
    embedded.engine().unwrap().wait(&arn).await.unwrap();
    let described = sfn.describe_execution().execution_arn(&arn).send().await.unwrap();
    assert_eq!((described.name(), described.input()), (Some("one"), Some(r#"{"a":1}"#)));
    assert_eq!(described.status, ExecutionStatus::Succeeded);
    assert!(described.stop_date.unwrap() >= described.start_date);
    let history = || sfn.get_execution_history().execution_arn(&arn);
    let events = history().send().await.unwrap().events;
    assert_eq!(events[0].r#type, HistoryEventType::ExecutionStarted);
    assert_eq!(events.last().unwrap().r#type, HistoryEventType::ExecutionSucceeded);
    let pages = history().max_results(2).reverse_order(true).into_paginator().items().send();
    let mut ids: Vec<_> = pages.try_collect().await.unwrap().iter().map(|event| event.id).collect();
    ids.reverse();
    assert_eq!(ids, events.iter().map(|event| event.id).collect::<Vec<_>>());
    let bare = history().include_execution_data(false).send().await.unwrap().events;
    assert_eq!(bare[0].execution_started_event_details.as_ref().unwrap().input, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn executions_are_listed_page_by_page_and_by_status() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = everything(folder.path()).await;
    for name in ["one", "two", "three"] {
        let arn = start(&embedded, name, "{}").await;
        embedded.engine().unwrap().wait(&arn).await.unwrap();
    }
    let sfn = sfn(&embedded).await;
    let list = || sfn.list_executions().state_machine_arn(state_machine_arn(STATE_MACHINE));
    let pages = list().max_results(1).into_paginator().items().send();
    let names: Vec<_> = pages.try_collect().await.unwrap().into_iter().map(|item| item.name).collect();
    assert_eq!(names, ["three", "two", "one"]);
    assert_eq!(list().status_filter(ExecutionStatus::Succeeded).send().await.unwrap().executions.len(), 3);
    assert_eq!(list().status_filter(ExecutionStatus::Failed).send().await.unwrap().executions.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_execution_is_aborted_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = everything_with(folder.path(), "sleeps").await;
    let arn = start(&embedded, "one", "{}").await;
    let sfn = sfn(&embedded).await;
    sfn.stop_execution().execution_arn(&arn).error("Enough").cause("of it").send().await.unwrap();
    let described = sfn.describe_execution().execution_arn(&arn).send().await.unwrap();
    assert_eq!(described.status, ExecutionStatus::Aborted);
    assert_eq!((described.error(), described.cause()), (Some("Enough"), Some("of it")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_machine_describes_itself() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = everything(folder.path()).await;
    let sfn = sfn(&embedded).await;
    let machines = sfn.list_state_machines().send().await.unwrap().state_machines;
    assert_eq!(machines[0].state_machine_arn, state_machine_arn(STATE_MACHINE));
    let described = sfn.describe_state_machine().state_machine_arn(state_machine_arn(STATE_MACHINE));
    let definition: Value = serde_json::from_str(&described.send().await.unwrap().definition).unwrap();
    assert_eq!(definition["StartAt"], "Only");
    let arn = start(&embedded, "one", "{}").await;
    let described = sfn.describe_state_machine_for_execution().execution_arn(&arn).send().await.unwrap();
    assert_eq!(described.state_machine_arn, state_machine_arn(STATE_MACHINE));
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_have_the_names_that_step_functions_gives_them() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = everything(folder.path()).await;
    let sfn = sfn(&embedded).await;
    let machine = state_machine_arn(STATE_MACHINE);
    let arn = start(&embedded, "one", "{}").await;
    embedded.engine().unwrap().wait(&arn).await.unwrap();
    let begin = |machine: &str| sfn.start_execution().state_machine_arn(machine);
    let missing = format!("arn:aws:states:{REGION}:{ACCOUNT}:execution:{STATE_MACHINE}:nobody");
    let map_run = format!("arn:aws:states:{REGION}:{ACCOUNT}:mapRun:{STATE_MACHINE}/Items:nobody");
    let code = |error: Option<&str>| error.unwrap_or("none").to_owned();
    let refusals = [
        (
            "ExecutionAlreadyExists",
            code(begin(&machine).name("one").input("[]").send().await.unwrap_err().code()),
        ),
        ("InvalidExecutionInput", code(begin(&machine).input("{").send().await.unwrap_err().code())),
        ("InvalidName", code(begin(&machine).name("a b").send().await.unwrap_err().code())),
        ("InvalidArn", code(begin("nonsense").send().await.unwrap_err().code())),
        ("StateMachineDoesNotExist", code(begin(&format!("{machine}s")).send().await.unwrap_err().code())),
        (
            "ExecutionDoesNotExist",
            code(sfn.describe_execution().execution_arn(&missing).send().await.unwrap_err().code()),
        ),
        (
            "InvalidArn",
            code(sfn.describe_execution().execution_arn(&machine).send().await.unwrap_err().code()),
        ),
        (
            "ResourceNotFound",
            code(sfn.describe_map_run().map_run_arn(map_run).send().await.unwrap_err().code()),
        ),
        (
            "ExecutionNotRedrivable",
            code(sfn.redrive_execution().execution_arn(&arn).send().await.unwrap_err().code()),
        ),
        (
            "InvalidToken",
            code(
                sfn.list_executions()
                    .state_machine_arn(&machine)
                    .next_token("nonsense")
                    .send()
                    .await
                    .unwrap_err()
                    .code(),
            ),
        ),
        ("ValidationException", code(sfn.list_executions().send().await.unwrap_err().code())),
        (
            "ValidationException",
            code(
                sfn.list_executions()
                    .state_machine_arn(&machine)
                    .status_filter(ExecutionStatus::PendingRedrive)
                    .send()
                    .await
                    .unwrap_err()
                    .code(),
            ),
        ),
    ];
    for (expected, found) in refusals {
        assert_eq!(found, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn executions_outlive_the_run_and_one_under_way_is_found_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = everything_with(folder.path(), "sleeps").await;
    let arn = start(&embedded, "one", "{}").await;
    embedded.shutdown().await;
    let embedded = everything_with(folder.path(), "echo").await;
    let described = sfn(&embedded).await.describe_execution().execution_arn(&arn).send().await.unwrap();
    assert_eq!(
        (described.status.clone(), described.error()),
        (ExecutionStatus::Aborted, Some("Interrupted"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_whose_execution_did_not_end_is_delivered_again_at_the_next_start_and_then_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = everything_with(folder.path(), "sleeps").await;
    let s3 = aws_sdk_s3::Client::new(&client(&embedded.endpoints().s3).await);
    let mut changes = embedded.engine().unwrap().subscribe();
    let body = ByteStream::from_static(b"Performer\n");
    s3.put_object().bucket(UPLOADS_BUCKET).key("a.csv").body(body).send().await.unwrap();
    changes.changed().await.unwrap();
    embedded.shutdown().await;
    let mut executions = Vec::new();
    for _ in 0..2 {
        let embedded = everything(folder.path()).await;
        embedded.settled().await;
        let list = sfn(&embedded).await.list_executions().state_machine_arn(state_machine_arn(STATE_MACHINE));
        executions.push(list.send().await.unwrap().executions);
        embedded.shutdown().await;
    }
    let statuses: Vec<_> = executions[0].iter().map(|execution| execution.status.clone()).collect();
    assert_eq!(statuses, [ExecutionStatus::Succeeded, ExecutionStatus::Aborted]);
    assert_eq!(executions[0], executions[1]);
    let event = |name: &str| name.split('_').next().unwrap().to_owned();
    assert_eq!(event(&executions[0][0].name), event(&executions[0][1].name), "it is the same event");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_repeats_a_redrive_redrives_once() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = everything_with(folder.path(), "sleeps").await;
    let arn = start(&embedded, "one", "{}").await;
    let sfn = sfn(&embedded).await;
    sfn.stop_execution().execution_arn(&arn).send().await.unwrap();
    for _ in 0..2 {
        sfn.redrive_execution().execution_arn(&arn).client_token("token").send().await.unwrap();
    }
    let refused = sfn.redrive_execution().execution_arn(&arn).send().await.unwrap_err();
    assert_eq!(refused.code(), Some("ExecutionNotRedrivable"));
    let described = sfn.describe_execution().execution_arn(&arn).send().await.unwrap();
    assert_eq!((described.status, described.redrive_count), (ExecutionStatus::Running, Some(1)));
}
