//! The imports in the imports bucket.

use aws_sdk_sfn::types::ExecutionStatus;
use futures::{StreamExt, TryStreamExt, stream};
use lineup_aws::error::CallFailure;
use lineup_aws::imports::Imports;
use lineup_aws::map_runs::told;
use lineup_aws::object_store::uri;
use lineup_aws::objects::Objects;
use lineup_contracts::layout::Layout;
use lineup_contracts::{ChunkCounts, Claim, Outcome, RowCounts, Source, Summary};
use notify::LineupCommand;
use serde::Serialize;
use uuid::Uuid;

use crate::exit::CommandError;
use crate::target::Target;

/// How many imports are read at a time.
const READS_IN_FLIGHT: usize = 16;
/// The most imports that the message about an ambiguous id names.
const CANDIDATES: usize = 5;

/// The state of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum ImportState {
    /// See [`Outcome::Succeeded`].
    Succeeded,
    /// See [`Outcome::Partial`].
    Partial,
    /// See [`Outcome::Failed`]; or the execution failed before there was an outcome.
    Failed,
    /// See [`Outcome::Superseded`].
    Superseded,
    /// Its execution is running.
    Running,
    /// Its execution was stopped, or its process ended, before there was an outcome.
    Interrupted,
}

impl ImportState {
    /// The state as tables and JSON show it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => Outcome::Succeeded.as_str(),
            Self::Partial => Outcome::Partial.as_str(),
            Self::Failed => Outcome::Failed.as_str(),
            Self::Superseded => Outcome::Superseded.as_str(),
            Self::Running => "RUNNING",
            Self::Interrupted => "INTERRUPTED",
        }
    }
}

impl From<ImportState> for lineup_web::ShownState {
    fn from(state: ImportState) -> Self {
        match state {
            ImportState::Succeeded => Self::Succeeded,
            ImportState::Partial => Self::Partial,
            ImportState::Failed => Self::Failed,
            ImportState::Superseded => Self::Superseded,
            ImportState::Running => Self::Running,
            ImportState::Interrupted => Self::Interrupted,
        }
    }
}

impl From<Outcome> for ImportState {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Succeeded => Self::Succeeded,
            Outcome::Partial => Self::Partial,
            Outcome::Failed => Self::Failed,
            Outcome::Superseded => Self::Superseded,
        }
    }
}

/// One entry in the list of imports.
#[derive(Debug, Serialize)]
pub(crate) struct ImportEntry {
    /// Its id.
    pub import_id: Uuid,
    /// The name of the imported file, without the folder of the upload.
    pub file: String,
    /// The uploaded object.
    pub source: Source,
    /// When the import was claimed, RFC 3339, UTC.
    pub created: String,
    /// The import's state.
    pub state: ImportState,
    /// Whether it was a dry run, of which nothing is written.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// Rows of the loaded chunks; of a dry run, those of the file.
    pub rows: RowCounts,
    /// Chunks; all zero before there is a summary.
    pub chunks: ChunkCounts,
    /// The execution that wrote the latest summary. Without a summary, the one that claimed the import.
    pub execution_arn: String,
    /// The error with which that execution ended, of an import without a summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The error's cause, as readable text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The latest summary.
    #[serde(skip)]
    pub summary: Option<Summary>,
}

/// Finds and reads imports.
pub(crate) struct Catalog<'a> {
    target: &'a Target,
    /// The imports bucket.
    pub imports: Imports,
}

impl<'a> Catalog<'a> {
    /// Reads the target's imports bucket.
    pub(crate) fn new(target: &'a Target) -> Self {
        let imports = Imports::new(Objects::new(target.s3.clone()), target.imports_bucket.clone());
        Self { target, imports }
    }

    /// How the user calls this program.
    pub(crate) fn lineup(&self) -> &LineupCommand {
        &self.target.lineup
    }

    /// The one import whose id begins with `prefix`.
    pub(crate) async fn resolve(&self, prefix: &str) -> anyhow::Result<Uuid> {
        let wanted = prefix.to_ascii_lowercase();
        let begins = |id: &Uuid| !wanted.is_empty() && id.to_string().starts_with(&wanted);
        let found: Vec<Uuid> = self.imports.list().await?.into_iter().filter(begins).collect();
        match found[..] {
            [id] => Ok(id),
            [] => {
                let text = format!("there is no import {prefix:?}; `{} imports` lists them", self.lineup());
                Err(CommandError::NothingFound(text).into())
            }
            _ => Err(CommandError::Usage(ambiguous(prefix, &found)).into()),
        }
    }

