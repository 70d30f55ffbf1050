//! The pages of `lineup serve`: what [`lineup_web`] asks, answered over the services of the session.

mod executions;
mod failure;
mod history;
mod journal;
mod questions;

use std::sync::Arc;

use anyhow::Context;
use lineup_web::{Access, WebOptions};
use tokio::task::JoinHandle;

use crate::target::Target;
use journal::TargetJournal;
use questions::TargetLineup;

/// A running web server.
pub(crate) struct WebPages {
    address: String,
    server: JoinHandle<std::io::Result<()>>,
}

impl WebPages {
    /// Starts it on loopback: on this port, or on one that is free.
    pub(crate) async fn start(target: &Target, port: Option<u16>) -> anyhow::Result<Self> {
        let listener = lineup_web::listen(port.unwrap_or(0)).await.with_context(|| match port {
            Some(port) => {
                format!("the pages cannot have port {port}: name another one, or none, with --port")
            }
            None => "the pages cannot have a port".to_owned(),
        })?;
        let access = Access::new(listener.local_addr()?.port());
        let address = access.address();
        let lineup = Arc::new(TargetLineup::new(target));
        let imports = Arc::new(TargetJournal::new(target.clone()));
        let router = lineup_web::router(lineup, imports, access, WebOptions::default())?;
        let server = tokio::spawn(lineup_web::serve(listener, router, std::future::pending()));
        Ok(Self { address, server })
    }

    /// The address to open, with its token.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Ends it. Pages that are open see no more.
    pub(crate) async fn close(self) {
        self.server.abort();
        // The end of an aborted task is an error, which says nothing.
        let _ = self.server.await;
    }
}
