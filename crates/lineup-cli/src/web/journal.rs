//! Imports, for pages.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput;
use futures::{StreamExt, TryStreamExt, stream};
use lineup::origin::Origin;
use lineup::reject::read_rejects;
use lineup::row::Performance;
use lineup_aws::error::CallFailure;
use lineup_contracts::layout::Layout;
use lineup_contracts::{Claim, Manifest};
use lineup_web::{
    CheckedLineup, ChunkFacts, ChunkStates, DataError, ExecutionList, ImportChoices, ImportJournal,
    ListedExecution, ListedLineup, RejectLine, RejectsForm, SetOrigin, ShownImport, ShownState, ShownVersion,
    StartedImport,
};
use uuid::Uuid;

use super::chunks::{self, KnownTimes};
use super::failure::data_error;
use super::{executions, files, history, origin, versions};
use crate::args::{RerunArgs, WatchArgs};
use crate::catalog::{Catalog, ImportEntry, file_name};
use crate::exit::CommandError;
use crate::target::Target;
use crate::{message, rejects, rerun};

/// How many executions a page lists. Each one takes a request.
const PAGE: i32 = 20;
/// How many executions are described at a time.
const READS_IN_FLIGHT: usize = 8;
/// Seconds between two looks at an execution on this machine.
const POLL_SECONDS: u32 = 1;
/// Seconds between two looks at an execution of a stack.
const POLL_SECONDS_OF_STACK: u32 = 5;
/// A command that looks more often than this has its services on this machine.
const LOCAL_POLL: Duration = Duration::from_secs(1);

/// What the commands know of imports.
pub(super) struct TargetJournal {
    target: Target,
    times: KnownTimes,
}

impl TargetJournal {
    pub(super) fn new(target: Target) -> Self {
        Self { target, times: KnownTimes::default() }
    }

