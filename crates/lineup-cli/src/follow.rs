//! Follows an execution from its start to its end.

use std::collections::HashSet;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, bail};
use aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput;
use aws_sdk_sfn::primitives::DateTime;
use aws_sdk_sfn::types::{ExecutionListItem, ExecutionStatus, MapRunItemCounts};
use indicatif::HumanCount;
use lineup_aws::error::CallFailure;
use lineup_aws::map_runs::told;
use lineup_contracts::{ExecutionState, Reported, S3Detail, S3Object};
use serde_json::Value;
use uuid::Uuid;

use crate::catalog::Catalog;
use crate::progress::{LoadedAmount, Progress};
use crate::target::Target;
use crate::upload_parts::Uploaded;

/// How long to wait until an upload starts its execution. It takes a second or two, though EventBridge
/// promises no limit. After this time something is not set up.
const STARTS_WITHIN: Duration = Duration::from_secs(120);

/// The part of a Map Run's ARN that is the label of the state `Survey`.
const SURVEY_RUN: &str = "/Survey:";

/// The most by which this machine's clock may run before the service's.
const CLOCK_SKEW: Duration = Duration::from_secs(300);

/// One execution of the state machine, and the import that it is about.
pub(crate) struct FollowedExecution<'a> {
    target: &'a Target,
    /// The execution's ARN.
    pub arn: String,
    /// The import.
    pub import_id: Uuid,
    /// The number of its redrives. After a redrive the service may still describe the execution as failed;
    /// a description with fewer redrives is old.
    redrives: i32,
}

/// How an execution ended.
pub(crate) struct EndedExecution {
    /// Never `RUNNING`.
    pub status: ExecutionStatus,
    /// The error's name, unless it succeeded.
    pub error: Option<String>,
    /// The error's cause, as readable text.
    pub cause: Option<String>,
    /// The output of the execution, if it succeeded.
    output: Option<Value>,
}

impl EndedExecution {
    /// Whether the execution succeeded.
    pub(crate) fn succeeded(&self) -> bool {
        self.status == ExecutionStatus::Succeeded
    }

    /// The summary in the execution's output.
    pub(crate) fn summary(&self) -> Option<Reported> {
        let summary = self.output.as_ref()?.get("summary")?;
        serde_json::from_value(summary.clone()).ok()
    }

    /// Whether a newer upload of the lineup took over before this one was loaded.
    pub(crate) fn is_superseded(&self) -> bool {
        let hold = self.output.as_ref().and_then(|output| output.pointer("/hold/superseded"));
        hold.and_then(Value::as_bool).unwrap_or_default()
    }

    /// The execution that claimed the import before this one. Events are delivered at least once,
    /// so one upload may start two executions.
    fn duplicate_of(&self) -> Option<&str> {
        self.output.as_ref()?.pointer("/import/duplicate_of")?.as_str()
    }
}

impl<'a> FollowedExecution<'a> {
    /// Follows the execution `arn` of the import.
    pub(crate) fn new(target: &'a Target, arn: String, import_id: Uuid) -> Self {
        Self { target, arn, import_id, redrives: 0 }
    }

    /// Follows the execution after its `redrives`th redrive.
    pub(crate) fn redriven(self, redrives: i32) -> Self {
        Self { redrives, ..self }
    }

    /// The newest executions that there are: none of them is of an upload that is still to come.
    pub(crate) async fn all_since(target: &'a Target, since: SystemTime) -> anyhow::Result<HashSet<String>> {
        let since = DateTime::from(since - CLOCK_SKEW);
        let newest = newest(target).await?.into_iter().filter(|item| item.start_date >= since);
        Ok(newest.map(|item| item.execution_arn).collect())
    }

    /// Waits for the execution that an upload starts. The upload began at `since`, and none of the `others` is its.
    pub(crate) async fn started_by(
        target: &'a Target,
        uploaded: &Uploaded,
        since: SystemTime,
        mut others: HashSet<String>,
    ) -> anyhow::Result<Self> {
        let since = DateTime::from(since - CLOCK_SKEW);
        let deadline = Instant::now() + STARTS_WITHIN;
        let key = &uploaded.key;
        while Instant::now() < deadline {
            if let Some(execution) = Self::find(target, uploaded, since, &mut others).await? {
                return Ok(execution);
            }
            tokio::time::sleep(target.poll).await;
        }
        bail!(
            "no execution of {} started for s3://{}/{key} within {} seconds; look whether the bucket sends its \
             events to EventBridge and the rule is enabled",
            target.state_machine_arn,
            target.uploads_bucket,
            STARTS_WITHIN.as_secs(),
        )
    }

