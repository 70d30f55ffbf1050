//! Serves a bucket, puts an object there and gets it back over HTTP, and prints the event of the put.
//!
//! `cargo run -p embedded-s3 --example put_and_get`

use std::error::Error;

use embedded_s3::{Buckets, Owner};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::unbounded_channel;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let owner = Owner { region: "eu-west-1".to_owned(), account: "123456789012".to_owned() };
    let (events, mut sent) = unbounded_channel();
    let notified = Some(("pictures".to_owned(), events));
    let buckets = Buckets::open(folder.path(), owner, &["pictures".to_owned()], &[], notified, None)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move { axum::serve(listener, buckets.router()).await });

    println!("{}\n", request(&address, "PUT /pictures/2025/a.txt", "If-None-Match: *", "hello").await?);
    println!("{}\n", request(&address, "GET /pictures/2025/a.txt", "Range: bytes=1-3", "").await?);
    println!("{}\n", request(&address, "PUT /pictures/2025/a.txt", "If-None-Match: *", "again").await?);
    println!("{:#}", sent.recv().await.unwrap_or_default());
    Ok(())
}

/// Sends a request and gives the whole answer. An SDK would sign it; nobody checks.
async fn request(address: &str, line: &str, header: &str, body: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let length = body.len();
    let head = format!("{line} HTTP/1.1\r\nHost: {address}\r\n{header}\r\nConnection: close\r\n");
    stream.write_all(format!("{head}Content-Length: {length}\r\n\r\n{body}").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
