//! An HTTP client for the SDK that passes requests to the services in this process, with the planned faults.

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
use embedded_aws::step_functions::ports::Clock;
use jiff::Timestamp;
use lineup_testing::Fault;
use tokio::time::sleep;

use crate::faults::RequestFault;
use crate::message::SentMessage;
use crate::observations::{Publication, PublishAnswer};
use crate::process::Process;

/// How long a client waits for the first byte of an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(15);

/// When a sandbox is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kill {
    /// The number of the request in the invocation, from 1.
    pub at_request: u32,
    /// Whether before or after the request takes effect.
    pub after_effect: bool,
}

/// The HTTP client of one sandbox. Clones are the same client.
#[derive(Clone)]
pub struct Connector(Arc<Inner>);

struct Inner {
    process: Arc<Process>,
    invocation: Mutex<SandboxInvocation>,
    /// Set when the sandbox is killed.
    killed: Cancel,
}

/// The invocation that a sandbox runs.
#[derive(Debug, Default)]
struct SandboxInvocation {
    requests: u32,
    kill: Option<Kill>,
    /// If it is one of `notify`: its number in the observations.
    notification: Option<usize>,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connector")
    }
}

impl Connector {
    /// The client of a sandbox in this process.
    pub fn new(process: &Arc<Process>) -> Self {
        Self(Arc::new(Inner {
            process: Arc::clone(process),
            invocation: Mutex::default(),
            killed: Cancel::default(),
        }))
    }

    /// Begins an invocation, in which the sandbox may be killed. `notification` is its number if it is one of
    /// `notify`.
    pub fn begin(&self, kill: Option<Kill>, notification: Option<usize>) {
        *self.0.invocation.lock().unwrap() = SandboxInvocation { requests: 0, kill, notification };
    }

    /// The process of the sandbox.
    pub fn process(&self) -> &Process {
        &self.0.process
    }

    /// What the clock of its process shows.
    pub fn now(&self) -> Timestamp {
        self.0.process.clock.now()
    }

    /// Ends when the sandbox is killed.
    pub async fn killed(&self) {
        self.0.killed.cancelled().await;
    }

    /// Counts a request. Returns the kill that is planned for it, if any.
    fn count_request(&self) -> Option<Kill> {
        let mut invocation = self.0.invocation.lock().unwrap();
        invocation.requests += 1;
        invocation.kill.filter(|kill| kill.at_request == invocation.requests)
    }

    async fn kill(&self) -> ! {
        self.0.killed.cancel();
        std::future::pending().await
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let (head, body) = parts(request).await;
        let process = &self.0.process;
        let kill = self.count_request();
        sleep(process.latency()).await;
        if kill.is_some_and(|kill| !kill.after_effect) {
            self.kill().await;
        }
        process.count_request().await;
        let head_only = head.method == axum::http::Method::HEAD;
        let Answered { response, silent, publication } = self.answer(head, body).await;
        if kill.is_some() {
            self.kill().await;
        }
        if silent || response.is_none() {
            self.publish_answer(publication, PublishAnswer::Lost);
        }
        sleep(if silent { READ_TIMEOUT } else { process.latency() }).await;
        match response {
            _ if silent => Err(ConnectorError::timeout("no answer came".into())),
            Some(response) => {
                self.publish_answer(publication, PublishAnswer::Received);
                received(response, head_only).await
            }
            None => Err(ConnectorError::io("the connection ended".into())),
        }
    }

    /// The answer of the services.
    async fn answer(&self, head: Parts, body: Bytes) -> Answered {
        let silent = Arc::new(Mutex::new(false));
        let (process, is_silent) = (Arc::clone(&self.0.process), Arc::clone(&silent));
        let faults = Box::new(move |operation: &str| {
            Some(match process.request_fault(operation)? {
                RequestFault::Fault(fault) => fault,
                RequestFault::NoAnswer { takes_effect } => {
                    *is_silent.lock().unwrap() = true;
                    if takes_effect { Fault::AnswerLost } else { Fault::Reset }
                }
            })
        });
        let aws = &self.0.process.simulation.aws;
        let published = aws.published.lock().unwrap().len();
        // The topic answers at once, so that no other message is published in between.
        let response = aws.answer(head, body, faults).await;
        let message = aws.published.lock().unwrap().get(published).map(|body| SentMessage::of(body));
        let publication = message.and_then(|message| self.publication(message));
        let silent = *silent.lock().unwrap();
        Answered { response, silent, publication }
    }

    /// Records a message that was published. Returns its position.
    fn publication(&self, message: SentMessage) -> Option<(usize, usize)> {
        let simulation = &self.0.process.simulation;
        let Some(number) = self.0.invocation.lock().unwrap().notification else {
            simulation.violation(format!("another function than notify publishes {message:?}"));
            return None;
        };
        simulation.observe(|seen| {
            let publications = &mut seen.notification(number).publications;
            publications.push(Publication { message, answer: PublishAnswer::Pending });
            Some((number, publications.len() - 1))
        })
    }

    fn publish_answer(&self, publication: Option<(usize, usize)>, answer: PublishAnswer) {
        let Some((number, index)) = publication else { return };
        self.0.process.simulation.observe(|seen| {
            seen.notification(number).publications[index].answer = answer;
        });
    }
}

/// An answer, as it leaves the services.
struct Answered {
    /// The answer; `None` if the connection ends instead.
    response: Option<Response>,
    /// Whether the answer never arrives.
    silent: bool,
    /// The message that was published: the number of its notification, and its number there.
    publication: Option<(usize, usize)>,
}
impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.clone();
        HttpConnectorFuture::new(async move { connector.send(request).await })
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

async fn parts(request: HttpRequest) -> (Parts, Bytes) {
    let (head, body) = request.try_into_http1x().unwrap().into_parts();
    let body = ByteStream::new(body).collect().await.unwrap().into_bytes();
    (head, body)
}

/// The answer for the SDK, with the headers that a server adds. A body that breaks off keeps its first bytes.
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

/// A body whose bytes are known. It may break off at its end.
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
