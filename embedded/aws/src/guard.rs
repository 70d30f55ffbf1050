//! Who may send requests: programs on this machine, and no page that is open in a browser.
//!
//! The services believe any credentials, and every page of the web can make a browser send requests to a port on loopback. So:
//!
//! - **Host** must be this server's own name for itself. A page whose domain was pointed at 127.0.0.1 (DNS rebinding) sends its own.
//! - **Origin** must be absent: a browser sends it with every request that is not GET or HEAD, and with those that ask across
//!   origins (Fetch standard, "append a request Origin header"). SDKs and command lines send none.
//! - **Sec-Fetch-Site** must not be `cross-site`: a browser sends that with the GET of an image or a frame, which has no Origin.

use axum::Json;
use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The names by which a program on this machine may call the server.
const HOSTS: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Passes a request on, or refuses it with 403.
pub(crate) async fn admit(port: u16, request: Request, next: Next) -> Response {
    match refusal(port, request.uri(), request.headers()) {
        None => next.run(request).await,
        Some(reason) => refused(reason),
    }
}

fn refused(reason: &str) -> Response {
    let body = json!({ "__type": "AccessDeniedException", "message": reason });
    (StatusCode::FORBIDDEN, [("x-amzn-errortype", "AccessDeniedException")], Json(body)).into_response()
}

/// Why a request is refused; `None` if it is not.
fn refusal(port: u16, uri: &Uri, headers: &HeaderMap) -> Option<&'static str> {
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    // A target in absolute form outranks the header (RFC 9112, section 3.2.2).
    let stated = uri.authority().map(|authority| authority.as_str());
    let own = hosts.next().is_none()
        && host.is_some_and(|host| is_own(port, host))
        && stated.is_none_or(|stated| is_own(port, stated));
    if !own {
        return Some(
            "This port answers to its own address on this machine alone: 127.0.0.1 or localhost, with the port.",
        );
    }
    let crosses = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    let foreign = headers.contains_key(ORIGIN) || crosses;
    foreign.then_some(
        "This port is for programs that call it 127.0.0.1 or localhost, not for pages in a browser.",
    )
}

fn is_own(port: u16, host: &str) -> bool {
    let (name, stated) = host.rsplit_once(':').unwrap_or((host, ""));
    stated.parse::<u16>() == Ok(port) && HOSTS.iter().any(|own| name.eq_ignore_ascii_case(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(target: &str, of: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in of {
            headers.append(*name, value.parse().unwrap());
        }
        refusal(8421, &target.parse().unwrap(), &headers).is_some()
    }

    #[test]
    fn only_its_own_names_with_its_own_port_are_answered() {
        for host in ["127.0.0.1:8421", "localhost:8421", "LOCALHOST:8421", "[::1]:8421"] {
            assert!(!is_refused("/", &[("host", host)]), "{host}");
        }
        for host in ["evil.example:8421", "127.0.0.1", "127.0.0.1:80", "127.0.0.1.evil.example:8421", ""] {
            assert!(is_refused("/", &[("host", host)]), "{host}");
        }
        let own = ("host", "127.0.0.1:8421");
        assert!(is_refused("/", &[]) && is_refused("/", &[own, ("host", "evil.example:8421")]));
        assert!(is_refused("http://evil.example:8421/", &[own]), "the target outranks the header");
    }

    #[test]
    fn no_page_in_a_browser_is_answered() {
        let own = ("host", "127.0.0.1:8421");
        for origin in ["null", "http://evil.example", "http://127.0.0.1:8420", "http://127.0.0.1:8421"] {
            assert!(is_refused("/", &[own, ("origin", origin)]), "{origin}");
        }
        assert!(is_refused("/", &[own, ("sec-fetch-site", "cross-site")]));
        assert!(!is_refused("/", &[own, ("sec-fetch-site", "none")]), "an address that was typed");
    }
}
