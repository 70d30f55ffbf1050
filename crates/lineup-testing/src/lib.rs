//! AWS for tests: S3, DynamoDB and SNS on one loopback port, with faults on order.
//!
//! S3 is a map in memory with what an import uses of it (conditions, ranges,
//! metadata, lists), DynamoDB is dynoxide in memory. For tests only: what goes wrong here panics.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

mod acknowledging;
mod dynamodb;
mod s3;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use futures::StreamExt;
use tokio::task::JoinHandle;

pub use acknowledging::{Acknowledging, Asked};
pub use dynamodb::{CALENDAR, Db, PERFORMANCES};
pub use s3::{Object, S3};

/// What is to go wrong with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is refused with this status and error code, and has no effect.
    Refused(u16, &'static str),
    /// Only this many of its items are written (`BatchWriteItem`).
    WritesOnly(usize),
    /// It takes effect, but the connection breaks after this many bytes of the answer's body.
    BreaksAfter(usize),
}

/// Decides which requests go wrong, by the operation (`BatchWriteItem`, `GET imports/…`).
pub type Faults = Box<dyn FnMut(&str) -> Option<Fault> + Send>;

/// The services, until this is dropped.
pub struct Aws {
    /// For `endpoint_url`.
    pub endpoint: String,
    /// What is in the buckets.
    pub s3: Arc<S3>,
    /// What is in the tables.
    pub db: Arc<Db>,
    /// The bodies of the messages that were published, URL-encoded as SNS gets them.
    pub published: Arc<Mutex<Vec<String>>>,
    faults: Arc<Mutex<Option<Faults>>>,
    server: JoinHandle<()>,
}

#[derive(Clone)]
struct Services {
    s3: Arc<S3>,
    db: Arc<Db>,
    published: Arc<Mutex<Vec<String>>>,
    faults: Arc<Mutex<Option<Faults>>>,
}

impl Aws {
    /// Starts them, with empty tables of performances and of the calendar.
    pub async fn start() -> Self {
        let services = Services {
            s3: Arc::default(),
            db: Arc::new(Db::new()),
            published: Arc::default(),
            faults: Arc::default(),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(services.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let Services { s3, db, published, faults } = services;
        Self { endpoint, s3, db, published, faults, server }
    }

    /// From now on requests go wrong as `faults` says.
    pub fn fail(&self, faults: impl FnMut(&str) -> Option<Fault> + Send + 'static) {
        *self.faults.lock().unwrap() = Some(Box::new(faults));
    }

    /// From now on nothing goes wrong.
    pub fn heal(&self) {
        *self.faults.lock().unwrap() = None;
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(State(services): State<Services>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let target = head.headers.get("x-amz-target").map(|target| target.to_str().unwrap().to_owned());
    let operation = match &target {
        Some(target) => target.rsplit('.').next().unwrap().to_owned(),
        None if head.uri.path() == "/" => "Publish".to_owned(),
        None => format!("{} {}", head.method, head.uri.path().trim_start_matches('/')),
    };
    let fault = services.faults.lock().unwrap().as_mut().and_then(|faults| faults(&operation));
    if let Some(Fault::Refused(status, code)) = fault {
        return refused(target.is_some(), status, code);
    }
    let only = if let Some(Fault::WritesOnly(items)) = fault { items } else { usize::MAX };
    let response = match operation.as_str() {
        "Publish" => publish(&services, &body),
        _ if target.is_some() => services.db.answer(&operation, &body, only),
        _ => services.s3.answer(&head, body),
    };
    match fault {
        Some(Fault::BreaksAfter(bytes)) => broken(response, bytes).await,
        _ => response,
    }
}

fn refused(json: bool, status: u16, code: &str) -> Response {
    let body = if json {
        format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"as ordered"}}"#)
    } else {
        format!("<Error><Code>{code}</Code><Message>as ordered</Message></Error>")
    };
    respond(status, body)
}

fn publish(services: &Services, body: &[u8]) -> Response {
    services.published.lock().unwrap().push(String::from_utf8_lossy(body).into_owned());
    let result = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
                  <MessageId>message-1</MessageId></PublishResult></PublishResponse>";
    respond(200, result)
}

fn respond(status: u16, body: impl Into<Body>) -> Response {
    Response::builder().status(StatusCode::from_u16(status).unwrap()).body(body.into()).unwrap()
}

/// The answer, of which the body breaks off after some bytes.
async fn broken(response: Response, bytes: usize) -> Response {
    let (head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let first = futures::stream::iter([Ok(body.slice(..bytes.min(body.len())))]);
    let end = futures::stream::once(async {
        // Once pending, so that the server sends what it has.
        tokio::task::yield_now().await;
        Err::<Bytes, _>(std::io::Error::other("as ordered"))
    });
    Response::from_parts(head, Body::from_stream(first.chain(end)))
}
