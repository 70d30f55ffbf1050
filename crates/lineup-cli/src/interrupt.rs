//! Ctrl-C and SIGTERM.

use tokio::signal::unix::{SignalKind, signal};

/// Waits for Ctrl-C or SIGTERM. After the first call, these signals no longer end the process
/// by themselves.
pub(crate) async fn requested() -> std::io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
