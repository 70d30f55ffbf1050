//! The library's own HTTP server, which nobody but this process can reach.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Mutex, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, Response, header, request};
use dynoxide::Database;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;

use crate::server::{StopSignal, stopped};

/// How many connections are kept for the next requests.
const KEPT: usize = 16;

/// Headers of a connection, not of the request (RFC 9110, 7.6.1), and those that the body decides.
const OF_THE_CONNECTION: [header::HeaderName; 7] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Connections to the library's server.
///
/// The library does not let its callers dispatch a request but over HTTP, and its server answers whoever reaches its port. So
/// each connection has a listener of its own, which is closed as soon as the connection is accepted, and no port stays open.
pub(super) struct LibraryServer {
    database: Database,
    runtime: Handle,
    stop: StopSignal,
    idle: Mutex<Vec<SendRequest<Body>>>,
}

impl LibraryServer {
    /// Connections that are served on `runtime` until `stop`.
    pub(super) const fn new(database: Database, runtime: Handle, stop: StopSignal) -> Self {
        Self { database, runtime, stop, idle: Mutex::new(Vec::new()) }
    }

    /// The library's answer to a request.
    pub(super) async fn answer(&self, parts: &request::Parts, body: Bytes) -> io::Result<Response<Body>> {
        let (mut connection, answer) = loop {
            let (mut connection, kept) = match self.take() {
                Some(connection) => (connection, true),
                None => (self.connect().await?, false),
            };
            match connection.send_request(request(parts, body.clone())).await {
                Ok(answer) => break (connection, answer),
                // The server had closed it, and has not seen the request.
                Err(error) if kept && (error.is_canceled() || error.is_closed()) => {}
                Err(error) => return Err(io::Error::other(error)),
            }
        };
        let (mut parts, body) = answer.into_parts();
        OF_THE_CONNECTION.iter().for_each(|name| drop(parts.headers.remove(name)));
        let body = to_bytes(Body::new(body), usize::MAX).await.map_err(io::Error::other)?;
        if connection.ready().await.is_ok() {
            self.keep(connection);
        }
        Ok(Response::from_parts(parts, Body::from(body)))
    }

    fn take(&self) -> Option<SendRequest<Body>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn keep(&self, connection: SendRequest<Body>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(connection);
        }
    }

    async fn connect(&self) -> io::Result<SendRequest<Body>> {
        let connected = self.runtime.spawn(connect(self.database.clone(), self.stop.clone()));
        connected.await.map_err(io::Error::other)?
    }
}

async fn connect(database: Database, stop: StopSignal) -> io::Result<SendRequest<Body>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let accepting = tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database, stopped(stop)));
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut connection, driver) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    tokio::spawn(driver);
    // The answer shows that the connection is accepted. It outlives the listener, until `stop`.
    let health = Request::get("/").header(header::HOST, address.to_string()).body(Body::empty());
    let answer =
        connection.send_request(health.map_err(io::Error::other)?).await.map_err(io::Error::other)?;
    to_bytes(Body::new(answer.into_body()), usize::MAX).await.map_err(io::Error::other)?;
    connection.ready().await.map_err(io::Error::other)?;
    accepting.abort();
    // An error says that it was aborted.
    let _ = accepting.await;
    Ok(connection)
}

fn request(parts: &request::Parts, body: Bytes) -> Request<Body> {
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = parts.method.clone();
    *request.uri_mut() = parts.uri.clone();
    *request.headers_mut() = headers(&parts.headers);
    request
}

fn headers(of: &HeaderMap) -> HeaderMap {
    let mut headers = of.clone();
    OF_THE_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
    headers
}