    fn catalog(&self) -> Catalog<'_> {
        Catalog::new(&self.target)
    }

    async fn list(&self, after: Option<&str>) -> anyhow::Result<ExecutionList> {
        let machine = &self.target.state_machine_arn;
        let list = self.target.sfn.list_executions().state_machine_arn(machine).max_results(PAGE);
        let listed = list.set_next_token(after.map(str::to_owned)).send().await;
        let listed = listed.map_err(|error| CallFailure::of(error).on("states:ListExecutions", machine))?;
        let arns = listed.executions.into_iter().map(|item| item.execution_arn);
        let listed_executions = stream::iter(arns).map(|arn| async move { self.listed(&arn).await });
        let executions: Vec<Option<ListedExecution>> =
            listed_executions.buffered(READS_IN_FLIGHT).try_collect().await?;
        Ok(ExecutionList { executions: executions.into_iter().flatten().collect(), next: listed.next_token })
    }

    /// An execution with the name of its file; `None` if it is deleted meanwhile.
    async fn listed(&self, arn: &str) -> anyhow::Result<Option<ListedExecution>> {
        let Some(execution) = rerun::find_execution(&self.target, arn).await? else { return Ok(None) };
        let mut listed = executions::listed(&execution);
        if let Some(id) = listed.import_id.filter(|_| listed.is_rerun) {
            let catalog = self.catalog();
            let key = Layout(id).claim();
            let claim = catalog.imports.objects().get_json::<Claim>(catalog.imports.bucket(), &key).await?;
            listed.file = claim.map_or(listed.file, |claim| file_name(&claim.source.key));
        }
        Ok(Some(listed))
    }

    async fn shown(&self, import_id: Uuid, name: Option<&str>) -> anyhow::Result<ShownImport> {
        let entry = self.catalog().entry(import_id).await?;
        let arn = match (name, &entry) {
            (Some(name), _) => executions::arn(&self.target.state_machine_arn, name),
            (None, entry) => entry.as_ref().map(|entry| entry.execution_arn.clone()),
        };
        let arn = arn.ok_or_else(|| no_such_import(import_id))?;
        let Some(execution) = rerun::find_execution(&self.target, &arn).await? else {
            return forgotten(import_id, entry);
        };
        let mut listed = executions::listed(&execution);
        if !executions::is_about(&listed, import_id) {
            return Err(no_such_import(import_id).into());
        }
        if let Some(entry) = &entry {
            listed.file.clone_from(&entry.file);
        }
        let events = history::events(&self.target, &arn).await?;
        let message = if listed.state == ShownState::Running {
            None
        } else {
            message::sent(&self.target, &arn).await?
        };
        Ok(ShownImport {
            is_redrivable: is_redrivable(&listed),
            definition: self.definition(&execution).await?,
            ..described(listed, entry, events, message.map(|message| message.body))
        })
    }

    /// The definition that the execution follows, which need not be the newest.
    async fn definition(&self, execution: &DescribeExecutionOutput) -> anyhow::Result<String> {
        let arn = execution.execution_arn();
        let described =
            self.target.sfn.describe_state_machine_for_execution().execution_arn(arn).send().await;
        let described = described
            .map_err(|error| CallFailure::of(error).on("states:DescribeStateMachineForExecution", arn))?;
        Ok(described.definition)
    }

    async fn reject_lines(&self, import_id: Uuid, most: usize) -> anyhow::Result<Vec<RejectLine>> {
        let imports = self.catalog().imports;
        let mut keys = Vec::new();
        imports.results(import_id, |result| keys.extend(result.rejects)).await?;
        let manifest = imports.manifest(import_id).await?;
        let origin = manifest.as_ref().map_or(&Origin::Lines, Manifest::origin);
        let mut lines = Vec::new();
        for key in keys {
            for reject in read_rejects(&imports.rejects(&key).await?[..]) {
                let reject = reject?;
                lines.push(RejectLine {
                    place: origin.place(reject.line),
                    column: reject.column,
                    value: reject.value,
                    reason: reject.reason,
                    row: String::from_utf8_lossy(&reject.row).into_owned(),
                });
                if lines.len() >= most {
                    return Ok(lines);
                }
            }
        }
        Ok(lines)
    }

    async fn rejects_bytes(&self, import_id: Uuid, form: RejectsForm) -> anyhow::Result<Vec<u8>> {
        let (catalog, mut file) = (self.catalog(), Vec::new());
        let prefix = &self.target.uploads_prefix;
        rejects::write(&catalog, import_id, prefix, form == RejectsForm::Fix, &mut file).await?;
        Ok(file)
    }

    async fn rerun_chunk(&self, import_id: Uuid, chunk: Option<u32>) -> anyhow::Result<String> {
        let chunks = chunk.map(|chunk| chunk.try_into()).transpose().context("chunks are counted from 1")?;
        let args = RerunArgs {
            import_id: import_id.to_string(),
            chunks: chunks.into_iter().collect(),
            replace: false,
            watch: WatchArgs::default(),
        };
        Ok(executions::name(&rerun::start_rerun(&self.target, &args).await?.arn))
    }
}

fn no_such_import(import_id: Uuid) -> CommandError {
    CommandError::NothingFound(format!(
        "there is no import {import_id} in such an execution; the list of imports has all"
    ))
}

fn is_redrivable(execution: &ListedExecution) -> bool {
    let never =
        execution.error.as_ref().is_some_and(|(error, _)| lineup_contracts::error::never_loads(error));
    matches!(execution.state, ShownState::Failed | ShownState::Interrupted) && !never
}

/// Step Functions deletes an execution after 90 days; the bucket keeps the import.
fn forgotten(import_id: Uuid, entry: Option<ImportEntry>) -> anyhow::Result<ShownImport> {
    let entry = entry.ok_or_else(|| no_such_import(import_id))?;
    let started = entry.created.parse().unwrap_or_default();
    let execution = ListedExecution {
        name: executions::name(&entry.execution_arn),
        import_id: Some(import_id),
        file: entry.file.clone(),
        is_rerun: false,
        state: entry.state.into(),
        started,
        ended: None,
        rows: Some(entry.rows),
        error: None,
    };
    Ok(described(execution, Some(entry), Vec::new(), None))
}

