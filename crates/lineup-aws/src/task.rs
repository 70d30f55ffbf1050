//! Work beside other work, as a task of the runtime.

use tokio::task::JoinHandle;

/// A task of the runtime, which ends with whoever waits for it.
#[derive(Debug)]
pub struct OwnedTask<T>(JoinHandle<T>);

impl<T: Send + 'static> OwnedTask<T> {
    /// Begins the work.
    pub fn spawn(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self(tokio::spawn(work))
    }

    /// Waits for its end. If it panics, so does this.
    pub async fn join(mut self) -> T {
        match (&mut self.0).await {
            Ok(done) => done,
            // Nobody else aborts it; and a panic goes on where it would have without the task.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

impl<T> Drop for OwnedTask<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
