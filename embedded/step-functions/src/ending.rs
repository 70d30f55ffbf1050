//! How an execution ended, in its record and in its history.

use std::mem;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use asl::failure::Failure;
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde_json::Value;

use crate::error::EngineError;
use crate::event::Event;
use crate::execution::{Execution, Position, Stop};
use crate::history::History;
use crate::limits::Cut;
use crate::mutex::lock;
use crate::record::{DataDetails, ExecutionRecord, ExecutionStatus};
use crate::shared::Shared;
use crate::store::Home;

/// The error of an execution whose process ended.
pub const INTERRUPTED: &str = "Interrupted";

const CAUSE: &str = "The process that ran this execution ended before the execution did.";

impl Execution {
    /// Runs to the end, and writes down how it ended, also where that is a panic.
    ///
    /// Boxed, because a Map's children are executions too.
    pub(crate) fn run(mut self, from: Position) -> BoxFuture<'static, ExecutionRecord> {
        let panicked = Panicked::before(&self);
        let through = async move {
            let ended = self.walk(from).await;
            self.finish(ended)
        };
        Box::pin(async move {
            let ended = AssertUnwindSafe(through).catch_unwind().await;
            ended.unwrap_or_else(|_| panicked.finish())
        })
    }

    /// Writes down how the execution ended.
    fn finish(mut self, ended: Result<Value, Stop>) -> ExecutionRecord {
        let now = match (&ended, self.limits.deadline) {
            // AWS gives the moment at which the time was over.
            (Err(Stop::Cut(Cut::TimedOut)), Some(deadline)) => deadline,
            _ => self.shared.now(),
        };
        self.record.stop_date = Some(now);
        match ended {
            Ok(output) => self.succeeded(now, output.to_string()),
            Err(Stop::Failed(failure)) => {
                self.history.add(now, Event::execution_failed(&failure));
                fail(&mut self.record, failure);
            }
            Err(Stop::Cut(Cut::TimedOut)) => self.timed_out(now),
            Err(Stop::Cut(Cut::Stopped)) => self.aborted(now),
        }
        let written = self.history.flush().and_then(|()| self.home.write(&self.record));
        told(&self.shared, self.record, written)
    }

    fn succeeded(&mut self, now: Timestamp, output: String) {
        self.history.add(now, Event::execution_succeeded(&output));
        self.record.status = ExecutionStatus::Succeeded;
        self.record.output = Some(output);
        self.record.output_details = Some(DataDetails::default());
    }

    /// The record has neither error nor cause then, and the event follows from nothing.
    fn timed_out(&mut self, now: Timestamp) {
        self.history.add_after(0, now, Event::execution_timed_out());
        self.record.status = ExecutionStatus::TimedOut;
    }

    /// The event follows from nothing.
    fn aborted(&mut self, now: Timestamp) {
        let (error, cause) = mem::take(&mut *lock(&self.control.reason));
        let cause = self.map_run_aborted().or(cause);
        self.history.add_after(0, now, Event::execution_aborted(error.as_deref(), cause.as_deref()));
        self.record.status = ExecutionStatus::Aborted;
        self.record.error = error;
        self.record.cause = cause;
    }

    /// The cause of a child that its Map Run stopped.
    fn map_run_aborted(&self) -> Option<String> {
        let [own, above] = &self.limits.stops;
        let arn = self.record.map_run_arn.as_ref().filter(|_| above.is_cancelled() && !own.is_cancelled())?;
        Some(format!("The map run execution [{arn}] which was managing this resource was aborted"))
    }
}

/// What an execution whose task panics is ended with. Those who wait for it would wait for ever otherwise.
struct Panicked {
    shared: Arc<Shared>,
    record: ExecutionRecord,
    home: Home,
}

impl Panicked {
    /// For an execution that begins to run.
    fn before(execution: &Execution) -> Self {
        let Execution { shared, record, home, .. } = execution;
        Self { shared: Arc::clone(shared), record: record.clone(), home: home.clone() }
    }

    /// Ends it as failed, so that it can be redriven.
    fn finish(mut self) -> ExecutionRecord {
        let now = self.shared.now();
        tracing::error!(arn = self.record.execution_arn, "the execution ended in a panic");
        let failure = Failure::runtime("The engine that runs this execution has a fault: it panicked.");
        self.record.stop_date = Some(now);
        let written = self.write(now, failure);
        told(&self.shared, self.record, written)
    }

    fn write(&mut self, now: Timestamp, failure: Failure) -> Result<(), EngineError> {
        let event = Event::execution_failed(&failure);
        fail(&mut self.record, failure);
        let mut history = History::open(self.home.history())?;
        history.add(now, event);
        history.flush()?;
        self.home.write(&self.record)
    }
}

fn fail(record: &mut ExecutionRecord, Failure { error, cause }: Failure) {
    record.status = ExecutionStatus::Failed;
    record.error = Some(error).filter(|error| !error.is_empty());
    record.cause = Some(cause).filter(|cause| !cause.is_empty());
}

/// Tells those who wait. An end that could not be written is kept in memory, or the execution would run for
/// ever for everybody who asks.
fn told(shared: &Shared, record: ExecutionRecord, written: Result<(), EngineError>) -> ExecutionRecord {
    if let Err(error) = written {
        tracing::error!(arn = record.execution_arn, "the execution's end is not on disk: {}", error.chain());
        shared.live.keep_unwritten(&record);
    }
    shared.live.end(&record.execution_arn);
    shared.changed();
    record
}

/// Aborts an execution that is RUNNING and whose task is gone, as of `now`. Gives its status.
pub(crate) fn interrupt(
    shared: &Shared,
    home: &Home,
    mut record: ExecutionRecord,
    now: Timestamp,
) -> ExecutionStatus {
    if record.status != ExecutionStatus::Running {
        return record.status;
    }
    let cause = format!("{CAUSE} {}", shared.config.interrupted_hint);
    let event = Event::execution_aborted(Some(INTERRUPTED), Some(&cause));
    record.status = ExecutionStatus::Aborted;
    record.stop_date = Some(now);
    record.error = Some(INTERRUPTED.into());
    record.cause = Some(cause);
    let written = History::open(home.history()).and_then(|mut history| {
        history.add_after(0, now, event);
        history.flush()?;
        home.write(&record)
    });
    if let Err(error) = written {
        tracing::warn!(arn = record.execution_arn, "the execution's end is not on disk: {}", error.chain());
        shared.live.keep_unwritten(&record);
    }
    record.status
}
