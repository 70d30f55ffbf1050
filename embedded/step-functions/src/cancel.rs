//! Telling a running execution, its children and their tasks to stop.

use tokio::sync::watch;

/// A flag that is set once and can be waited for. Clones share it.
#[derive(Debug, Clone)]
pub struct Cancel(watch::Sender<bool>);

impl Default for Cancel {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Cancel {
    /// Sets it. Setting it again changes nothing.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Whether it is set.
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when it is set.
    pub async fn cancelled(&self) {
        // The sender is alive as long as `self` is, so that waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|set| *set).await;
    }
}
