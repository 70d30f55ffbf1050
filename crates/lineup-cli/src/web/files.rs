//! Files that are dropped on a page: checked, compared, uploaded.

use std::path::Path;
use std::time::SystemTime;

use lineup_versions::{RejectedPerformers, guard};
use lineup_web::{
    CheckedLineup, DataError, ImportChoices, ProposedChanges, ProposedSet, ShownChange, StartedImport,
};

use super::executions;
use super::failure::data_error;
use crate::args::{FileOptionArgs, UploadOptions};
use crate::diff::{self, DiffReport, MovedSet, SetKey};
use crate::follow::FollowedExecution;
use crate::progress::Progress;
use crate::target::Target;
use crate::upload_parts::Uploaded;
use crate::{check, upload};

/// The most sets that are listed of what would change.
const MOST_SETS: usize = 200;
/// The largest file that is compared while a page waits: its keys are held in memory.
const COMPARED_BYTES: u64 = 256 << 20;

/// Reads a file as an import would, and compares it with the current version of its lineup.
pub(super) async fn check(
    target: &Target,
    file: &Path,
    choices: &ImportChoices,
) -> Result<CheckedLineup, DataError> {
    let options = options(choices)?;
    let (path, read) = (file.to_owned(), options.read_options.clone());
    let checked = tokio::task::spawn_blocking(move || {
        upload::check(&path)?;
        check::check(&path, &read)
    });
    let mut checked = match checked.await {
        Ok(Ok(checked)) => checked.report.lineup(),
        // The path is one of ours: the reason alone is said.
        Ok(Err(error)) => return Err(DataError::Refused(reason(&error))),
        Err(error) => return Err(DataError::Failed("the check broke off".to_owned(), Some(error.into()))),
    };
    checked.changes = changes(target, file, choices, &options).await;
    Ok(checked)
}

fn options(choices: &ImportChoices) -> Result<FileOptionArgs, DataError> {
    FileOptionArgs::of(&choices.said).map_err(|error| DataError::Refused(format!("the option {error}")))
}

/// The causes of an error, without the sentence about the path.
fn reason(error: &anyhow::Error) -> String {
    let causes: Vec<String> = error.chain().skip(1).map(ToString::to_string).collect();
    if causes.is_empty() { error.to_string() } else { causes.join(": ") }
}

/// What an import would change. That nothing could be compared is said, and does not stop the import.
async fn changes(
    target: &Target,
    file: &Path,
    choices: &ImportChoices,
    options: &FileOptionArgs,
) -> ProposedChanges {
    let key = upload::key("", choices.name.as_deref(), file);
    let none = ProposedChanges { lineup: key, ..ProposedChanges::default() };
    let size = tokio::fs::metadata(file).await.map_or(0, |metadata| metadata.len());
    if size > COMPARED_BYTES {
        let note =
            "The file is too large to be compared while a page waits: `lineup diff` compares it.".to_owned();
        return ProposedChanges { note: Some(note), ..none };
    }
    match diff::differences(target, file, choices.name.as_deref(), &options.read_options).await {
        Ok(report) if report.before.is_none() => none,
        Ok(report) => proposed(report, choices, none.lineup),
        Err(error) => ProposedChanges { note: Some(format!("Nothing was compared: {error:#}")), ..none },
    }
}

fn proposed(report: DiffReport, choices: &ImportChoices, lineup: String) -> ProposedChanges {
    let mode = choices.replace.unwrap_or_default();
    let removes = report.differences.removed > 0 || report.differences.moved > 0;
    let kept = guard(mode, &report.differences, &RejectedPerformers::default()).err().filter(|_| removes);
    let set = |change, key: &SetKey, to| ProposedSet {
        change,
        performer: key.performer.clone(),
        place: key.place(),
        to,
    };
    let moved =
        report.moved.iter().map(|MovedSet { from, to }| set(ShownChange::Moved, from, Some(to.place())));
    let others = [
        (ShownChange::Removed, &report.removed),
        (ShownChange::Changed, &report.changed),
        (ShownChange::Added, &report.added),
    ];
    let others =
        others.into_iter().flat_map(|(change, sets)| sets.iter().map(move |key| set(change, key, None)));
    let all = report.moved.len() + report.removed.len() + report.changed.len() + report.added.len();
    ProposedChanges {
        lineup,
        before: report.before,
        counts: report.differences.to_string(),
        sets: moved.chain(others).take(MOST_SETS).collect(),
        more: all.saturating_sub(MOST_SETS),
        note: kept.map(|kept| format!("Nothing would be removed: {kept}.")),
    }
}

/// Uploads a file.
pub(super) async fn start(
    target: &Target,
    file: &Path,
    choices: &ImportChoices,
) -> Result<StartedImport, DataError> {
    let options = UploadOptions {
        name: choices.name.clone(),
        replace: choices.replace,
        file_options: options(choices)?,
        ..UploadOptions::default()
    };
    started(target, async || upload::upload(target, file, &options, &Progress::hidden()).await)
        .await
        .map_err(data_error)
}

/// Finds the execution that an upload starts.
pub(super) async fn started(
    target: &Target,
    upload: impl AsyncFnOnce() -> anyhow::Result<Uploaded>,
) -> anyhow::Result<StartedImport> {
    let since = SystemTime::now();
    let earlier = FollowedExecution::all_since(target, since).await?;
    let uploaded = upload().await?;
    let started = FollowedExecution::started_by(target, &uploaded, since, earlier).await?;
    Ok(StartedImport { import_id: started.import_id, execution: executions::name(&started.arn) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lineup_versions::{Differences, GonePerformers, ReplaceMode};

    fn key(performer: &str) -> SetKey {
        let (date, start, stage) = ("2025-07-12".to_owned(), "20:00".to_owned(), "Tent".to_owned());
        SetKey { performer: performer.to_owned(), date, start, stage }
    }

    #[test]
    fn what_the_guard_would_keep_is_said_before_the_import() {
        let report = || DiffReport {
            before: Some(uuid::Uuid::nil()),
            removed: (0..300).map(|at| key(&at.to_string())).collect(),
            differences: Differences {
                removed: 300,
                gone: GonePerformers { of: 400, count: 300, first: Vec::new() },
                ..Differences::default()
            },
            ..DiffReport::default()
        };
        let changes = |replace| {
            let choices = ImportChoices { replace, ..ImportChoices::default() };
            proposed(report(), &choices, "a.csv".to_owned())
        };
        let guarded = changes(None);
        assert!(guarded.note.unwrap().contains("300 of the 400 performers"));
        assert_eq!((guarded.sets.len(), guarded.more), (200, 100));
        assert_eq!(changes(Some(ReplaceMode::Always)).note, None);
    }
}
