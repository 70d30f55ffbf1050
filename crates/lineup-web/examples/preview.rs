//! The pages with a lineup and imports from memory: to look at them without building the command.
//!
//! `cargo run -p lineup-web --example preview`
#![allow(clippy::unwrap_used)]

#[path = "../tests/web/sample.rs"]
#[allow(dead_code, missing_docs, unreachable_pub)]
mod sample;

use std::sync::Arc;

use lineup_web::{Access, ShownState, WebOptions, listen, router, serve};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let state = match std::env::args().nth(1).as_deref() {
        Some("running") => ShownState::Running,
        Some("succeeded") => ShownState::Succeeded,
        _ => ShownState::Failed,
    };
    let chunks = std::env::args().nth(2).and_then(|chunks| chunks.parse().ok()).unwrap_or(40);
    let listener = listen(0).await?;
    let access = Access::new(listener.local_addr()?.port());
    println!("Web  {}", access.address());
    let imports = Arc::new(sample::SampleImports::new(chunks, state));
    let router = router(Arc::new(sample::SampleLineup::weekend()), imports, access, WebOptions::default())?;
    serve(listener, router, std::future::pending()).await
}