fn described(
    execution: ListedExecution,
    entry: Option<ImportEntry>,
    events: Vec<lineup_web::ExecutionEvent>,
    message: Option<String>,
) -> ShownImport {
    let (object, size) = entry.as_ref().map_or_else(
        || ("not claimed yet".to_owned(), 0),
        |entry| (format!("s3://{}/{}", entry.source.bucket, entry.source.key), entry.source.size),
    );
    let summary = entry.and_then(|entry| entry.summary);
    let changes = summary.as_ref().and_then(|summary| summary.changes.as_ref());
    ShownImport {
        changes: changes.map(versions::differences),
        execution,
        object,
        size,
        summary,
        definition: String::new(),
        events,
        message,
        is_redrivable: false,
    }
}

#[async_trait::async_trait]
impl ImportJournal for TargetJournal {
    async fn executions(&self, after: Option<&str>) -> Result<ExecutionList, DataError> {
        self.list(after).await.map_err(data_error)
    }

    async fn import(&self, import_id: Uuid, name: Option<&str>) -> Result<ShownImport, DataError> {
        self.shown(import_id, name).await.map_err(data_error)
    }

    async fn chunks(&self, import_id: Uuid, execution: &ListedExecution) -> Result<ChunkStates, DataError> {
        let goes_on = execution.state == ShownState::Running;
        chunks::states(&self.target, &self.times, import_id, goes_on).await.map_err(data_error)
    }

    async fn chunk(
        &self,
        import_id: Uuid,
        chunk: u32,
        execution: Option<&str>,
    ) -> Result<ChunkFacts, DataError> {
        chunks::one(&self.target, import_id, chunk, execution).await.map_err(data_error)
    }

    async fn rejects(&self, import_id: Uuid, most: usize) -> Result<Vec<RejectLine>, DataError> {
        self.reject_lines(import_id, most).await.map_err(data_error)
    }

    async fn rejects_file(&self, import_id: Uuid, form: RejectsForm) -> Result<Vec<u8>, DataError> {
        self.rejects_bytes(import_id, form).await.map_err(data_error)
    }

    /// An import that cannot be redriven is refused, with what helps instead.
    async fn redrive(&self, import_id: Uuid) -> Result<String, DataError> {
        match rerun::start_redrive(&self.target, &import_id.to_string()).await {
            Ok(execution) => Ok(executions::name(&execution.arn)),
            Err(error) => Err(DataError::Refused(format!("{error:#}"))),
        }
    }

    async fn rerun(&self, import_id: Uuid, chunk: Option<u32>) -> Result<String, DataError> {
        self.rerun_chunk(import_id, chunk).await.map_err(data_error)
    }

    async fn check(&self, file: &Path, choices: &ImportChoices) -> Result<CheckedLineup, DataError> {
        files::check(&self.target, file, choices).await
    }

    async fn start(&self, file: &Path, choices: &ImportChoices) -> Result<StartedImport, DataError> {
        files::start(&self.target, file, choices).await
    }

    async fn lineups(&self, most: usize) -> Result<Vec<ListedLineup>, DataError> {
        versions::lineups(&self.target, most).await.map_err(data_error)
    }

    async fn versions(&self, name: &str) -> Result<Vec<ShownVersion>, DataError> {
        versions::versions(&self.target, name).await.map_err(data_error)
    }

    async fn restore(&self, name: &str, version: Uuid) -> Result<StartedImport, DataError> {
        versions::restore(&self.target, name, version).await.map_err(data_error)
    }

    async fn origin(&self, set: &Performance) -> Result<Option<SetOrigin>, DataError> {
        origin::of(&self.target, set).await.map_err(data_error)
    }

    /// Seldom for a stack, where requests cost and are counted; often on this machine.
    fn poll_seconds(&self) -> u32 {
        if self.target.poll < LOCAL_POLL { POLL_SECONDS } else { POLL_SECONDS_OF_STACK }
    }
}