    /// Searches the newest executions. `others` are known to belong to other uploads and are skipped.
    async fn find(
        target: &'a Target,
        sought: &Uploaded,
        since: DateTime,
        others: &mut HashSet<String>,
    ) -> anyhow::Result<Option<Self>> {
        let is_sought = |detail: &S3Detail| {
            let S3Object { key, etag, version_id, .. } = &detail.object;
            // Two uploads of the same file at once differ in their version alone.
            let is_other_version =
                version_id.is_some() && sought.version_id.is_some() && version_id != &sought.version_id;
            (key, etag) == (&sought.key, &sought.etag)
                && detail.bucket.name == target.uploads_bucket
                && !is_other_version
        };
        for item in newest(target).await? {
            if item.start_date < since || others.contains(&item.execution_arn) {
                continue;
            }
            match uploaded(target, &item.execution_arn).await? {
                Some(detail) if is_sought(&detail) => {
                    return Ok(Some(Self::new(target, item.execution_arn, detail.import_id())));
                }
                _ => others.insert(item.execution_arn),
            };
        }
        Ok(None)
    }

    /// Waits for the end, and draws the progress until then.
    pub(crate) async fn follow(&mut self, progress: &Progress) -> anyhow::Result<EndedExecution> {
        let mut rows = RowProgress::default();
        loop {
            if let Some(ended) = self.ended().await? {
                match ended.duplicate_of() {
                    Some(first) if first != self.arn => self.arn = first.to_owned(),
                    _ => return Ok(ended),
                }
            }
            if progress.is_visible()
                && let Err(error) = self.draw(progress, &mut rows).await
            {
                tracing::debug!(%error, "no progress to draw");
            }
            tokio::time::sleep(self.target.poll).await;
        }
    }

    async fn ended(&self) -> anyhow::Result<Option<EndedExecution>> {
        let now = describe(self.target, &self.arn).await?;
        let running = matches!(now.status, ExecutionStatus::Running | ExecutionStatus::PendingRedrive);
        if running || now.redrive_count.unwrap_or(0) < self.redrives {
            return Ok(None);
        }
        let output = now.output.as_deref().map(serde_json::from_str).transpose();
        let output = output.context("the execution's output is not JSON")?;
        // An execution that took too long has neither error nor cause (AWS, recorded).
        let timed_out = (now.status == ExecutionStatus::TimedOut).then(|| "States.Timeout".to_owned());
        let error = now.error.or(timed_out);
        let cause = error.as_deref().map(|error| told(error, now.cause.as_deref().unwrap_or_default()));
        Ok(Some(EndedExecution { status: now.status, error, cause, output }))
    }

    async fn draw(&self, progress: &Progress, rows: &mut RowProgress) -> anyhow::Result<()> {
        match self.map_run().await? {
            None => progress.phase("Splitting"),
            Some((run, items)) if run.contains(SURVEY_RUN) => {
                progress.surveyed(unsigned(items.succeeded), unsigned(items.total));
            }
            Some((_, items)) => {
                rows.add_new(self, progress).await?;
                let failed = items.failed + items.timed_out + items.aborted;
                progress.loaded(&LoadedAmount {
                    chunks: unsigned(items.succeeded),
                    all_chunks: unsigned(items.total),
                    failed: unsigned(failed),
                    ..rows.amount()
                });
            }
        }
        Ok(())
    }

    /// The execution's newest Map Run, with the numbers of its chunks in each state.
    async fn map_run(&self) -> anyhow::Result<Option<(String, MapRunItemCounts)>> {
        let runs = self.target.sfn.list_map_runs().execution_arn(&self.arn).send().await?.map_runs;
        let Some(run) = runs.into_iter().max_by_key(|run| run.start_date) else { return Ok(None) };
        let described = self.target.sfn.describe_map_run().map_run_arn(&run.map_run_arn).send().await?;
        Ok(described.item_counts.map(|items| (run.map_run_arn, items)))
    }

