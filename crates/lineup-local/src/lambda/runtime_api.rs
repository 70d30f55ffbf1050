//! The Lambda Runtime API of one sandbox (Lambda developer guide, "Using the Lambda runtime API").

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use super::failure::{Failure, MAX_RESPONSE};
use crate::endpoints::{bind, function_arn, serve};

/// An invocation on its way to the function.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) id: Uuid,
    pub(super) payload: Bytes,
    pub(super) timeout: Duration,
    /// Told when the function takes the invocation: its time begins then.
    pub(super) taken: oneshot::Sender<()>,
    pub(super) answer: Waiting,
}

/// Who waits for an answer.
type Waiting = oneshot::Sender<Result<Bytes, Failure>>;

#[derive(Debug)]
struct Shared {
    arn: String,
    events: tokio::sync::Mutex<mpsc::Receiver<Event>>,
    /// The invocation that the function works on, and who waits for it.
    current: Mutex<Option<(Uuid, Waiting)>>,
    init_error: mpsc::Sender<Failure>,
}

/// The API's side that hands out invocations. The server ends when this is dropped.
#[derive(Debug)]
pub(super) struct RuntimeApi {
    /// `host:port`, as AWS_LAMBDA_RUNTIME_API has it.
    pub(super) address: String,
    events: mpsc::Sender<Event>,
    /// An error that the function reports before it takes its first invocation.
    pub(super) init_errors: mpsc::Receiver<Failure>,
    _stop: watch::Sender<bool>,
}

impl RuntimeApi {
    /// Serves the API for a sandbox of `function`.
    pub(super) async fn start(function: &str) -> io::Result<Self> {
        let listener = bind(0).await?;
        let address = listener.local_addr()?.to_string();
        let (events, receiver) = mpsc::channel(1);
        let (init_error, init_errors) = mpsc::channel(1);
        let shared = Shared {
            arn: function_arn(function),
            events: tokio::sync::Mutex::new(receiver),
            current: Mutex::new(None),
            init_error,
        };
        let (stop, stopped) = watch::channel(false);
        serve(listener, router(Arc::new(shared)), stopped);
        Ok(Self { address, events, init_errors, _stop: stop })
    }

    /// Hands out an invocation. It waits until the function asks for it.
    pub(super) fn send(&self, event: Event) {
        // There is never more than one: the sandbox is ours alone until it is answered.
        if self.events.try_send(event).is_err() {
            tracing::error!("a sandbox was given two invocations at a time");
        }
    }
}

fn router(shared: Arc<Shared>) -> Router {
    let runtime = Router::new()
        .route("/invocation/next", get(next))
        .route("/invocation/{id}/response", post(response))
        .route("/invocation/{id}/error", post(error))
        .route("/init/error", post(init_error))
        .layer(DefaultBodyLimit::disable())
        .with_state(shared);
    Router::new().nest("/2018-06-01/runtime", runtime)
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    let Some(event) = shared.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    *shared.current.lock().unwrap_or_else(PoisonError::into_inner) = Some((event.id, event.answer));
    // Nobody waits for it where the invocation was cancelled; the sandbox is about to be killed then.
    let _ = event.taken.send(());
    let deadline = SystemTime::now() + event.timeout;
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let trace = event.id.simple().to_string();
    let headers = [
        ("Content-Type", "application/json".to_owned()),
        ("Lambda-Runtime-Aws-Request-Id", event.id.to_string()),
        ("Lambda-Runtime-Deadline-Ms", deadline.to_string()),
        ("Lambda-Runtime-Invoked-Function-Arn", shared.arn.clone()),
        ("Lambda-Runtime-Trace-Id", format!("Root=1-{}-{};Sampled=0", &trace[..8], &trace[8..])),
    ];
    (headers, Body::from(event.payload)).into_response()
}

async fn response(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> Response {
    if body.len() > MAX_RESPONSE {
        shared.finish(&id, Err(Failure::ResponseTooLarge));
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    accepted(shared.finish(&id, Ok(body)))
}

async fn error(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    accepted(shared.finish(&id, Err(reported(&headers, &body))))
}

async fn init_error(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    accepted(shared.init_error.try_send(reported(&headers, &body)).is_ok())
}

fn reported(headers: &HeaderMap, body: &Bytes) -> Failure {
    let header = headers.get("Lambda-Runtime-Function-Error-Type").and_then(|value| value.to_str().ok());
    Failure::Reported { body: body.to_vec(), header: header.map(str::to_owned) }
}

impl Shared {
    /// Answers the invocation `id`; false where that is not the current one.
    fn finish(&self, id: &str, answer: Result<Bytes, Failure>) -> bool {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match current.take_if(|(current, _)| current.to_string() == id) {
            Some((_, waiting)) => waiting.send(answer).is_ok(),
            None => false,
        }
    }
}

fn accepted(known: bool) -> Response {
    let (status, body) = if known {
        (StatusCode::ACCEPTED, r#"{"status":"OK"}"#)
    } else {
        (StatusCode::BAD_REQUEST, r#"{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}"#)
    };
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}
