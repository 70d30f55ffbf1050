//! The pages of `lineup serve` and `lineup web`: what [`lineup_web`] asks, answered over the services of the session.

mod chunk_log;
mod chunks;
mod executions;
mod failure;
mod files;
mod function_log;
mod history;
mod journal;
mod live_chunk;
mod origin;
mod questions;
mod versions;

use std::sync::Arc;

use anyhow::Context;
use lineup_web::{Access, WebOptions};
use tokio::task::JoinHandle;

use crate::args::{Place, WebArgs};
use crate::exit::{CommandError, Exit};
use crate::session::Session;
use crate::target::Target;
use crate::{interrupt, output};
use journal::TargetJournal;
use questions::TargetLineup;

/// A running web server.
pub(crate) struct WebPages {
    address: String,
    server: JoinHandle<std::io::Result<()>>,
}

impl WebPages {
    /// Starts it on this port of loopback; with 0, on one that is free.
    pub(crate) async fn start(target: &Target, port: u16, options: WebOptions) -> anyhow::Result<Self> {
        let listener = lineup_web::listen(port).await.with_context(|| {
            format!(
                "the pages cannot have port {port}: name another one with --port, or 0 for one that is free"
            )
        })?;
        let access = Access::new(listener.local_addr()?.port());
        let address = access.address();
        let lineup = Arc::new(TargetLineup::new(target));
        let imports = Arc::new(TargetJournal::new(target.clone()));
        let router = lineup_web::router(lineup, imports, access, options)?;
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

/// Fails unless a stack is named.
pub(crate) fn check(place: &Place) -> Result<(), CommandError> {
    match &place.stack {
        Some(_) => Ok(()),
        None => Err(CommandError::Usage(
            "`lineup web` shows a deployed stack: name it with --stack; `lineup serve` shows the data on this machine"
                .to_owned(),
        )),
    }
}

/// `lineup web`: the pages of a stack, until Ctrl-C.
pub(crate) async fn run(session: &Session, place: &Place, args: &WebArgs) -> anyhow::Result<Exit> {
    let stack = place.stack.as_deref().unwrap_or_default();
    let options = WebOptions {
        command: format!("lineup --stack {stack}"),
        may_change: args.allow_changes,
        ..WebOptions::default()
    };
    let pages = WebPages::start(&session.target, args.port, options).await?;
    let may = if args.allow_changes { "They may change the stack." } else { "They only read." };
    let text =
        format!("Web  {}\n\nReady: pages of the stack {stack}. {may} Ctrl-C ends them.", pages.address());
    let ended = match output::line(text) {
        Ok(()) => interrupt::requested().await.map_err(anyhow::Error::from),
        Err(error) => Err(error.into()),
    };
    pages.close().await;
    ended.map(|()| Exit::Succeeded)
}
