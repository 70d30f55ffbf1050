//! The sandboxes of one function: started on demand, kept while warm.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::error::InvocationError;
use crate::sandbox::Sandbox;
use crate::spec::FunctionSpec;

/// A sandbox without work, and since when.
type Idle = (Sandbox, Instant);

#[derive(Debug)]
pub(crate) struct Pool {
    spec: FunctionSpec,
    arn: String,
    region: String,
    log: PathBuf,
    slots: Semaphore,
    state: Mutex<PoolState>,
}

#[derive(Debug, Default)]
struct PoolState {
    /// The one that worked last is at the end, and works next.
    idle: Vec<Idle>,
    peak_memory: Option<u64>,
    closed: bool,
}

impl Pool {
    pub(crate) fn new(spec: FunctionSpec, arn: String, region: &str, log: PathBuf) -> Self {
        let slots = Semaphore::new(spec.max_concurrency.max(1));
        Self { spec, arn, region: region.to_owned(), log, slots, state: Mutex::default() }
    }

    /// Invokes the function, in a warm sandbox if there is one; `turn` is called once there is a place for it.
    /// Dropping the future kills the sandbox that works on it.
    pub(crate) async fn invoke(
        &self,
        payload: &Value,
        turn: impl FnOnce(),
    ) -> Result<Value, InvocationError> {
        // The semaphore is never closed, so that this is a permit.
        let _slot = self.slots.acquire().await;
        turn();
        let mut sandbox = match self.warm() {
            Some(sandbox) => sandbox,
            None => Sandbox::start(&self.spec, &self.arn, &self.region, &self.log).await?,
        };
        let answer = sandbox.invoke(Bytes::from(payload.to_string()), self.spec.timeout).await;
        self.record(sandbox.peak_memory());
        if sandbox.is_usable() {
            self.keep(sandbox);
        }
        let body = answer?;
        serde_json::from_slice(&body)
            .map_err(|source| InvocationError::InvalidResponse { id: Uuid::new_v4(), source })
    }

    pub(crate) fn peak_memory(&self) -> Option<u64> {
        self.lock().peak_memory
    }

    /// Ends what had no work for `idle`.
    pub(crate) fn reap(&self, idle: Duration) {
        let ended: Vec<Idle> =
            self.lock().idle.extract_if(.., |(_, since)| since.elapsed() >= idle).collect();
        drop(ended);
    }

    /// Ends every sandbox without work, and each other one as it finishes.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.idle.clear();
    }

    fn warm(&self) -> Option<Sandbox> {
        let mut state = self.lock();
        // One that ended by itself while it was idle is dropped here.
        std::iter::from_fn(|| state.idle.pop()).map(|(sandbox, _)| sandbox).find_map(|mut sandbox| {
            let usable = sandbox.is_usable();
            usable.then_some(sandbox)
        })
    }

    fn keep(&self, sandbox: Sandbox) {
        let mut state = self.lock();
        if !state.closed {
            state.idle.push((sandbox, Instant::now()));
        }
    }

    fn record(&self, memory: Option<u64>) {
        let mut state = self.lock();
        state.peak_memory = state.peak_memory.max(memory);
    }

    fn lock(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
