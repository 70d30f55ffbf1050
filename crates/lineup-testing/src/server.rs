//! An HTTP server that can end a connection without an answer. axum's server cannot.

use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::layer::{self, Orders, Service};

/// Listens on a free port of loopback until it is dropped. Every connection ends then.
pub(crate) struct Server {
    /// The value for `endpoint_url`.
    pub(crate) endpoint: String,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(service: impl Service, orders: Orders) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        Self { endpoint, task: tokio::spawn(accept(listener, service, orders)) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, service: impl Service, orders: Orders) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted.unwrap();
                connections.spawn(serve(stream, service.clone(), orders.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, service: impl Service, orders: Orders) {
    stream.set_nodelay(true).unwrap();
    let answer = service_fn(async |request: hyper::Request<hyper::body::Incoming>| {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(Body::new(body), usize::MAX).await.map_err(|_| layer::Unanswered)?;
        layer::answer(&service, &orders, head, body).await
    });
    // It fails for injected faults, and when a client ends its connection.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}
