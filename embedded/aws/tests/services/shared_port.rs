//! All services behind one port.

use std::io::{Read, Write};
use std::net::TcpStream;

use aws_sdk_s3::primitives::ByteStream;
use embedded_aws::{Embedded, Ports, StartError, state_machine_arn};

use crate::run::{OTHER_BUCKET, STATE_MACHINE, TOPIC, client, everything, storage_options};

/// Sends a request as it stands, with a last line that ends the connection. Returns the answer.
pub(crate) fn send(url: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn every_service_answers_behind_one_port() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = everything(folder.path()).await;
    let config = client(embedded.endpoints().shared.as_deref().unwrap()).await;
    let s3 = aws_sdk_s3::Client::from_conf(
        aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build(),
    );
    s3.put_object().bucket(OTHER_BUCKET).key("a").body(ByteStream::from_static(b"x")).send().await.unwrap();
    let object = s3.get_object().bucket(OTHER_BUCKET).key("a").send().await.unwrap();
    assert_eq!(object.body.collect().await.unwrap().to_vec(), b"x");
    let tables = aws_sdk_dynamodb::Client::new(&config).list_tables().send().await.unwrap();
    assert_eq!(tables.table_names(), ["Sets"]);
    let machines = aws_sdk_sfn::Client::new(&config).list_state_machines().send().await.unwrap();
    assert_eq!(machines.state_machines[0].state_machine_arn, state_machine_arn(STATE_MACHINE));
    let topics = aws_sdk_sns::Client::new(&config).list_topics().send().await.unwrap();
    assert!(topics.topics()[0].topic_arn().unwrap().ends_with(TOPIC));
}

#[tokio::test(flavor = "multi_thread")]
async fn sts_says_who_asks_and_a_service_that_is_not_there_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = everything(folder.path()).await;
    let url = embedded.endpoints().shared.clone().unwrap();
    let ask = |service: &str, action: &str| {
        let host = url.strip_prefix("http://").unwrap();
        let form = format!("Action={action}&Version=2011-06-15");
        send(
            &url,
            &format!(
                "POST / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n\
                 content-type: application/x-www-form-urlencoded\r\nauthorization: AWS4-HMAC-SHA256 \
                 Credential=local/20261127/us-east-1/{service}/aws4_request\r\n\r\n{form}",
                form.len()
            ),
        )
    };
    let identity = ask("sts", "GetCallerIdentity");
    assert!(
        identity.starts_with("HTTP/1.1 200") && identity.contains("<Account>000000000000</Account>"),
        "{identity}"
    );
    for (service, action) in [("ec2", "DescribeInstances"), ("sts", "AssumeRole")] {
        let refused = ask(service, action);
        let named = refused.to_lowercase().contains(service);
        assert!(
            refused.starts_with("HTTP/1.1 400") && refused.contains("UnsupportedOperation") && named,
            "{refused}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_host_and_origin_are_refused_on_every_port() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = everything(folder.path()).await;
    let endpoints = embedded.endpoints().clone();
    let ports =
        [Some(endpoints.s3), Some(endpoints.dynamodb), endpoints.sns, endpoints.sfn, endpoints.shared];
    for url in ports.map(Option::unwrap) {
        let own = url.strip_prefix("http://").unwrap();
        let with = |method: &str, lines: &str| {
            send(
                &url,
                &format!("{method} / HTTP/1.1\r\nconnection: close\r\ncontent-length: 0\r\n{lines}\r\n"),
            )
        };
        assert!(with("POST", "host: evil.example\r\n").starts_with("HTTP/1.1 403"), "{url}");
        let foreign = format!("host: {own}\r\norigin: http://evil.example\r\n");
        assert!(with("POST", &foreign).starts_with("HTTP/1.1 403"), "{url}");
        let preflight = with("OPTIONS", &format!("{foreign}access-control-request-method: POST\r\n"));
        assert!(
            preflight.starts_with("HTTP/1.1 403") && !preflight.contains("access-control-allow"),
            "{preflight}"
        );
        assert!(!with("POST", &format!("host: {own}\r\n")).starts_with("HTTP/1.1 403"), "{url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_port_that_is_taken_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut options = storage_options(folder.path());
    options.ports = Ports { shared: Some(port), ..Ports::default() };
    let refused = Embedded::start(options).await.err().unwrap();
    assert!(matches!(refused, StartError::Bind { port: named, .. } if named == port), "{refused}");
}
