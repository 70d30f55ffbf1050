//! Lambda functions as processes of their own, behind the Lambda Runtime API.
//!
//! A function is any program that speaks the Runtime API (Lambda developer
//! guide, "Using the Lambda runtime API"): a packaged bootstrap, or the
//! `lineup` command started again as one of its functions. A process serves one
//! invocation at a time and is kept for the next one.

mod failure;
mod memory;
mod parent;
mod pool;
mod runtime_api;
mod sandbox;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::Value;
use tokio::task::AbortHandle;

use embedded_step_functions::cancel::Cancel;
use embedded_step_functions::ports::{Invocation, TaskFailure, TaskRunner};
use failure::Failure;
pub use parent::exit_with_parent;
use pool::Pool;

/// A function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSpec {
    /// Its name, the last part of its ARN.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// The program's arguments.
    pub args: Vec<String>,
    /// Environment variables, beside those that AWS sets.
    pub env: Vec<(String, String)>,
    /// An invocation that takes longer is killed.
    pub timeout: Duration,
    /// What AWS_LAMBDA_FUNCTION_MEMORY_SIZE says, in MB. Nothing enforces it here.
    pub memory_mb: u32,
    /// Invocations beyond this number wait for a free sandbox.
    pub max_concurrency: usize,
}

/// The functions and their sandboxes.
#[derive(Debug)]
pub struct Functions {
    pools: BTreeMap<String, Arc<Pool>>,
    closed: Cancel,
    reaper: AbortHandle,
}

impl Functions {
    /// The functions of `specs`. Each one's output goes to `<logs>/<function>.log`;
    /// a sandbox without work for `idle` is ended. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// The folder `logs` cannot be created.
    pub fn new(specs: Vec<FunctionSpec>, logs: &Path, idle: Duration) -> std::io::Result<Self> {
        std::fs::create_dir_all(logs)?;
        let pool = |spec: FunctionSpec| {
            let log = logs.join(format!("{}.log", spec.name));
            (spec.name.clone(), Arc::new(Pool::new(spec, log)))
        };
        let pools: BTreeMap<_, _> = specs.into_iter().map(pool).collect();
        let reaper = tokio::spawn(reap(pools.values().cloned().collect(), idle)).abort_handle();
        Ok(Self { pools, closed: Cancel::default(), reaper })
    }

    /// The most memory that a process of the function had at a time, in bytes;
    /// `None` before its first invocation ended, and where the system does not tell.
    pub fn peak_memory_bytes(&self, function: &str) -> Option<u64> {
        self.pools.get(function)?.peak_memory()
    }

    /// Ends every sandbox. Invocations under way get no answer any more, so that
    /// their executions are found interrupted and not failed.
    pub fn close(&self) {
        self.closed.cancel();
        self.reaper.abort();
        self.pools.values().for_each(|pool| pool.close());
    }

    async fn run(&self, invocation: Invocation) -> Result<Value, TaskFailure> {
        let name = invocation.function.rsplit(":function:").next().unwrap_or_default();
        let name = name.split(':').next().unwrap_or_default();
        let Some(pool) = self.pools.get(name) else {
            return Err(Failure::NoSuchFunction(invocation.function.clone()).into());
        };
        tokio::select! {
            answer = pool.invoke(&invocation.payload) => answer.map_err(TaskFailure::from),
            () = invocation.cancel.cancelled() => Err(Failure::Cancelled.into()),
            () = self.closed.cancelled() => std::future::pending().await,
        }
    }
}

async fn reap(pools: Vec<Arc<Pool>>, idle: Duration) {
    loop {
        tokio::time::sleep(idle / 2).await;
        pools.iter().for_each(|pool| pool.reap(idle));
    }
}

impl Drop for Functions {
    fn drop(&mut self) {
        self.close();
    }
}

impl TaskRunner for Functions {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Result<Value, TaskFailure>> {
        Box::pin(self.run(invocation))
    }
}
