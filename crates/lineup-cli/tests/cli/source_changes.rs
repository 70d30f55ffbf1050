//! Files that are overwritten or deleted during their import, and events that are delivered twice.
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_sfn::types::ExecutionStatus;
use serde_json::{Value, json};

use crate::command::Lineup;
use crate::command::served::Served;

const UPLOADS: &str = "lineup-uploads";
const ONE: &str = "Performer,Stage,Start,End,Date\nHozier,River Stage,18:15,19:30,2025-07-12\n";
const OTHER: &str = "Performer,Stage,Start,End,Date\nMitski,River Stage,18:15,19:30,2025-07-12\n";

async fn put(served: &Served, key: &str, content: &'static str) {
    let body = ByteStream::from_static(content.as_bytes());
    served.s3().put_object().bucket(UPLOADS).key(key).body(body).send().await.unwrap();
}

async fn describe(
    served: &Served,
    arn: &str,
) -> aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput {
    served.sfn().describe_execution().execution_arn(arn).send().await.unwrap()
}

/// Starts an execution with `input`, which is the `count`th of all, and waits for its end.
async fn start(served: &Served, input: &Value, count: usize) -> String {
    let machine = served.state_machine().await;
    let start = served.sfn().start_execution().state_machine_arn(machine).input(input.to_string());
    let arn = start.send().await.unwrap().execution_arn;
    served.ended(count).await;
    arn
}

fn performers(lineup: &Lineup) -> Vec<String> {
    lineup.items().iter().map(|item| item["Performer"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_duplicate_event_ends_in_already_imported_and_sends_nothing() {
    let lineup = Lineup::new();
    let served = Served::start(&lineup);
    put(&served, "a.csv", ONE).await;
    let (first, _) = served.ended(1).await.remove(0);
    served.wait_for_line("a.csv");
    let event: Value = serde_json::from_str(&describe(&served, &first).await.input.unwrap()).unwrap();

    let second = start(&served, &event, 2).await;
    let described = describe(&served, &second).await;
    assert_eq!(described.status, ExecutionStatus::Succeeded);
    let output: Value = serde_json::from_str(&described.output.unwrap()).unwrap();
    assert_eq!(output["import"]["duplicate_of"], json!(first));
    assert_eq!(output.get("notification"), None);
    let history = served.sfn().get_execution_history().execution_arn(&second).send().await.unwrap();
    let entered = |event: &aws_sdk_sfn::types::HistoryEvent| {
        Some(event.state_entered_event_details()?.name().to_owned())
    };
    let states: Vec<String> = history.events.iter().filter_map(entered).collect();
    assert_eq!(states, ["Route", "Split", "Claimed", "AlreadyImported"]);
}

#[tokio::test]
async fn a_file_overwritten_before_the_split_fails_as_changed_and_is_never_a_mixture() {
    let lineup = Lineup::new();
    let served = Served::start(&lineup);
    put(&served, "a.csv", ONE).await;
    let (first, _) = served.ended(1).await.remove(0);
    let mut event: Value = serde_json::from_str(&describe(&served, &first).await.input.unwrap()).unwrap();
    // The event of an upload that was overwritten later.
    event["detail"]["object"]["etag"] = json!("0123456789abcdef0123456789abcdef");
    event["detail"]["object"]["version-id"] = json!("a version that is gone");
    event["detail"]["object"]["sequencer"] = json!("00000000000000FF");

    let changed = start(&served, &event, 2).await;
    let described = describe(&served, &changed).await;
    assert_eq!(
        (described.status, described.error.as_deref()),
        (ExecutionStatus::Failed, Some("SourceChanged"))
    );
    assert!(described.cause.unwrap().contains("upload the file again"));
    served.wait_for_line("deleted or overwritten");
    drop(served);
    assert_eq!(performers(&lineup), ["Hozier"]);
}

#[tokio::test]
async fn a_file_deleted_before_a_chunk_loads_fails_that_chunk_and_one_overwritten_is_superseded() {
    let lineup = Lineup::new();
    let (report, _) = lineup.import(&lineup.file("a.csv", ONE), &[]);
    let id = report["import_id"].as_str().unwrap();
    let served = Served::start(&lineup);
    let listed = served.s3().list_objects_v2().bucket(UPLOADS).send().await.unwrap();
    let key = listed.contents()[0].key().unwrap().to_owned();
    let head = served.s3().head_object().bucket(UPLOADS).key(&key).send().await.unwrap();
    let version = head.version_id().unwrap();
    served.s3().delete_object().bucket(UPLOADS).key(&key).version_id(version).send().await.unwrap();
    drop(served);
    let rerun = ["rerun", id, "--chunk", "1"];
    let done = lineup.run(rerun);
    assert_eq!(done.code, 1, "{done}");
    assert!(done.stdout.contains("SourceChanged"), "{done}");
    assert_eq!(performers(&lineup), ["Hozier"]);

    let served = Served::start(&lineup);
    put(&served, &key, OTHER).await;
    served.ended(3).await;
    drop(served);
    let done = lineup.run(rerun);
    assert_eq!(done.code, 1, "{done}");
    assert!(done.stdout.contains("The newer version takes its place"), "{done}");
    // All of the performers before are gone, so that nothing is removed.
    assert_eq!(performers(&lineup), ["Hozier", "Mitski"]);
}

#[tokio::test]
async fn serve_ends_well_at_ctrl_c_and_its_imports_are_there_afterwards() {
    let lineup = Lineup::new();
    let served = Served::start(&lineup);
    put(&served, "upload/of a day.csv", ONE).await;
    served.ended(1).await;
    assert_eq!(served.interrupt(), 0);
    let imports: Value = serde_json::from_str(&lineup.run(["imports", "--json"]).succeeded()).unwrap();
    assert_eq!(imports[0]["file"], json!("of a day.csv"));
    assert_eq!(performers(&lineup), ["Hozier"]);
}
