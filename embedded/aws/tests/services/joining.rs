//! Processes that work on the services of another one.

use std::time::Duration;

use embedded_aws::{ExecutionEnd, JoinedServer, ServerFile, ServerLabel, state_machine_arn};
use tokio::time::timeout;

use crate::run::{STATE_MACHINE, client, everything, storage};

/// Far more than anything here takes: a test that fails says so instead of running for ever.
const PATIENCE: Duration = Duration::from_secs(60);

fn label() -> ServerLabel {
    ServerLabel {
        command: "test".to_owned(),
        serves: true,
        version: "1".to_owned(),
        build: "this one".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_joined_is_waited_for_and_nobody_joins_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut embedded = storage(folder.path()).await;
    assert!(ServerFile::read(folder.path()).is_none(), "nobody is let in before it is asked for");
    embedded.let_join(label()).await.unwrap();
    let file = ServerFile::read(folder.path()).unwrap();
    assert_eq!((file.pid, &file.endpoints), (std::process::id(), embedded.endpoints()));
    let joined = JoinedServer::join(file.clone()).await.unwrap();
    let other = ServerFile { token: "0".repeat(64), ..file.clone() };
    assert!(JoinedServer::join(other).await.is_err(), "the token is wrong");

    assert_eq!(embedded.stop_joining(), 1);
    assert!(ServerFile::read(folder.path()).is_none());
    assert!(JoinedServer::join(file).await.is_err(), "it is closed");
    assert!(!joined.has_ended());
    let (left, ()) = tokio::join!(timeout(PATIENCE, embedded.all_left()), async { drop(joined) });
    left.expect("the one who had joined has left");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_joined_learns_that_the_process_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut embedded = storage(folder.path()).await;
    embedded.let_join(label()).await.unwrap();
    let file = ServerFile::read(folder.path()).unwrap();
    let joined = JoinedServer::join(file.clone()).await.unwrap();
    timeout(PATIENCE, embedded.shutdown()).await.expect("nobody who has joined keeps it from ending");
    timeout(PATIENCE, joined.ended()).await.unwrap();
    assert!(joined.has_ended() && JoinedServer::join(file).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_joined_learns_when_the_engine_has_done_with_an_execution() {
    let folder = tempfile::tempdir().unwrap();
    let mut embedded = everything(folder.path()).await;
    embedded.let_join(label()).await.unwrap();
    let joined = JoinedServer::join(ServerFile::read(folder.path()).unwrap()).await.unwrap();
    let sfn = aws_sdk_sfn::Client::new(&client(embedded.endpoints().sfn.as_ref().unwrap()).await);
    let start = sfn.start_execution().state_machine_arn(state_machine_arn(STATE_MACHINE)).input("{}");
    let arn = start.send().await.unwrap().execution_arn;
    assert_eq!(joined.end_of(&arn).await.unwrap(), ExecutionEnd::Recorded);
    let unknown = joined.end_of(&arn.replace("echo:", "echo:none-")).await.unwrap();
    assert!(matches!(unknown, ExecutionEnd::Unknown(_)), "{unknown:?}");
}
