//! The awsQuery protocol: a form in, XML out (Smithy specification, "AWS query protocol").

use std::collections::BTreeSet;
use std::fmt::Display;

use axum::http::StatusCode;
use uuid::Uuid;

const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

/// A request: the pairs of its form.
#[derive(Debug)]
pub(crate) struct SnsRequest(Vec<(String, String)>);

impl SnsRequest {
    /// Reads a form.
    pub(crate) fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The value of `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// What is to be done.
    pub(crate) fn action(&self) -> &str {
        self.get("Action").unwrap_or_default()
    }
}

/// An error, as the API names it.
#[derive(Debug)]
pub(crate) struct SnsFault {
    pub(crate) status: StatusCode,
    code: &'static str,
    message: String,
}

impl SnsFault {
    /// A parameter is out of its limits.
    pub(crate) fn invalid(reason: &str) -> Self {
        let message = format!("Invalid parameter: {reason}");
        Self { status: StatusCode::BAD_REQUEST, code: "InvalidParameter", message }
    }

    /// There is no such topic.
    pub(crate) fn not_found(arn: &str) -> Self {
        let message = format!("Topic does not exist: {arn}");
        Self { status: StatusCode::NOT_FOUND, code: "NotFound", message }
    }

    /// The embedded SNS does not do this.
    pub(crate) fn unknown_action(action: &str) -> Self {
        let message = format!("The embedded SNS has no action {action}");
        Self { status: StatusCode::BAD_REQUEST, code: "InvalidAction", message }
    }

    /// Our own failure.
    pub(crate) fn internal(error: &dyn Display) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, code: "InternalError", message: error.to_string() }
    }

    /// The answer's body.
    pub(crate) fn xml(&self) -> String {
        let kind = if self.status.is_server_error() { "Receiver" } else { "Sender" };
        format!(
            "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{kind}</Type><Code>{}</Code><Message>{}</Message>\
             </Error><RequestId>{}</RequestId></ErrorResponse>",
            self.code,
            escape(&self.message),
            Uuid::new_v4()
        )
    }
}

/// The answer to `action`.
pub(crate) fn response(action: &str, result: &str) -> String {
    format!(
        "<{action}Response xmlns=\"{NAMESPACE}\"><{action}Result>{result}</{action}Result>\
         <ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></{action}Response>",
        Uuid::new_v4()
    )
}

/// The result of ListTopics.
pub(crate) fn topics(arns: &BTreeSet<String>) -> String {
    let member = |arn: &String| format!("<member><TopicArn>{}</TopicArn></member>", escape(arn));
    format!("<Topics>{}</Topics>", arns.iter().map(member).collect::<String>())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
