//! The functions and their sandboxes, by name.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use uuid::Uuid;

use crate::error::InvocationError;
use crate::pool::Pool;
use crate::spec::FunctionSpec;

/// A log that is longer, in bytes, is set aside when the functions are started.
const LONG_LOG: u64 = 8 << 20;

/// The functions and their sandboxes.
#[derive(Debug)]
pub struct Functions {
    pools: BTreeMap<String, Arc<Pool>>,
    /// The functions' ARNs without their names.
    prefix: String,
    closed: watch::Sender<bool>,
    reaper: AbortHandle,
}

impl Functions {
    /// The functions of `specs`, with ARNs in `region` and `account`. Each one's output goes to `<logs>/<function>.log`;
    /// one that has grown long is `<function>.old.log` from now on. A sandbox without work for `idle` is ended. Must be called
    /// in a tokio runtime.
    ///
    /// # Errors
    /// The folder `logs` cannot be created, or a log not be set aside.
    pub fn new(
        specs: Vec<FunctionSpec>,
        region: &str,
        account: &str,
        logs: &Path,
        idle: Duration,
    ) -> io::Result<Self> {
        std::fs::create_dir_all(logs)?;
        specs.iter().try_for_each(|spec| set_aside(logs, &spec.name))?;
        let prefix = format!("arn:aws:lambda:{region}:{account}:function:");
        let pool = |spec: FunctionSpec| {
            let arn = format!("{prefix}{}", spec.name);
            let log = logs.join(format!("{}.log", spec.name));
            (spec.name.clone(), Arc::new(Pool::new(spec, arn, region, log)))
        };
        let pools: BTreeMap<_, _> = specs.into_iter().map(pool).collect();
        let reaper = tokio::spawn(reap(pools.values().cloned().collect(), idle)).abort_handle();
        Ok(Self { pools, prefix, closed: watch::Sender::new(false), reaper })
    }

    /// The most memory that a process of the function had at a time, in bytes;
    /// `None` before its first invocation ended, and where the system does not tell.
    pub fn peak_memory_bytes(&self, function: &str) -> Option<u64> {
        self.pools.get(function)?.peak_memory()
    }

    /// Ends every sandbox. Invocations under way get no answer any more, so that
    /// their executions are found interrupted and not failed.
    pub fn close(&self) {
        self.closed.send_replace(true);
        self.reaper.abort();
        self.pools.values().for_each(|pool| pool.close());
    }

    /// Invokes a function, named by its name or its ARN, and waits for what it returns. Dropping the
    /// future kills the sandbox that works on it.
    ///
    /// # Errors
    /// The function failed, or there is none of that name.
    pub async fn invoke(&self, function: &str, payload: &Value) -> Result<Value, InvocationError> {
        self.invoke_in_turn(function, payload, || {}).await
    }

    /// The same, and `turn` is called when the invocation need not wait for others any more: from then on
    /// it takes its own time.
    ///
    /// # Errors
    /// As [`Functions::invoke`].
    pub async fn invoke_in_turn(
        &self,
        function: &str,
        payload: &Value,
        turn: impl FnOnce(),
    ) -> Result<Value, InvocationError> {
        let name = function.rsplit(":function:").next().unwrap_or_default();
        let name = name.split(':').next().unwrap_or_default();
        let Some(pool) = self.pools.get(name) else {
            turn();
            let arn = format!("{}{name}", self.prefix);
            return Err(InvocationError::NoSuchFunction { arn, id: Uuid::new_v4() });
        };
        tokio::select! {
            answer = pool.invoke(payload, turn) => answer,
            () = self.until_closed() => std::future::pending().await,
        }
    }

    async fn until_closed(&self) {
        // The sender is `self`'s own, so that waiting cannot fail.
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }
}

/// Renames a long log, over the one that was set aside before.
fn set_aside(logs: &Path, function: &str) -> io::Result<()> {
    let log = logs.join(format!("{function}.log"));
    match std::fs::metadata(&log) {
        Ok(metadata) if metadata.len() > LONG_LOG => {
            std::fs::rename(log, logs.join(format!("{function}.old.log")))
        }
        _ => Ok(()),
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
