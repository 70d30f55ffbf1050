//! Working on the services of another process, which has the data directory.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::join_port::ExecutionEnd;
use crate::server_file::ServerFile;

/// How long a process may take to answer that one has joined it. Nothing is to be done for the answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const MAX_ANSWER: usize = 64 << 10;

/// Another process, whose services this one uses. It does not end in an orderly way before this is dropped, unless it must.
pub struct JoinedServer {
    file: ServerFile,
    ended: watch::Receiver<bool>,
    until_end: JoinHandle<()>,
}

impl JoinedServer {
    /// Joins the process that has left `file`.
    ///
    /// # Errors
    /// It has ended, is ending, or the file is not its own.
    pub async fn join(file: ServerFile) -> io::Result<Self> {
        let asked = timeout(ANSWERS_WITHIN, ask(&file, Method::GET, "/joined", String::new()));
        let body = asked.await.map_err(io::Error::from)??;
        let (ends, ended) = watch::channel(false);
        let until_end = tokio::spawn(async move {
            // It is empty. An error is its end, too: the process was killed.
            let _ = to_bytes(Body::new(body), MAX_ANSWER).await;
            ends.send_replace(true);
        });
        Ok(Self { file, ended, until_end })
    }

    /// What it has left in the data directory.
    pub const fn file(&self) -> &ServerFile {
        &self.file
    }

    /// Waits until the process has ended, or is about to.
    pub async fn ended(&self) {
        // An error means that the task is gone, which is only so when this is dropped.
        let _ = self.ended.clone().wait_for(|ended| *ended).await;
    }

    /// Whether the process has ended, or is about to.
    pub fn has_ended(&self) -> bool {
        *self.ended.borrow()
    }

    /// Waits until the engine of the process has done with an execution.
    ///
    /// # Errors
    /// The process does not answer.
    pub async fn end_of(&self, arn: &str) -> io::Result<ExecutionEnd> {
        let body = ask(&self.file, Method::POST, "/ended", arn.to_owned()).await?;
        let answer = to_bytes(Body::new(body), MAX_ANSWER).await.map_err(io::Error::other)?;
        Ok(serde_json::from_slice(&answer)?)
    }
}

impl Drop for JoinedServer {
    fn drop(&mut self) {
        self.until_end.abort();
    }
}

/// Sends a request on a connection of its own. The connection lasts as long as the body that is returned.
async fn ask(file: &ServerFile, method: Method, path: &str, body: String) -> io::Result<Incoming> {
    let address = file.join.strip_prefix("http://").unwrap_or(&file.join);
    let stream = TcpStream::connect(address).await?;
    let (mut connection, driver) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    tokio::spawn(driver);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, address)
        .header(AUTHORIZATION, format!("Bearer {}", file.token))
        .body(Body::from(Bytes::from(body)))
        .map_err(io::Error::other)?;
    let answer = connection.send_request(request).await.map_err(io::Error::other)?;
    match answer.status() {
        StatusCode::OK => Ok(answer.into_body()),
        status => Err(io::Error::other(format!("process {} answered {status}", file.pid))),
    }
}
