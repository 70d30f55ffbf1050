use std::net::TcpListener;

use embedded_aws::{Embedded, Options, Ports, StartError};

use crate::run::{storage, storage_options};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_on_the_same_data_is_told_who_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let _first = storage(folder.path()).await;
    let refused = Embedded::start(storage_options(folder.path())).await.err().unwrap();
    assert!(matches!(refused, StartError::Lock(_)));
    assert!(refused.to_string().contains(&std::process::id().to_string()), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let ports = Ports { s3: port, ..Ports::default() };
    let options = Options { ports, ..storage_options(folder.path()) };
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
