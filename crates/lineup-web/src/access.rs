//! Who may use the pages: the browser that opened the printed address, and nobody else on this machine or in it.
//!
//! Other users of the machine can reach the port, and any page on the web can make a browser send requests to it. So:
//!
//! - **Host** must be this server's own name for itself. A page whose domain was pointed at 127.0.0.1 (DNS rebinding)
//!   sends its own.
//! - **A token** is in the printed address. It becomes a cookie that scripts cannot read and that other sites' pages do
//!   not send (`HttpOnly`, `SameSite=Strict`).
//! - **Origin** of everything but GET and HEAD must be this server, and a form carries a second token.
//!
//! Cookies are not told apart by port (RFC 6265, section 8.5): a browser that opens a page of *another* server on
//! 127.0.0.1 sends it this cookie as well. docs/security.md says so.

use std::fmt;

use axum::http::header::{COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// The names by which a browser on this machine may call the server.
const HOSTS: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// A secret of 244 random bits, as text that needs no escaping.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    fn new() -> Self {
        Self(format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()))
    }

    /// Whether it is this text. The time this takes does not depend on where they differ.
    fn is(&self, text: &str) -> bool {
        self.0.as_bytes().ct_eq(text.as_bytes()).into()
    }

    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

/// A secret is not written to logs.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// The rules for one server.
#[derive(Debug)]
pub struct Access {
    port: u16,
    token: Secret,
    form: Secret,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It is answered.
    Admit,
    /// The printed address was opened: the browser gets the cookie.
    Welcome,
    /// It is answered with this status, and what to do.
    Refuse(StatusCode, &'static str),
}

impl Access {
    /// New secrets for the server on this port.
    pub fn new(port: u16) -> Self {
        Self { port, token: Secret::new(), form: Secret::new() }
    }

    /// The address to print: whoever opens it may use the pages.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/?token={}", self.port, self.token.text())
    }

    /// The value of the hidden field that every form has.
    pub(crate) fn form_token(&self) -> &str {
        self.form.text()
    }

    /// Whether a form has it.
    pub(crate) fn is_form_token(&self, text: &str) -> bool {
        self.form.is(text)
    }

    /// The header that sets the cookie. Its name has the port, so that two servers do not replace each other's.
    pub(crate) fn set_cookie(&self) -> String {
        format!("{}={}; HttpOnly; SameSite=Strict; Path=/", self.cookie_name(), self.token.text())
    }

    fn cookie_name(&self) -> String {
        format!("lineup-{}", self.port)
    }

    /// Decides about a request.
    pub(crate) fn admit(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Admission {
        if !self.is_own_host(uri, headers) {
            return Admission::Refuse(
                StatusCode::MISDIRECTED_REQUEST,
                "This server answers to its own address alone. Open the one that the command printed.",
            );
        }
        let reads = [Method::GET, Method::HEAD].contains(method);
        if reads && let Some(token) = token(uri) {
            return if self.token.is(&token) { Admission::Welcome } else { locked() };
        }
        if !self.has_cookie(headers) {
            return locked();
        }
        if !reads && !self.is_own_origin(headers) {
            return Admission::Refuse(
                StatusCode::FORBIDDEN,
                "Forms are taken from this server's own pages alone.",
            );
        }
        Admission::Admit
    }

    fn is_own_host(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        // A target in absolute form outranks the header (RFC 9112, section 3.2.2).
        let stated = uri.authority().map(|authority| authority.as_str());
        hosts.next().is_none()
            && host.is_some_and(|host| self.is_own(host))
            && stated.is_none_or(|stated| self.is_own(stated))
    }

    fn is_own(&self, host: &str) -> bool {
        let (name, port) = host.rsplit_once(':').unwrap_or((host, ""));
        port.parse::<u16>() == Ok(self.port) && HOSTS.iter().any(|own| name.eq_ignore_ascii_case(own))
    }

    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let name = self.cookie_name();
        let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(key, value)| key == name && self.token.is(value))
    }

    /// Browsers send Origin with every request that is not GET or HEAD (Fetch standard, "append a request Origin
    /// header"), and `Sec-Fetch-Site` if they are of after 2023.
    fn is_own_origin(&self, headers: &HeaderMap) -> bool {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let origin = text(ORIGIN.as_str()).and_then(|origin| origin.strip_prefix("http://"));
        // The origin is the page's own host: http://localhost does not send forms to http://127.0.0.1.
        let host = text(HOST.as_str());
        origin.is_some_and(|origin| {
            self.is_own(origin) && host.is_some_and(|host| host.eq_ignore_ascii_case(origin))
        }) && text("sec-fetch-site").is_none_or(|site| site == "same-origin")
    }
}

