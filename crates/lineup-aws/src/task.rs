//! A task of the runtime that is aborted when its owner is dropped.

use tokio::task::JoinHandle;

/// A task of the runtime. It is aborted when this is dropped.
#[derive(Debug)]
pub struct OwnedTask<T>(JoinHandle<T>);

impl<T: Send + 'static> OwnedTask<T> {
    /// Starts the task.
    pub fn spawn(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self(tokio::spawn(work))
    }

    /// Waits for the end of the task. If the task panics, so does this.
    pub async fn join(mut self) -> T {
        match (&mut self.0).await {
            Ok(done) => done,
            // Nothing else aborts the task, so the error is a panic. It continues in the caller.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

impl<T> Drop for OwnedTask<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
