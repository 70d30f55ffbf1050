//! The executions and Map Runs that this process is running.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use uuid::Uuid;

use crate::cancel::Cancel;
use crate::mutex::lock;
use crate::record::{ExecutionRecord, ExecutionStatus, MapRunRecord};

/// By ARN. Only what runs is in here, so that its size is bounded by the concurrency, and the ARNs of what has run.
#[derive(Default)]
pub(crate) struct Live {
    executions: Mutex<HashMap<String, Arc<Control>>>,
    /// The state machine's executions that this process has started or redriven, also those that have ended.
    begun: Mutex<HashSet<String>>,
    map_runs: Mutex<HashMap<String, Arc<Mutex<MapRunRecord>>>>,
    /// Children that wait for their turn in a redrive of their Map Run.
    waiting: Mutex<HashSet<Uuid>>,
    /// Executions that ended when nothing could be written, as on a full disk: their records.
    unwritten: Mutex<HashMap<String, ExecutionRecord>>,
}

/// How to stop an execution, and to wait for its end.
#[derive(Default)]
pub(crate) struct Control {
    /// Set to stop it.
    pub stop: Cancel,
    /// Set when its record says how it ended.
    pub ended: Cancel,
    /// What StopExecution gave as error and cause.
    pub reason: Mutex<(Option<String>, Option<String>)>,
}

impl Live {
    pub(crate) fn execution(&self, arn: &str) -> Option<Arc<Control>> {
        lock(&self.executions).get(arn).cloned()
    }

    /// Takes an execution of the state machine in; `None` where it is in already.
    pub(crate) fn begin_own(&self, arn: &str) -> Option<Arc<Control>> {
        lock(&self.begun).insert(arn.into());
        self.begin(arn)
    }

    /// Whether this process has run the execution. If not, nothing runs it, whatever its record says.
    pub(crate) fn has_run(&self, arn: &str) -> bool {
        lock(&self.begun).contains(arn)
    }

    /// The execution as it ended, where that could not be written.
    pub(crate) fn unwritten(&self, arn: &str) -> Option<ExecutionRecord> {
        lock(&self.unwritten).get(arn).cloned()
    }

    /// Takes an execution in; `None` where it is in already.
    pub(crate) fn begin(&self, arn: &str) -> Option<Arc<Control>> {
        let mut executions = lock(&self.executions);
        if executions.contains_key(arn) {
            return None;
        }
        let control = Arc::new(Control::default());
        executions.insert(arn.into(), Arc::clone(&control));
        Some(control)
    }

    /// Lets the execution go, and those who wait for it.
    pub(crate) fn end(&self, arn: &str) {
        if let Some(control) = lock(&self.executions).remove(arn) {
            control.ended.cancel();
        }
    }

    /// From now on the execution is as this record says, not as the one on disk.
    pub(crate) fn keep_unwritten(&self, record: &ExecutionRecord) {
        lock(&self.unwritten).insert(record.execution_arn.clone(), record.clone());
    }

    /// The execution is as its record on disk says again.
    pub(crate) fn forget_unwritten(&self, arn: &str) {
        lock(&self.unwritten).remove(arn);
    }

    /// From now on the child waits to be redriven, or does not any more.
    pub(crate) fn wait_for_redrive(&self, child: Uuid, waits: bool) {
        let mut waiting = lock(&self.waiting);
        if waits {
            waiting.insert(child)
        } else {
            waiting.remove(&child)
        };
    }

    /// The record on disk as others are to see it: as it ended, if that could not be written; `PENDING_REDRIVE`
    /// while the execution waits for its turn (guide, "Child workflow execution redrive behavior").
    pub(crate) fn as_it_is(&self, record: ExecutionRecord) -> ExecutionRecord {
        let mut record = lock(&self.unwritten).get(&record.execution_arn).cloned().unwrap_or(record);
        let child = record.map_run_arn.is_some().then(|| record.name.parse().ok()).flatten();
        if child.is_some_and(|child: Uuid| lock(&self.waiting).contains(&child)) {
            record.status = ExecutionStatus::PendingRedrive;
        }
        record
    }

    pub(crate) fn begin_map_run(&self, record: MapRunRecord) -> Arc<Mutex<MapRunRecord>> {
        let arn = record.map_run_arn.clone();
        let record = Arc::new(Mutex::new(record));
        lock(&self.map_runs).insert(arn, Arc::clone(&record));
        record
    }

    pub(crate) fn map_run(&self, arn: &str) -> Option<MapRunRecord> {
        let record = lock(&self.map_runs).get(arn).cloned()?;
        Some(lock(&record).clone())
    }

    pub(crate) fn end_map_run(&self, arn: &str) {
        lock(&self.map_runs).remove(arn);
    }
}
