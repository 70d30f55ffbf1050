use std::net::TcpListener;

use lineup_local::{Embedded, LocalError, Options, Ports};

use crate::run::storage;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_on_the_same_data_is_told_who_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let _first = storage(folder.path()).await;
    let options =
        Options { data: folder.path().to_owned(), ports: Ports::default(), tables: vec![], pipeline: None };
    let refused = Embedded::start(options).await.err().unwrap();
    assert!(matches!(refused, LocalError::Lock(_)));
    assert!(refused.to_string().contains(&std::process::id().to_string()), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let ports = Ports { s3: port, ..Ports::default() };
    let options = Options { data: folder.path().to_owned(), ports, tables: vec![], pipeline: None };
    let refused = Embedded::start(options).await.err().unwrap().to_string();
    assert!(refused.contains("S3") && refused.contains(&port.to_string()), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_listens_and_the_data_is_free_after_a_shutdown() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = storage(folder.path()).await;
    let address = embedded.endpoints().s3.strip_prefix("http://").unwrap().to_owned();
    embedded.shutdown().await;
    TcpListener::bind(address).unwrap();
    storage(folder.path()).await.shutdown().await;
}
