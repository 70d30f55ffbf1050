//! Errors of calls to AWS, and their names in the state machine.

use std::error::Error as StdError;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId;
use lineup_contracts::error::{ErrorName, Named};
use lineup_versions::RunError;

/// The source of an [`Error`].
pub type Cause = Box<dyn StdError + Send + Sync>;

/// A failed call to AWS, or an object that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A call failed, after retries where they make sense.
    #[error("{call} on {target} failed")]
    Service {
        /// The IAM action of the call. A role needs this permission if the call was denied.
        call: &'static str,
        /// The object, table or topic.
        target: String,
        /// What to do about it.
        name: ErrorName,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The pinned object does not exist any more.
    #[error("{object} was deleted or overwritten since it was uploaded; upload the file again to import it")]
    SourceChanged {
        /// `s3://bucket/key`.
        object: String,
        /// The error of S3.
        #[source]
        source: Cause,
    },
    /// An object of the imports bucket is not the JSON that it should be.
    #[error("{object} is not what this version of lineup writes; was it changed by hand?")]
    Malformed {
        /// `s3://bucket/key`.
        object: String,
        /// The position and kind of the error in the JSON.
        #[source]
        source: serde_json::Error,
    },
    /// A run, or a list of skipped rows, of the imports bucket is damaged.
    #[error("{object} is damaged; upload the file again to import it")]
    Run {
        /// `s3://bucket/key`.
        object: String,
        /// What is wrong with it.
        #[source]
        source: RunError,
    },
    /// Lists of keys cannot be merged or compared.
    #[error("the lists of keys cannot be merged; upload the file again to import it")]
    Merge(#[from] RunError),
    /// An object that is written once has other bytes than this version of lineup writes.
    #[error(
        "{object} was written by another version of lineup, before an update of the stack; \
         upload the file again to import it"
    )]
    AnotherVersion {
        /// `s3://bucket/key`.
        object: String,
    },
    /// An object of the imports bucket that must exist does not.
    #[error("{object} is missing; was it deleted? Upload the file again to import it")]
    Missing {
        /// `s3://bucket/key`.
        object: String,
    },
}

impl Named for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::Service { name, .. } => *name,
            Self::SourceChanged { .. } => ErrorName::SourceChanged,
            Self::Malformed { .. } | Self::Run { .. } | Self::Merge(_) | Self::AnotherVersion { .. } => {
                ErrorName::InvalidRequest
            }
            Self::Missing { .. } => ErrorName::ResourceNotFound,
        }
    }
}

/// The error that a service answered.
#[derive(Debug, thiserror::Error)]
#[error("{code}: {message} (HTTP {status}, request {request_id})")]
pub struct Refusal {
    /// The service's error code, or the HTTP status if there is none (an answer to HEAD has no body).
    pub code: String,
    /// The service's message.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
    /// The request id, for AWS support.
    pub request_id: String,
}

/// A failed call, classified: what to do about it, and why it failed.
#[derive(Debug)]
pub struct CallFailure {
    /// What to do about it.
    pub name: ErrorName,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The error code, if there was an answer.
    pub code: Option<String>,
    /// Why.
    pub cause: Cause,
}

impl CallFailure {
    /// Classifies the error of an SDK call.
    pub fn of<E>(error: SdkError<E, HttpResponse>) -> Self
    where
        E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
    {
        match refusal(&error) {
            Some(refusal) => Self {
                name: name_of(&refusal.code, refusal.status),
                status: Some(refusal.status),
                code: Some(refusal.code.clone()),
                cause: refusal.into(),
            },
            None => Self { name: unanswered(&error), status: None, code: None, cause: error.into() },
        }
    }

    /// The error that names the call.
    pub fn on(self, call: &'static str, target: impl Into<String>) -> Error {
        Error::Service { call, target: target.into(), name: self.name, source: self.cause }
    }
}

/// What to do if there was no answer. A request that could not be built is a defect of ours.
fn unanswered<E>(error: &SdkError<E, HttpResponse>) -> ErrorName {
    match error {
        SdkError::ConstructionFailure(_) => ErrorName::InvalidRequest,
        _ => ErrorName::Unavailable,
    }
}

fn refusal<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<Refusal> {
    let status = error.raw_response()?.status().as_u16();
    let inner = error.as_service_error()?;
    Some(Refusal {
        code: inner.code().map_or_else(|| status.to_string(), str::to_owned),
        message: inner.message().unwrap_or("no message").to_owned(),
        status,
        request_id: inner.meta().request_id().unwrap_or("unknown").to_owned(),
    })
}

/// What to do about an error code of S3, DynamoDB or SNS ("Error responses" of
/// the S3 API reference, "Error handling with DynamoDB", "Common errors" of
/// the SNS API reference). Other codes are classified by status.
pub fn name_of(code: &str, status: u16) -> ErrorName {
    match code {
        "AccessDenied"
        | "AccessDeniedException"
        | "AuthorizationError"
        | "UnrecognizedClientException"
        | "InvalidAccessKeyId"
        | "InvalidClientTokenId"
        | "SignatureDoesNotMatch"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "KMS.AccessDeniedException" => ErrorName::AccessDenied,
        "NoSuchBucket" | "ResourceNotFoundException" => ErrorName::ResourceNotFound,
        "SlowDown"
        | "Throttled"
        | "Throttling"
        | "ThrottlingException"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "LimitExceededException" => ErrorName::Throttled,
        "RequestTimeout" | "RequestTimeoutException" | "InternalError" | "InternalServerError" => {
            ErrorName::Unavailable
        }
        _ => name_of_status(status),
    }
}

fn name_of_status(status: u16) -> ErrorName {
    match status {
        401 | 403 => ErrorName::AccessDenied,
        404 => ErrorName::ResourceNotFound,
        429 | 503 => ErrorName::Throttled,
        408 | 409 | 500.. => ErrorName::Unavailable,
        _ => ErrorName::InvalidRequest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_code_says_what_to_do() {
        let cases = [
            ("AccessDenied", 403, ErrorName::AccessDenied),
            ("403", 403, ErrorName::AccessDenied),
            ("NoSuchBucket", 404, ErrorName::ResourceNotFound),
            ("ResourceNotFoundException", 400, ErrorName::ResourceNotFound),
            ("SlowDown", 503, ErrorName::Throttled),
            ("ThrottlingException", 400, ErrorName::Throttled),
            ("ProvisionedThroughputExceededException", 400, ErrorName::Throttled),
            ("429", 429, ErrorName::Throttled),
            ("InternalError", 500, ErrorName::Unavailable),
            ("502", 502, ErrorName::Unavailable),
            ("RequestTimeout", 400, ErrorName::Unavailable),
            ("ValidationException", 400, ErrorName::InvalidRequest),
        ];
        for (code, status, name) in cases {
            assert_eq!(name_of(code, status), name, "{code}");
        }
    }
}
