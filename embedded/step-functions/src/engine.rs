//! The engine: what the Step Functions API can ask of it.

use std::path::Path;
use std::sync::{Arc, Mutex};

use asl::definition::StateMachine;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::arn::Arns;
use crate::config::Config;
use crate::error::EngineError;
use crate::listing::{self, ExecutionFilter, Page, Paged};
use crate::mutex::lock;
use crate::ports::{Clock, ObjectStorage, TaskRunner};
use crate::record::{ExecutionListItem, ExecutionRecord, HistoryEvent, MapRunListItem, MapRunRecord};
use crate::shared::{Shared, whole_milliseconds};
use crate::store::{Home, Store};
use crate::{live, recover, redrive, start};

/// The engine. Clones share it.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

impl Engine {
    /// Opens the store in `dir`, creating it where it is missing. Executions that were running
    /// when the last process ended are ABORTED with the error [`crate::INTERRUPTED`]; they can be redriven.
    /// That is written when one of them is looked at first: nothing is read here, so that opening takes the same
    /// time whatever the store holds.
    ///
    /// One process at a time may have a store open; its lock is the caller's.
    pub fn open(
        dir: &Path,
        config: Config,
        definition: StateMachine,
        runner: Arc<dyn TaskRunner>,
        objects: Arc<dyn ObjectStorage>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, EngineError> {
        let shared = Shared {
            arns: Arns::new(&config),
            machine: definition,
            runner,
            objects,
            opened: whole_milliseconds(clock.now()),
            clock,
            store: Store::open(dir)?,
            live: live::Live::default(),
            recovery: Mutex::default(),
            ended: Mutex::default(),
            redrive_tokens: Mutex::default(),
            random: Mutex::new(fastrand::Rng::with_seed(config.seed)),
            changes: watch::Sender::new(0),
            config,
        };
        Ok(Self(Arc::new(shared)))
    }

    /// Starts an execution in the background; must be called in a tokio runtime. The same name
    /// and input while it runs give the execution that there is (API reference, StartExecution).
    pub async fn start_execution(
        &self,
        name: Option<&str>,
        input: &str,
    ) -> Result<ExecutionRecord, EngineError> {
        start::start(&self.0, name, input)
    }

    /// Stops an execution, its children and their tasks, and waits until they have stopped.
    /// Returns when it was stopped, or when it had ended before.
    pub async fn stop_execution(
        &self,
        arn: &str,
        error: Option<&str>,
        cause: Option<&str>,
    ) -> Result<Timestamp, EngineError> {
        if let Some(control) = self.0.live.execution(arn) {
            *lock(&control.reason) = (error.map(Into::into), cause.map(Into::into));
            control.stop.cancel();
            control.ended.cancelled().await;
        }
        let record = self.describe_execution(arn)?;
        Ok(record.stop_date.unwrap_or(record.start_date))
    }

    /// Restarts an unsuccessful execution from the state that failed. Returns the redrive's date.
    pub async fn redrive_execution(&self, arn: &str) -> Result<Timestamp, EngineError> {
        if self.0.arns.name_of_child(arn).is_some() {
            return Err(EngineError::LabeledExecution);
        }
        match self.describe_execution(arn)?.redrive_status_reason {
            None => start::redrive(&self.0, arn),
            Some(reason) => Err(EngineError::ExecutionNotRedrivable { reason }),
        }
    }

    /// The same for a request with a `clientToken`: one that was accepted before gets the same answer
    /// again, so that a client whose answer was lost may repeat it.
    pub async fn redrive_execution_once(
        &self,
        arn: &str,
        client_token: &str,
    ) -> Result<Timestamp, EngineError> {
        if let Some(date) = lock(&self.0.redrive_tokens).answered(arn, client_token, self.0.now()) {
            return Ok(date);
        }
        let date = self.redrive_execution(arn).await?;
        lock(&self.0.redrive_tokens).accept(arn, client_token, date);
        Ok(date)
    }

    /// An execution, of the state machine or of a Map Run.
    pub fn describe_execution(&self, arn: &str) -> Result<ExecutionRecord, EngineError> {
        let (home, record) = self.find(arn)?;
        redrive::with_status(record, &home, self.0.now())
    }

    /// Executions, the most recent first.
    pub fn list_executions(
        &self,
        filter: &ExecutionFilter,
        page: &Page,
    ) -> Result<Paged<ExecutionListItem>, EngineError> {
        listing::executions(&self.0, filter, page)
    }

    /// The events of an execution, in order or in `reverse`.
    pub fn history(&self, arn: &str, page: &Page, reverse: bool) -> Result<Paged<HistoryEvent>, EngineError> {
        listing::events(&self.find(arn)?.0, page, reverse)
    }

    /// The Map Runs of an execution, the most recent first.
    pub fn list_map_runs(
        &self,
        execution_arn: &str,
        page: &Page,
    ) -> Result<Paged<MapRunListItem>, EngineError> {
        listing::map_runs(&self.0, &self.find(execution_arn)?.0, page)
    }

    /// A Map Run. While it runs, its counts are those of the moment.
    pub fn describe_map_run(&self, arn: &str) -> Result<MapRunRecord, EngineError> {
        listing::map_run(&self.0, arn)
    }

    /// Waits until the execution has ended.
    pub async fn wait(&self, arn: &str) -> Result<ExecutionRecord, EngineError> {
        if let Some(control) = self.0.live.execution(arn) {
            control.ended.cancelled().await;
        }
        self.describe_execution(arn)
    }

    /// Changes whenever an execution or a Map Run does; the number itself says nothing.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Who the state machine is.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The state machine's ARN.
    pub fn state_machine_arn(&self) -> String {
        self.0.arns.state_machine()
    }

    /// The definition as it was loaded, with its substitutions made: JSON.
    pub fn definition_json(&self) -> &str {
        &self.0.machine.json
    }

    fn find(&self, arn: &str) -> Result<(Home, ExecutionRecord), EngineError> {
        let found = match (self.0.arns.name_of_child(arn), self.0.arns.name_of_execution(arn)) {
            (Some(child), _) => recover::child(&self.0, child)?,
            (None, Some(name)) => {
                recover::execution(&self.0, name)?.map(|record| (self.0.store.execution(name), record))
            }
            (None, None) => None,
        };
        let found = found.filter(|(_, record)| record.execution_arn == arn);
        found.ok_or_else(|| EngineError::ExecutionDoesNotExist(arn.into()))
    }
}