    /// Every import, newest first.
    pub(crate) async fn entries(&self) -> anyhow::Result<Vec<ImportEntry>> {
        let ids = self.imports.list().await?;
        let entries = stream::iter(ids).map(|id| self.entry(id)).buffer_unordered(READS_IN_FLIGHT);
        let mut entries: Vec<ImportEntry> =
            entries.try_filter_map(async |entry| Ok(entry)).try_collect().await?;
        entries.sort_by(|a, b| (&b.created, b.import_id).cmp(&(&a.created, a.import_id)));
        Ok(entries)
    }

    /// One import; `None` if its folder in the bucket has no claim.
    pub(crate) async fn entry(&self, import_id: Uuid) -> anyhow::Result<Option<ImportEntry>> {
        let key = Layout(import_id).claim();
        let objects = self.imports.objects();
        let Some(claim) = objects.get_json::<Claim>(self.imports.bucket(), &key).await? else {
            return Ok(None);
        };
        let created = self.created(&key).await?;
        let summary = self.imports.summary(import_id).await?;
        let (state, ended_with) = match &summary {
            Some(summary) => (summary.outcome.into(), None),
            None => self.state_of(&claim.execution_arn).await?,
        };
        let (error, cause) = ended_with.unzip();
        let reported = summary.as_ref();
        Ok(Some(ImportEntry {
            import_id,
            file: file_name(&claim.source.key),
            source: claim.source,
            created,
            state,
            dry_run: reported.is_some_and(|summary| summary.dry_run),
            rows: reported.map(|summary| summary.rows).unwrap_or_default(),
            chunks: reported.map(|summary| summary.chunks).unwrap_or_default(),
            execution_arn: reported.map_or(claim.execution_arn, |summary| summary.execution_arn.clone()),
            error,
            cause,
            summary,
        }))
    }

    /// When the object was written. A listing can have milliseconds; a HEAD has seconds only.
    async fn created(&self, key: &str) -> anyhow::Result<String> {
        let bucket = self.imports.bucket();
        let listed = self.target.s3.list_objects_v2().bucket(bucket).prefix(key).max_keys(1).send().await;
        let listed = listed.map_err(|error| CallFailure::of(error).on("s3:ListBucket", uri(bucket, key)))?;
        let written = listed.contents().first().and_then(|object| object.last_modified());
        let milliseconds = written.map(|time| time.to_millis()).transpose()?.unwrap_or(0);
        Ok(jiff::Timestamp::from_millisecond(milliseconds)?.to_string())
    }

    /// The state of an import without a summary, and the error and cause with which it ended. They follow from its execution.
    async fn state_of(&self, arn: &str) -> anyhow::Result<(ImportState, Option<(String, String)>)> {
        let described = self.target.sfn.describe_execution().execution_arn(arn).send().await;
        match described {
            Ok(execution) => {
                let state = match execution.status {
                    ExecutionStatus::Running | ExecutionStatus::PendingRedrive => ImportState::Running,
                    ExecutionStatus::Failed => ImportState::Failed,
                    _ => ImportState::Interrupted,
                };
                let cause = |error: &str| told(error, execution.cause.as_deref().unwrap_or_default());
                Ok((state, execution.error.as_ref().map(|error| (error.clone(), cause(error)))))
            }
            // Step Functions deletes an execution after 90 days; the bucket keeps the import.
            Err(error)
                if error.as_service_error().is_some_and(|error| error.is_execution_does_not_exist()) =>
            {
                Ok((ImportState::Interrupted, None))
            }
            Err(error) => Err(CallFailure::of(error).on("states:DescribeExecution", arn).into()),
        }
    }
}

fn ambiguous(prefix: &str, found: &[Uuid]) -> String {
    let mut ids: Vec<String> = found.iter().take(CANDIDATES).map(Uuid::to_string).collect();
    if found.len() > CANDIDATES {
        ids.push("…".to_owned());
    }
    format!("{} imports begin with {prefix:?}: {}; give more of the id", found.len(), ids.join(", "))
}

/// The part of a key after the last slash.
pub(crate) fn file_name(key: &str) -> String {
    key.rsplit('/').next().unwrap_or(key).to_owned()
}
