//! The SDK's way to the services: in process, with all that can go wrong on it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use axum::response::Response;
use bytes::Bytes;
use embedded_aws::step_functions::cancel::Cancel;
use lineup_testing::Fault;
use tokio::time::sleep;

use crate::process::Life;
use crate::weather::Trouble;

/// How long a client waits for the first byte of an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(15);

/// When a function is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doom {
    /// At this request of the invocation, counted from 1.
    pub at: u32,
    /// Before or after the request takes effect.
    pub after_effect: bool,
}

/// The way of one sandbox. Clones are the same way.
#[derive(Clone)]
pub struct Wire(Arc<Inner>);

struct Inner {
    life: Arc<Life>,
    invocation: Mutex<(u32, Option<Doom>)>,
    /// Set when the sandbox is killed.
    killed: Cancel,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    /// During this life of the process.
    pub fn new(life: &Arc<Life>) -> Self {
        Self(Arc::new(Inner {
            life: Arc::clone(life),
            invocation: Mutex::default(),
            killed: Cancel::default(),
        }))
    }

    /// An invocation begins, which is to be killed as `doom` says.
    pub fn begin(&self, doom: Option<Doom>) {
        *self.0.invocation.lock().unwrap() = (0, doom);
    }

    /// Ends when the sandbox is killed.
    pub async fn killed(&self) {
        self.0.killed.cancelled().await;
    }

    /// Counts a request; whether the sandbox is killed with it, and then whether it takes effect.
    fn doom(&self) -> Option<bool> {
        let mut invocation = self.0.invocation.lock().unwrap();
        invocation.0 += 1;
        let (requests, doom) = *invocation;
        doom.filter(|doom| doom.at == requests).map(|doom| doom.after_effect)
    }

    async fn die(&self) -> ! {
        self.0.killed.cancel();
        std::future::pending().await
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let (head, body) = parts(request).await;
        let life = &self.0.life;
        let doom = self.doom();
        let there = life.latency();
        sleep(there).await;
        if doom == Some(false) {
            self.die().await;
        }
        life.count_request().await;
        let head_only = head.method == axum::http::Method::HEAD;
        let (answer, silent) = self.answer(head, body).await;
        if doom == Some(true) {
            self.die().await;
        }
        sleep(if silent { READ_TIMEOUT } else { life.latency() }).await;
        match answer {
            _ if silent => Err(ConnectorError::timeout("no answer came".into())),
            Some(response) => received(response, head_only).await,
            None => Err(ConnectorError::io("the connection ended".into())),
        }
    }

    /// What the services answer, and whether nobody hears it.
    async fn answer(&self, head: Parts, body: Bytes) -> (Option<Response>, bool) {
        let silent = Arc::new(Mutex::new(false));
        let (life, heard) = (Arc::clone(&self.0.life), Arc::clone(&silent));
        let faults = Box::new(move |operation: &str| {
            let trouble = life.trouble(operation)?;
            Some(match trouble {
                Trouble::Fault(fault) => fault,
                Trouble::Silence(effect) => {
                    *heard.lock().unwrap() = true;
                    if effect { Fault::AnswerLost } else { Fault::Reset }
                }
            })
        });
        let answer = self.0.life.world.aws.answer(head, body, faults).await;
        let silent = *silent.lock().unwrap();
        (answer, silent)
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let wire = self.clone();
        HttpConnectorFuture::new(async move { wire.send(request).await })
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

async fn parts(request: HttpRequest) -> (Parts, Bytes) {
    let (head, body) = request.try_into_http1x().unwrap().into_parts();
    let body = ByteStream::new(body).collect().await.unwrap().into_bytes();
    (head, body)
}

/// The answer as the SDK takes it, with what a server adds; a body that breaks off keeps what came before.
async fn received(response: Response, head_only: bool) -> Result<HttpResponse, ConnectorError> {
    let (mut head, body) = response.into_parts();
    let body = Whole::of(body).await;
    if !body.broken {
        let length = body.bytes.as_ref().map_or(0, Bytes::len);
        head.headers.insert(CONTENT_LENGTH, length.into());
    }
    let body = if head_only { SdkBody::empty() } else { SdkBody::from_body_1_x(body) };
    let response = axum::http::Response::from_parts(head, body);
    Ok(HttpResponse::try_from(response).unwrap())
}

/// A body that is there already, as far as it goes.
struct Whole {
    bytes: Option<Bytes>,
    broken: bool,
}

impl Whole {
    async fn of(body: axum::body::Body) -> Self {
        use futures::StreamExt;
        let mut pieces = body.into_data_stream();
        let mut whole = Self { bytes: None, broken: false };
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.next().await {
            match piece {
                Ok(piece) => bytes.extend_from_slice(&piece),
                Err(_) => whole.broken = true,
            }
        }
        whole.bytes = Some(bytes.into()).filter(|bytes: &Bytes| !bytes.is_empty());
        whole
    }
}

impl hyper::body::Body for Whole {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, std::io::Error>>> {
        let broken = std::mem::take(&mut self.broken);
        std::task::Poll::Ready(match self.bytes.take() {
            Some(bytes) => {
                self.broken = broken;
                Some(Ok(hyper::body::Frame::data(bytes)))
            }
            None if broken => Some(Err(std::io::Error::other("the connection ended"))),
            None => None,
        })
    }
}
