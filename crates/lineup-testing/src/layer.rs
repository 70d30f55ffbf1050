//! The layer that injects faults into requests, in front of any service.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Method;
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use axum::response::Response;
use bytes::Bytes;
use futures::StreamExt;
use serde_json::{Value, json};

use crate::fault::{Fault, Faults};
use crate::response::respond;

/// A request that gets no answer: its connection ends.
#[derive(Debug, thiserror::Error)]
#[error("the connection ends, as ordered")]
pub(crate) struct Unanswered;

/// A service: answers requests that have no fault.
pub(crate) trait Service: Clone + Send + Sync + 'static {
    fn answer(
        &self,
        operation: &Operation,
        head: Parts,
        body: Bytes,
    ) -> impl Future<Output = Result<Response, Unanswered>> + Send;
}

/// The current faults.
#[derive(Clone, Default)]
pub(crate) struct Orders(Arc<Mutex<Option<Faults>>>);

impl Orders {
    pub(crate) fn set(&self, faults: Option<Faults>) {
        *self.0.lock().unwrap() = faults;
    }

    pub(crate) fn of(&self, operation: &str) -> Option<Fault> {
        self.0.lock().unwrap().as_mut()?(operation)
    }
}

/// The service and the operation of a request.
pub(crate) struct Operation {
    /// The service.
    pub(crate) of: Of,
    /// The operation, in the form that [`Faults`] gets.
    pub(crate) name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    DynamoDb,
    S3,
    Sns,
}

impl Operation {
    fn of(head: &Parts) -> Self {
        if let Some(target) = head.headers.get("x-amz-target") {
            let name = target.to_str().unwrap().rsplit('.').next().unwrap();
            return Self { of: Of::DynamoDb, name: name.to_owned() };
        }
        let path = head.uri.path().trim_start_matches('/');
        if path.is_empty() && head.method == Method::POST {
            return Self { of: Of::Sns, name: "Publish".to_owned() };
        }
        let name = match list_prefix(head.uri.query().unwrap_or("")) {
            Some(prefix) => format!("LIST {}/{prefix}", path.trim_end_matches('/')),
            None => format!("{} {path}", head.method),
        };
        Self { of: Of::S3, name }
    }

    /// The status and error code of the service for this fault.
    pub(crate) fn refusal(&self, fault: &Fault) -> Option<(u16, &'static str)> {
        Some(match (fault, self.of) {
            (Fault::Refused(status, code), _) => (*status, code),
            (Fault::Throttled, Of::DynamoDb) => (400, "ProvisionedThroughputExceededException"),
            (Fault::Throttled, Of::S3) => (503, "SlowDown"),
            (Fault::Throttled, Of::Sns) => (400, "ThrottlingException"),
            (Fault::InternalError, Of::DynamoDb) => (500, "InternalServerError"),
            (Fault::InternalError, Of::S3 | Of::Sns) => (500, "InternalError"),
            (Fault::AccessDenied, Of::DynamoDb) => (400, "AccessDeniedException"),
            (Fault::AccessDenied, Of::S3) => (403, "AccessDenied"),
            (Fault::AccessDenied, Of::Sns) => (403, "AuthorizationError"),
            _ => return None,
        })
    }

    fn refuse(&self, status: u16, code: &str) -> Response {
        let error = format!("<Error><Code>{code}</Code><Message>as ordered</Message></Error>");
        respond(
            status,
            match self.of {
                Of::DynamoDb => {
                    format!(
                        r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"as ordered"}}"#
                    )
                }
                Of::S3 => error,
                Of::Sns => format!("<ErrorResponse>{error}</ErrorResponse>"),
            },
        )
    }
}

/// The prefix of a ListObjectsV2 request.
fn list_prefix(query: &str) -> Option<String> {
    let field = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name));
    field("list-type=2")?;
    Some(field("prefix=").unwrap_or_default().replace("%2F", "/"))
}

/// Answers a request, or injects its fault.
pub(crate) async fn answer(
    service: &impl Service,
    orders: &Orders,
    mut head: Parts,
    mut body: Bytes,
) -> Result<Response, Unanswered> {
    let operation = Operation::of(&head);
    let fault = orders.of(&operation.name);
    if let Some((status, code)) = fault.as_ref().and_then(|fault| operation.refusal(fault)) {
        return Ok(operation.refuse(status, code));
    }
    let mut left = json!({});
    match &fault {
        Some(Fault::Reset) => return Err(Unanswered),
        Some(Fault::Held(gate)) => gate.pass().await,
        Some(Fault::WritesOnly(items)) => (body, left) = cut(&body, *items),
        _ => {}
    }
    if left.as_object().is_some_and(|left| !left.is_empty()) {
        head.headers.remove(CONTENT_LENGTH);
    }
    let response = service.answer(&operation, head, body).await?;
    match fault {
        Some(Fault::AnswerLost) => Err(Unanswered),
        Some(Fault::AnswerHeld(gate)) => {
            gate.pass().await;
            Ok(response)
        }
        Some(Fault::BreaksAfter(bytes)) => Ok(broken(response, bytes).await),
        Some(Fault::WritesOnly(_)) => Ok(with_unprocessed(response, left).await),
        _ => Ok(response),
    }
}

/// Removes all items but the first `only` of each table from a `BatchWriteItem` request.
fn cut(body: &Bytes, only: usize) -> (Bytes, Value) {
    let mut request: Value = serde_json::from_slice(body).unwrap();
    let mut left = json!({});
    for (table, items) in request["RequestItems"].as_object_mut().unwrap() {
        let items = items.as_array_mut().unwrap();
        if items.len() > only {
            left[table] = Value::Array(items.split_off(only));
        }
    }
    (request.to_string().into(), left)
}

async fn with_unprocessed(response: Response, left: Value) -> Response {
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let mut answer: Value = serde_json::from_slice(&body).unwrap();
    answer["UnprocessedItems"] = left;
    // A new head, because the old one has the length and checksum of the old body.
    respond(200, answer.to_string())
}

/// The answer, with a body that breaks off after some bytes.
async fn broken(response: Response, bytes: usize) -> Response {
    let (head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let first = futures::stream::iter([Ok(body.slice(..bytes.min(body.len())))]);
    let end = futures::stream::once(async {
        // Pending once, so that the server sends the bytes before.
        tokio::task::yield_now().await;
        Err::<Bytes, _>(std::io::Error::other("as ordered"))
    });
    Response::from_parts(head, Body::from_stream(first.chain(end)))
}
