//! Serves a topic, publishes a message there over HTTP, and prints what subscribers would get.
//!
//! `cargo run -p embedded-sns --example publish`

use std::error::Error;

use embedded_sns::Sns;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::unbounded_channel;

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:news";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (listener, mut published) = unbounded_channel();
    let sns = Sns::open(folder.path(), TOPIC, listener)?;
    let server = TcpListener::bind("127.0.0.1:0").await?;
    let address = server.local_addr()?.to_string();
    tokio::spawn(async move { axum::serve(server, sns.router()).await });

    let form = format!("Action=Publish&TopicArn={TOPIC}&Subject=Hello&Message=It+rains");
    println!("{}\n", post(&address, &form).await?);
    println!("{:#?}", published.recv().await);
    println!("kept: {}", std::fs::read_to_string(folder.path().join("news.jsonl"))?);
    Ok(())
}

/// Posts a form and gives the whole answer. An SDK would sign it; nobody checks.
async fn post(address: &str, form: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let length = form.len();
    let head = format!("POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n{form}").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
