//! Answers over HTTP.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;

pub(crate) fn respond(status: u16, body: impl Into<Body>) -> Response {
    Response::builder().status(StatusCode::from_u16(status).unwrap()).body(body.into()).unwrap()
}
