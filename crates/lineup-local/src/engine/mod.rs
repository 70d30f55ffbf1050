//! An embedded Step Functions: runs one state machine, keeps its executions.

pub mod cancel;
pub mod error;
pub mod ports;
pub mod record;

use std::{path::Path, sync::Arc};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::asl::definition::StateMachine;
use error::EngineError;
use ports::{Clock, Objects, TaskRunner};
use record::{ExecutionListItem, ExecutionRecord, ExecutionStatus, HistoryEvent, MapRunListItem, MapRunRecord};

/// Who the state machine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The region of the ARNs, such as `eu-west-1`.
    pub region: String,
    /// The account of the ARNs, twelve digits.
    pub account: String,
    /// The state machine's name.
    pub machine: String,
    /// The role it would run as, for `$$.Execution.RoleArn`.
    pub role_arn: String,
    /// Where the randomness of retry jitter begins.
    pub seed: u64,
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// How many at most; 0 means 100, and 1000 is the most (API reference, ListExecutions).
    pub max_results: usize,
    /// `nextToken` of the page before.
    pub next_token: Option<String>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Paged<T> {
    /// The part.
    pub items: Vec<T>,
    /// Where the next part begins, if there is one.
    pub next_token: Option<String>,
}

/// Which executions ListExecutions gives, the most recent first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecutionFilter {
    /// The children of this Map Run; the state machine's own executions where it is absent.
    pub map_run_arn: Option<String>,
    /// Those with this status.
    pub status: Option<ExecutionStatus>,
    /// Those that were redriven (`REDRIVEN`), or were not (`NOT_REDRIVEN`).
    pub redriven: Option<bool>,
}

/// The engine. Clones share it.
#[derive(Clone)]
pub struct Engine {}

impl Engine {
    /// Opens the store in `dir`, creating it where it is missing. Executions that were running
    /// when the last process ended are ABORTED with the error `Interrupted`.
    pub fn open(
        _dir: &Path,
        _config: Config,
        _definition: StateMachine,
        _runner: Arc<dyn TaskRunner>,
        _objects: Arc<dyn Objects>,
        _clock: Arc<dyn Clock>,
    ) -> Result<Self, EngineError> {
        Ok(Self {})
    }

    /// Starts an execution in the background; must be called in a tokio runtime. The same name
    /// and input while it runs give the execution that there is (API reference, StartExecution).
    pub async fn start_execution(&self, _name: Option<&str>, _input: &str) -> Result<ExecutionRecord, EngineError> {
        unimplemented!()
    }

    /// Stops an execution, its children and their tasks. Returns when it was stopped.
    pub async fn stop_execution(
        &self,
        _arn: &str,
        _error: Option<&str>,
        _cause: Option<&str>,
    ) -> Result<Timestamp, EngineError> {
        unimplemented!()
    }

    /// Restarts an unsuccessful execution from the state that failed. Returns the redrive's date.
    pub async fn redrive_execution(&self, _arn: &str) -> Result<Timestamp, EngineError> {
        unimplemented!()
    }

    /// An execution, of the state machine or of a Map Run.
    pub fn describe_execution(&self, _arn: &str) -> Result<ExecutionRecord, EngineError> {
        unimplemented!()
    }

    /// Executions, the most recent first.
    pub fn list_executions(
        &self,
        _filter: &ExecutionFilter,
        _page: &Page,
    ) -> Result<Paged<ExecutionListItem>, EngineError> {
        unimplemented!()
    }

    /// The events of an execution, in order or in `reverse`.
    pub fn history(&self, _arn: &str, _page: &Page, _reverse: bool) -> Result<Paged<HistoryEvent>, EngineError> {
        unimplemented!()
    }

    /// The Map Runs of an execution.
    pub fn list_map_runs(&self, _execution_arn: &str, _page: &Page) -> Result<Paged<MapRunListItem>, EngineError> {
        unimplemented!()
    }

    /// A Map Run.
    pub fn describe_map_run(&self, _arn: &str) -> Result<MapRunRecord, EngineError> {
        unimplemented!()
    }

    /// Waits until the execution has ended.
    pub async fn wait(&self, _arn: &str) -> Result<ExecutionRecord, EngineError> {
        unimplemented!()
    }

    /// Changes whenever an execution or a Map Run does; the number itself says nothing.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        unimplemented!()
    }

    /// The state machine's ARN.
    pub fn state_machine_arn(&self) -> String {
        unimplemented!()
    }

    /// The definition as it was loaded, with its substitutions made: JSON.
    pub fn definition_json(&self) -> &str {
        unimplemented!()
    }
}