    /// Stops the execution. Chunks that are being loaded are abandoned; loaded chunks stay loaded.
    pub(crate) async fn stop(&self) -> anyhow::Result<()> {
        let stop = self.target.sfn.stop_execution().execution_arn(&self.arn);
        let stopped = stop.error("Interrupted").cause("Ctrl-C in `lineup`").send().await;
        stopped.map_err(|error| CallFailure::of(error).on("states:StopExecution", &self.arn))?;
        Ok(())
    }
}

/// The newest executions of the state machine.
async fn newest(target: &Target) -> Result<Vec<ExecutionListItem>, lineup_aws::Error> {
    let list = target.sfn.list_executions().state_machine_arn(&target.state_machine_arn).max_results(100);
    let listed = list.send().await;
    let failed = |error| CallFailure::of(error).on("states:ListExecutions", &target.state_machine_arn);
    Ok(listed.map_err(failed)?.executions)
}

/// Calls DescribeExecution.
pub(crate) async fn describe(
    target: &Target,
    arn: &str,
) -> Result<DescribeExecutionOutput, lineup_aws::Error> {
    let described = target.sfn.describe_execution().execution_arn(arn).send().await;
    described.map_err(|error| CallFailure::of(error).on("states:DescribeExecution", arn))
}

/// The upload that started an execution; `None` if none did.
async fn uploaded(target: &Target, arn: &str) -> anyhow::Result<Option<S3Detail>> {
    let input = describe(target, arn).await?.input;
    // Users may start an execution with any input.
    Ok(input
        .and_then(|input| serde_json::from_str::<ExecutionState>(&input).ok())
        .and_then(|state| state.detail))
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// Counts the rows of the loaded chunks. Each result object is read once.
#[derive(Default)]
struct RowProgress {
    chunks: HashSet<u32>,
    read: u64,
    bytes: u64,
    first_look: Option<FirstLook>,
}

/// What there was when the chunks were first looked at.
#[derive(Clone, Copy)]
struct FirstLook {
    at: Instant,
    rows: u64,
    bytes: u64,
    /// Of the whole text.
    all_bytes: u64,
}

impl RowProgress {
    fn amount(&self) -> LoadedAmount {
        let Self { read: rows, bytes, .. } = *self;
        match self.first_look {
            None => LoadedAmount { rows, bytes, ..LoadedAmount::default() },
            Some(first) => LoadedAmount {
                rows,
                bytes,
                all_bytes: first.all_bytes,
                elapsed: first.at.elapsed(),
                rows_before: first.rows,
                bytes_before: first.bytes,
                ..LoadedAmount::default()
            },
        }
    }

    async fn add_new(
        &mut self,
        execution: &FollowedExecution<'_>,
        progress: &Progress,
    ) -> anyhow::Result<()> {
        self.add_results(execution, progress).await?;
        if self.first_look.is_none() {
            let manifest = Catalog::new(execution.target).imports.manifest(execution.import_id).await?;
            let all_bytes = manifest.map_or(0, |manifest| manifest.text().size);
            let Self { read: rows, bytes, .. } = *self;
            self.first_look = Some(FirstLook { at: Instant::now(), rows, bytes, all_bytes });
        }
        Ok(())
    }

    async fn add_results(
        &mut self,
        execution: &FollowedExecution<'_>,
        progress: &Progress,
    ) -> anyhow::Result<()> {
        let catalog = Catalog::new(execution.target);
        for chunk in catalog.imports.loaded(execution.import_id).await? {
            if self.chunks.contains(&chunk) {
                continue;
            }
            if let Some(result) = catalog.imports.result(execution.import_id, chunk).await? {
                self.read += result.rows.read;
                self.bytes += result.chunk.end - result.chunk.start;
                self.chunks.insert(chunk);
                if progress.is_verbose() && self.first_look.is_some() {
                    let (rows, milliseconds) = (HumanCount(result.rows.read), result.milliseconds);
                    progress.print_line(&format!("Loaded chunk {chunk}: {rows} rows in {milliseconds} ms"));
                }
            }
        }
        Ok(())
    }
}
