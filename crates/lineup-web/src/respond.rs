//! Responses: the headers that all have, and errors as pages.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::html;

use crate::data::DataError;
use crate::frame::Frame;

/// What a page may load and do: files and requests of this server alone, no inline script or style, no frame.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
    img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The headers of every response. With the referrer policy `no-referrer` a browser would say the origin `null` when it
/// sends a form.
const HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "same-origin"),
    (X_FRAME_OPTIONS, "DENY"),
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Adds them.
pub(crate) fn with_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A page.
pub(crate) fn html(page: String) -> Response {
    typed("text/html; charset=utf-8", page.into_bytes())
}

/// A file that pages load.
pub(crate) fn typed(content_type: &'static str, bytes: impl Into<axum::body::Body>) -> Response {
    let mut response = Response::new(bytes.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A file that the browser saves. The name is one of ours.
pub(crate) fn download(name: &str, bytes: Vec<u8>) -> Response {
    let mut response = typed("text/csv; charset=utf-8", bytes);
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    response
}

/// Where the browser goes after a form.
pub(crate) fn see_other(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(value) = HeaderValue::try_from(address) {
        response.headers_mut().insert(LOCATION, value);
    }
    response
}

/// Why there is no page. It is written as one.
#[derive(Debug)]
pub(crate) struct NoPage {
    status: StatusCode,
    heading: &'static str,
    text: String,
}

impl NoPage {
    /// A form without its token, or with another one's.
    pub(crate) fn forbidden() -> Self {
        let text = "This form is of an earlier start of the server, or of another page. Go back, reload the page and \
                    send it again.";
        Self { status: StatusCode::FORBIDDEN, heading: "Not taken", text: text.to_owned() }
    }

    /// These pages only read.
    pub(crate) fn read_only() -> Self {
        let text =
            "These pages only read. Start them with --allow-changes, or use the command that stands here.";
        Self { status: StatusCode::FORBIDDEN, heading: "Not taken", text: text.to_owned() }
    }

    /// An address, or a part of a form, that means nothing.
    pub(crate) fn meaningless(text: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, heading: "Not understood", text: text.into() }
    }

    /// Nothing is there.
    pub(crate) fn not_found(text: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, heading: "Not found", text: text.into() }
    }

    /// Whoever asks may not.
    pub(crate) fn refused(status: StatusCode, text: &str) -> Self {
        Self { status, heading: "Not here", text: text.to_owned() }
    }
}

impl From<DataError> for NoPage {
    fn from(error: DataError) -> Self {
        let mut text = error.to_string();
        let (status, heading) = match &error {
            DataError::NotFound(_) => (StatusCode::NOT_FOUND, "Not found"),
            DataError::Refused(_) => (StatusCode::CONFLICT, "Not possible"),
            DataError::Failed(..) => (StatusCode::BAD_GATEWAY, "That failed"),
        };
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            text += &format!(": {cause}");
            source = cause.source();
        }
        Self { status, heading, text }
    }
}

impl From<std::io::Error> for NoPage {
    fn from(error: std::io::Error) -> Self {
        DataError::Failed("a temporary file could not be written".to_owned(), Some(Box::new(error))).into()
    }
}

impl IntoResponse for NoPage {
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            tracing::warn!(error = self.text, "no page");
        }
        let content = html! { p.error role="alert" { (self.text) } };
        let mut response = html(Frame::new(self.heading).page(content));
        *response.status_mut() = self.status;
        response
    }
}
