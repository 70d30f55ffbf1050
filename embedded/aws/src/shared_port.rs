//! All services behind one port, for clients that know one endpoint (`AWS_ENDPOINT_URL`).
//!
//! Which service a request is for stands in `X-Amz-Target`, where its protocol has that (Smithy specification, "AWS JSON
//! protocol"), and in the scope of its signature (IAM guide, "Elements of an AWS API request signature"). A request without
//! either is for S3. A service that is not there is refused by name: no request of a shell with this endpoint reaches AWS.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;
use tower::ServiceExt;
use uuid::Uuid;

use crate::arn::ACCOUNT;

/// The longest form of a request to STS that is read.
const MAX_FORM: usize = 64 << 10;

/// What is behind the port. SNS and Step Functions are absent where only storage was started.
pub(crate) struct SharedServices {
    pub(crate) s3: Router,
    pub(crate) dynamodb: Router,
    pub(crate) sns: Option<Router>,
    pub(crate) sfn: Option<Router>,
}

/// Sends each request to the service that it is for.
pub(crate) fn router(services: SharedServices) -> Router {
    let services = Arc::new(services);
    Router::new().fallback(move |request: Request| answer(Arc::clone(&services), request))
}

async fn answer(services: Arc<SharedServices>, request: Request) -> Response {
    let name = service_of(request.uri(), request.headers());
    let service = match name.as_str() {
        "s3" => Some(&services.s3),
        "dynamodb" => Some(&services.dynamodb),
        "sns" => services.sns.as_ref(),
        "states" => services.sfn.as_ref(),
        "sts" => return identity(request).await,
        _ => None,
    };
    match service {
        Some(service) => match service.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        None => {
            let text = format!(
                "There is no service {name} here: S3, DynamoDB, Step Functions, SNS and GetCallerIdentity of STS are"
            );
            refused(request.headers(), "UnsupportedOperation", &text)
        }
    }
}

/// The service by the name that signatures have for it.
fn service_of(uri: &Uri, headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(target) = text("x-amz-target") {
        let service = target.rsplit_once('.').map_or(target, |(service, _)| service);
        return match service {
            "AWSStepFunctions" => "states".to_owned(),
            _ if service.starts_with("DynamoDB") => "dynamodb".to_owned(),
            _ => service.to_owned(),
        };
    }
    let signed = text(AUTHORIZATION.as_str()).and_then(|header| scope(header.split("Credential=").nth(1)?));
    let presigned = || {
        let query = uri.query()?;
        let (_, value) = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| *name == "X-Amz-Credential")?;
        scope(&value.replace("%2F", "/").replace("%2f", "/"))
    };
    signed.or_else(presigned).unwrap_or_else(|| "s3".to_owned())
}

/// The service in `<key>/<date>/<region>/<service>/aws4_request`. A key may have slashes here.
fn scope(credential: &str) -> Option<String> {
    let credential = credential.split([',', ' ']).next()?;
    let (rest, _) = credential.split_once("/aws4_request")?;
    rest.rsplit('/').next().map(str::to_owned)
}

/// STS, as far as it is there: who asks (STS API reference, GetCallerIdentity).
async fn identity(request: Request) -> Response {
    let headers = request.headers().clone();
    let form = axum::body::to_bytes(request.into_body(), MAX_FORM).await.unwrap_or_default();
    if !form.split(|&byte| byte == b'&').any(|pair| pair == b"Action=GetCallerIdentity") {
        return refused(&headers, "UnsupportedOperation", "Of STS there is GetCallerIdentity alone here");
    }
    let xml = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{ACCOUNT}:root</Arn><UserId>{ACCOUNT}</UserId><Account>{ACCOUNT}</Account>\
         </GetCallerIdentityResult><ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>",
        Uuid::new_v4()
    );
    ([(CONTENT_TYPE, "text/xml")], xml).into_response()
}

/// An error in the form of the request's protocol: XML for a form, else JSON. 400, which no SDK tries again.
fn refused(headers: &HeaderMap, code: &'static str, message: &str) -> Response {
    let is_form =
        headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form"));
    if is_form {
        let message = message.replace('&', "&amp;").replace('<', "&lt;");
        let xml = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>{}</RequestId></ErrorResponse>",
            Uuid::new_v4()
        );
        return (StatusCode::BAD_REQUEST, [(CONTENT_TYPE, "text/xml")], xml).into_response();
    }
    let body = json!({ "__type": code, "message": message });
    (StatusCode::BAD_REQUEST, [("x-amzn-errortype", code)], Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_its_service_in_its_target_or_in_its_signature() {
        let signed = |service: &str| {
            format!(
                "AWS4-HMAC-SHA256 Credential=local/20261127/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
            )
        };
        let cases = [
            ("/", "x-amz-target", "DynamoDB_20120810.Query".to_owned(), "dynamodb"),
            ("/", "x-amz-target", "AWSStepFunctions.ListExecutions".to_owned(), "states"),
            ("/", "x-amz-target", "Logs_20140328.DescribeLogGroups".to_owned(), "Logs_20140328"),
            ("/", "authorization", signed("sts"), "sts"),
            ("/", "authorization", signed("sns"), "sns"),
            ("/bucket", "authorization", signed("s3"), "s3"),
            ("/2015-03-31/functions/", "authorization", signed("lambda"), "lambda"),
            (
                "/b/k?X-Amz-Credential=local%2F20261127%2Fus-east-1%2Fs3%2Faws4_request",
                "accept",
                "*/*".to_owned(),
                "s3",
            ),
            ("/bucket/key", "accept", "*/*".to_owned(), "s3"),
        ];
        for (target, name, value, service) in cases {
            let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
            assert_eq!(service_of(&target.parse().unwrap(), &headers), service, "{name}: {value}");
        }
    }
}