fn locked() -> Admission {
    Admission::Refuse(
        StatusCode::FORBIDDEN,
        "This page is for whoever started the server. Open the whole address that the command printed in the \
         line that begins with Web; a server that was started again has another one.",
    )
}

/// The token in an address.
fn token(uri: &Uri) -> Option<String> {
    let query = uri.query()?.as_bytes();
    form_urlencoded::parse(query).find(|(name, _)| name == "token").map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(of: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in of {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn admit(access: &Access, method: Method, target: &str, of: &[(&'static str, &str)]) -> Admission {
        access.admit(&method, &target.parse().unwrap(), &headers(of))
    }

    #[test]
    fn only_its_own_names_with_its_own_port_are_answered() {
        let access = Access::new(8420);
        let cookie = format!("lineup-8420={}", access.token.text());
        let with = |host: &str| admit(&access, Method::GET, "/", &[("host", host), ("cookie", &cookie)]);
        for host in ["127.0.0.1:8420", "localhost:8420", "LOCALHOST:8420", "[::1]:8420"] {
            assert_eq!(with(host), Admission::Admit, "{host}");
        }
        for host in [
            "evil.example:8420",
            "127.0.0.1",
            "127.0.0.1:80",
            "127.0.0.1.evil.example:8420",
            "localhost.:8420",
            "",
        ] {
            assert!(matches!(with(host), Admission::Refuse(StatusCode::MISDIRECTED_REQUEST, _)), "{host}");
        }
        let two = [("host", "127.0.0.1:8420"), ("host", "evil.example:8420"), ("cookie", cookie.as_str())];
        assert!(matches!(admit(&access, Method::GET, "/", &two), Admission::Refuse(..)));
        let absolute = admit(&access, Method::GET, "http://evil.example:8420/", &[two[0], two[2]]);
        assert!(matches!(absolute, Admission::Refuse(..)), "the target outranks the header");
    }

    #[test]
    fn the_printed_address_gives_the_cookie_and_no_other_token_does() {
        let access = Access::new(8420);
        let host = [("host", "127.0.0.1:8420")];
        let target = access.address().split_once("8420").unwrap().1.to_owned();
        assert_eq!(admit(&access, Method::GET, &target, &host), Admission::Welcome);
        let other = Access::new(8420).address().split_once("8420").unwrap().1.to_owned();
        for target in ["/", "/?token=", other.as_str(), "/imports?token=x"] {
            let refused = admit(&access, Method::GET, target, &host);
            assert!(matches!(refused, Admission::Refuse(StatusCode::FORBIDDEN, _)), "{target}");
        }
        let posted = admit(&access, Method::POST, &target, &host);
        assert!(matches!(posted, Admission::Refuse(..)), "a form is not sent with the address");
    }

    #[test]
    fn a_cookie_of_another_server_or_name_is_none() {
        let access = Access::new(8420);
        let token = access.token.text();
        let with = |cookie: &str| {
            admit(&access, Method::GET, "/", &[("host", "127.0.0.1:8420"), ("cookie", cookie)])
        };
        assert_eq!(with(&format!("a=b; lineup-8420={token}; c=d")), Admission::Admit);
        let wrong = [
            "lineup-8420=".to_owned(),
            format!("lineup-8421={token}"),
            format!("lineup-8420={token}0"),
            token.to_owned(),
        ];
        for cookie in wrong {
            assert!(matches!(with(&cookie), Admission::Refuse(..)), "{cookie}");
        }
        assert!(access.set_cookie().ends_with("; HttpOnly; SameSite=Strict; Path=/"));
    }

    #[test]
    fn a_form_of_another_origin_is_refused() {
        let access = Access::new(8420);
        let cookie = format!("lineup-8420={}", access.token.text());
        let with = |more: &[(&'static str, &str)]| {
            let mut all = vec![("host", "127.0.0.1:8420"), ("cookie", cookie.as_str())];
            all.extend(more);
            admit(&access, Method::POST, "/imports", &all)
        };
        assert_eq!(with(&[("origin", "http://127.0.0.1:8420")]), Admission::Admit);
        let same = [("origin", "http://127.0.0.1:8420"), ("sec-fetch-site", "same-origin")];
        assert_eq!(with(&same), Admission::Admit);
        for origin in [
            "null",
            "http://evil.example",
            "https://127.0.0.1:8420",
            "http://127.0.0.1:8421",
            "http://localhost:8420",
        ] {
            assert!(
                matches!(with(&[("origin", origin)]), Admission::Refuse(StatusCode::FORBIDDEN, _)),
                "{origin}"
            );
        }
        assert!(matches!(with(&[]), Admission::Refuse(..)), "no origin at all");
        let sent = [("origin", "http://127.0.0.1:8420"), ("sec-fetch-site", "same-site")];
        assert!(matches!(with(&sent), Admission::Refuse(..)));
    }
}
