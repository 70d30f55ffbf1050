//! Errors as the Step Functions API names them.

use std::fmt::Display;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::error::EngineError;

/// A refused request.
#[derive(Debug)]
pub(crate) struct ApiFault {
    pub(crate) status: StatusCode,
    name: &'static str,
    message: String,
}

impl ApiFault {
    fn client(name: &'static str, message: String) -> Self {
        Self { status: StatusCode::BAD_REQUEST, name, message }
    }

    /// A member that is not what it may be.
    pub(crate) fn validation(message: &str) -> Self {
        Self::client("ValidationException", message.to_owned())
    }

    /// A member that the API's model does not allow, in AWS's words.
    pub(crate) fn constraint(member: &str, value: &dyn Display, constraint: &str) -> Self {
        Self::validation(&format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
        ))
    }

    /// A member that is not there.
    pub(crate) fn missing(name: &str) -> Self {
        Self::validation(&format!("{name} is required"))
    }

    /// A body that is not a JSON object.
    pub(crate) fn serialization(error: &dyn Display) -> Self {
        Self::client("SerializationException", format!("the request is not a JSON object: {error}"))
    }

    /// A name that is no ARN, or not one of a resource that is wanted here.
    pub(crate) fn invalid_arn(problem: &str) -> Self {
        Self::client("InvalidArn", format!("Invalid Arn: '{problem}'"))
    }

    /// There is one state machine here.
    pub(crate) fn no_machine(arn: &str) -> Self {
        Self::client("StateMachineDoesNotExist", format!("State Machine Does Not Exist: '{arn}'"))
    }

    /// An operation that the embedded Step Functions does not have.
    pub(crate) fn unknown(action: &str) -> Self {
        let message = format!("The embedded Step Functions has no operation {action}");
        Self::client("UnknownOperationException", message)
    }

    /// Our own failure.
    pub(crate) fn internal(error: &dyn Display) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            name: "InternalServerError",
            message: error.to_string(),
        }
    }

    /// The answer's body.
    pub(crate) fn json(&self) -> Value {
        json!({ "__type": self.name, "message": self.message })
    }
}

impl From<EngineError> for ApiFault {
    fn from(error: EngineError) -> Self {
        match error.api_name() {
            Some(name) => Self::client(name, error.to_string()),
            None => {
                tracing::error!(%error, "the executions' store failed");
                Self::internal(&error)
            }
        }
    }
}
