//! The port of those who join: other processes of the same user, which work on the services of this one.
//!
//! The services' ports take any credentials, since SDKs need that. Here the token of [`ServerFile`](crate::ServerFile) is asked for:
//! what is here keeps this process from ending, and no AWS API says it.
//!
//! - `GET /joined` is answered at once, and its body ends with this process. Until then the one who asked has joined.
//!   A process of another build asks this, too, to know that the file is current.
//! - `POST /ended`, with the ARN of an execution, is answered when the engine has done with it: see [`ExecutionEnd`].

use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use embedded_step_functions::Engine;
use futures::stream;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::endpoints::Endpoints;
use crate::server::{StopSignal, bind, serve, stopped, url};
use crate::server_file::{ServerFile, ServerLabel, WrittenServerFile};

/// What the engine says of an execution that it does not run any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExecutionEnd {
    /// How it ended is written down: DescribeExecution says it.
    Recorded,
    /// It was given up, and its end could not be written down. Whoever looks at it would see it run for ever.
    Lost,
    /// It cannot be looked up.
    Unknown(String),
}

impl ExecutionEnd {
    /// Waits for it.
    pub(crate) async fn of(engine: &Engine, arn: &str) -> Self {
        match engine.wait(arn).await {
            Ok(record) if record.status.is_terminal() => Self::Recorded,
            Ok(_) => Self::Lost,
            Err(error) => Self::Unknown(error.to_string()),
        }
    }
}

/// A running server for those who join, and the file by which they find it.
pub(crate) struct JoinPort {
    file: Option<WrittenServerFile>,
    server: JoinHandle<io::Result<()>>,
    shared: Arc<JoinState>,
}

struct JoinState {
    token: String,
    engine: Option<Engine>,
    stop: StopSignal,
    /// How many have joined, and whether others may.
    joined: watch::Sender<JoinedCount>,
}

#[derive(Debug, Clone, Copy)]
struct JoinedCount {
    count: usize,
    is_open: bool,
}

impl JoinPort {
    /// Opens it until `stop`, and leaves the file in `directory`.
    pub(crate) async fn open(
        directory: &Path,
        label: ServerLabel,
        endpoints: &Endpoints,
        engine: Option<Engine>,
        stop: StopSignal,
    ) -> io::Result<Self> {
        let listener = bind(0).await?;
        let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let (join, endpoints) = (url(&listener)?, endpoints.clone());
        let file = ServerFile { pid: std::process::id(), label, endpoints, join, token: token.clone() };
        let file = Some(file.write(directory)?);
        let (joined, _) = watch::channel(JoinedCount { count: 0, is_open: true });
        let shared = Arc::new(JoinState { token, engine, stop: stop.clone(), joined });
        let server = serve(listener, router(Arc::clone(&shared)), stop);
        Ok(Self { file, server, shared })
    }

    /// Lets nobody join any more. Returns how many have joined.
    pub(crate) fn close(&mut self) -> usize {
        self.file = None;
        self.shared.joined.send_modify(|joined| joined.is_open = false);
        self.shared.joined.borrow().count
    }

    /// The server, which ends with `stop`.
    pub(crate) fn into_server(self) -> JoinHandle<io::Result<()>> {
        self.server
    }

    /// Waits until nobody is joined.
    pub(crate) async fn all_left(&self) {
        // The sender is in `self`.
        let _ = self.shared.joined.subscribe().wait_for(|joined| joined.count == 0).await;
    }
}

fn router(shared: Arc<JoinState>) -> Router {
    Router::new()
        .route("/joined", get(join))
        .route("/ended", post(ended))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), check_token))
        .with_state(shared)
}

async fn check_token(State(shared): State<Arc<JoinState>>, request: Request, next: Next) -> Response {
    let header = request.headers().get(AUTHORIZATION).and_then(|header| header.to_str().ok());
    let token = header.and_then(|header| header.strip_prefix("Bearer ")).unwrap_or_default();
    if bool::from(token.as_bytes().ct_eq(shared.token.as_bytes())) {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

async fn join(State(shared): State<Arc<JoinState>>) -> Response {
    let Some(one) = JoinedProcess::of(&shared) else { return StatusCode::GONE.into_response() };
    let stop = shared.stop.clone();
    // The body is dropped when the other end is closed.
    let until_stop = stream::once(async move {
        stopped(stop).await;
        drop(one);
        Ok::<_, Infallible>(Bytes::new())
    });
    Body::from_stream(until_stop).into_response()
}

/// A process that has joined, until this is dropped.
struct JoinedProcess(Arc<JoinState>);

impl JoinedProcess {
    fn of(shared: &Arc<JoinState>) -> Option<Self> {
        let is_open = shared.joined.send_if_modified(|joined| {
            joined.count += usize::from(joined.is_open);
            joined.is_open
        });
        is_open.then(|| Self(Arc::clone(shared)))
    }
}

impl Drop for JoinedProcess {
    fn drop(&mut self) {
        self.0.joined.send_modify(|joined| joined.count -= 1);
    }
}

async fn ended(State(shared): State<Arc<JoinState>>, arn: String) -> Response {
    let Some(engine) = &shared.engine else { return StatusCode::NOT_FOUND.into_response() };
    tokio::select! {
        end = ExecutionEnd::of(engine, &arn) => Json(end).into_response(),
        () = stopped(shared.stop.clone()) => StatusCode::GONE.into_response(),
    }
}
