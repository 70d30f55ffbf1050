//! Serving on loopback.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::serve::ListenerExt;
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::guard;

/// A bound listener on loopback.
pub(crate) async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await
}

/// The URL of a listener.
pub(crate) fn url(listener: &TcpListener) -> io::Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}

/// Tells servers to stop. Every clone resolves once `true` was sent, or once the sender is gone.
pub(crate) type StopSignal = watch::Receiver<bool>;

/// Resolves when `stop` says so.
pub(crate) async fn stopped(mut stop: StopSignal) {
    // An error means that the sender is gone, which is the same request.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Serves `router` on `listener` until `stop`; requests under way are finished. No page in a browser is answered: see `guard`.
pub(crate) fn serve(listener: TcpListener, router: Router, stop: StopSignal) -> JoinHandle<io::Result<()>> {
    // A bound listener has an address; without one, no Host is its own.
    let port = listener.local_addr().map_or(0, |address| address.port());
    let router = router.layer(middleware::from_fn(move |request, next| guard::admit(port, request, next)));
    // Answers are small and final: waiting for more to send (Nagle) only costs time.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
    });
    tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped(stop)).await })
}
