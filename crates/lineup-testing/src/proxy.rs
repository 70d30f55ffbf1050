//! The fault layer in front of another service on loopback.

use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{EXPECT, HOST, HeaderValue, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::response::Response;
use bytes::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::fault::{Fault, Faults};
use crate::layer::{Operation, Orders, Service, Unanswered};
use crate::server::Server;

/// Forwards requests to one service, and injects faults.
pub struct Proxy {
    server: Server,
    orders: Orders,
    upstream: Arc<OnceLock<String>>,
}

impl Proxy {
    /// Starts listening. [`Self::forward_to`] sets the service later, because
    /// services need the endpoints of their proxies before they start.
    pub async fn start() -> Self {
        let (orders, upstream) = (Orders::default(), Arc::default());
        let server = Server::start(Upstream(Arc::clone(&upstream)), orders.clone()).await;
        Self { server, orders, upstream }
    }

    /// The value for `endpoint_url`.
    pub fn endpoint(&self) -> &str {
        &self.server.endpoint
    }

    /// From now on forwards requests to the service at `endpoint`, `http://host:port`.
    pub fn forward_to(&self, endpoint: &str) {
        self.upstream.set(endpoint.strip_prefix("http://").unwrap().to_owned()).unwrap();
    }

    /// From now on requests have the faults that `faults` gives.
    pub fn fail(&self, faults: impl FnMut(&str) -> Option<Fault> + Send + 'static) {
        self.order(Box::new(faults));
    }

    /// [`Self::fail`] with what [`crate::nth`] gives.
    pub fn order(&self, faults: Faults) {
        self.orders.set(Some(faults));
    }

    /// From now on there are no faults.
    pub fn heal(&self) {
        self.orders.set(None);
    }
}

#[derive(Clone)]
struct Upstream(Arc<OnceLock<String>>);

impl Service for Upstream {
    async fn answer(&self, _: &Operation, mut head: Parts, body: Bytes) -> Result<Response, Unanswered> {
        let address = self.0.get().ok_or(Unanswered)?;
        // The whole body has arrived already, so the service need not ask for it.
        head.headers.remove(EXPECT);
        // A service answers to its own address alone.
        head.headers.insert(HOST, HeaderValue::from_str(address).map_err(|_| Unanswered)?);
        let request = Request::from_parts(head, Body::from(body));
        send(address, request).await.map_err(|_| Unanswered)
    }
}

async fn send(
    address: &str,
    request: Request<Body>,
) -> Result<Response, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // If the request is cancelled, it must not continue upstream: the connection is dropped with it.
    let _connection = Connection(tokio::spawn(async move {
        let _ = connection.await;
    }));
    let (mut head, body) = sender.send_request(request).await?.into_parts();
    let body = axum::body::to_bytes(Body::new(body), usize::MAX).await?;
    head.headers.remove(TRANSFER_ENCODING);
    Ok(Response::from_parts(head, Body::from(body)))
}

struct Connection(tokio::task::JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}
