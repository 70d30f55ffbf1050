//! The Lambda Runtime API of one sandbox (Lambda developer guide, "Using the Lambda runtime API").

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::error::{InvocationError, MAX_RESPONSE};

/// An invocation on its way to the function.
#[derive(Debug)]
pub(crate) struct InvocationEvent {
    pub(crate) id: Uuid,
    pub(crate) payload: Bytes,
    pub(crate) timeout: Duration,
    /// Told when the function takes the invocation: its time begins then.
    pub(crate) taken: oneshot::Sender<()>,
    pub(crate) answer: Waiting,
}

/// Who waits for an answer.
type Waiting = oneshot::Sender<Result<Bytes, InvocationError>>;

#[derive(Debug)]
struct RuntimeApiState {
    arn: String,
    events: tokio::sync::Mutex<mpsc::Receiver<InvocationEvent>>,
    /// The invocation that the function works on, and who waits for it.
    current: Mutex<Option<(Uuid, Waiting)>>,
    init_error: mpsc::Sender<InvocationError>,
}

/// The API's side that hands out invocations. The server ends when this is dropped.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    /// `host:port`, as AWS_LAMBDA_RUNTIME_API has it.
    pub(crate) address: String,
    events: mpsc::Sender<InvocationEvent>,
    /// An error that the function reports before it takes its first invocation.
    pub(crate) init_errors: mpsc::Receiver<InvocationError>,
    _stop: oneshot::Sender<()>,
}

impl RuntimeApi {
    /// Serves the API for a sandbox of the function `arn`.
    pub(crate) async fn start(arn: &str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?.to_string();
        let (events, receiver) = mpsc::channel(1);
        let (init_error, init_errors) = mpsc::channel(1);
        let shared = RuntimeApiState {
            arn: arn.to_owned(),
            events: tokio::sync::Mutex::new(receiver),
            current: Mutex::new(None),
            init_error,
        };
        let (stop, stopped) = oneshot::channel();
        serve(listener, router(Arc::new(shared)), stopped);
        Ok(Self { address, events, init_errors, _stop: stop })
    }

    /// Hands out an invocation. It waits until the function asks for it.
    pub(crate) fn send(&self, event: InvocationEvent) {
        // There is never more than one: the sandbox is ours alone until it is answered.
        if self.events.try_send(event).is_err() {
            tracing::error!("a sandbox was given two invocations at a time");
        }
    }
}

/// Serves until the sender behind `stop` is gone.
fn serve(listener: TcpListener, router: Router, stop: oneshot::Receiver<()>) {
    // Answers are small and final: waiting for more to send (Nagle) only costs time.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
    });
    let stopped = async move { drop(stop.await) };
    tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped).await });
}

fn router(shared: Arc<RuntimeApiState>) -> Router {
    let runtime = Router::new()
        .route("/invocation/next", get(next))
        .route("/invocation/{id}/response", post(response))
        .route("/invocation/{id}/error", post(error))
        .route("/init/error", post(init_error))
        .layer(DefaultBodyLimit::disable())
        .with_state(shared);
    Router::new().nest("/2018-06-01/runtime", runtime)
}

async fn next(State(shared): State<Arc<RuntimeApiState>>) -> Response {
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

async fn response(
    State(shared): State<Arc<RuntimeApiState>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    if body.len() > MAX_RESPONSE {
        shared.finish(&id, Err(InvocationError::ResponseTooLarge));
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    accepted(shared.finish(&id, Ok(body)))
}

async fn error(
    State(shared): State<Arc<RuntimeApiState>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    accepted(shared.finish(&id, Err(reported(&headers, &body))))
}

async fn init_error(State(shared): State<Arc<RuntimeApiState>>, headers: HeaderMap, body: Bytes) -> Response {
    accepted(shared.init_error.try_send(reported(&headers, &body)).is_ok())
}

fn reported(headers: &HeaderMap, body: &Bytes) -> InvocationError {
    let header = headers.get("Lambda-Runtime-Function-Error-Type").and_then(|value| value.to_str().ok());
    InvocationError::Reported { body: body.to_vec(), header: header.map(str::to_owned) }
}

impl RuntimeApiState {
    /// Answers the invocation `id`; false where that is not the current one.
    fn finish(&self, id: &str, answer: Result<Bytes, InvocationError>) -> bool {
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
