//! `lineup diff`: what a file would change of its lineup.

use std::path::Path;

use anyhow::Context;
use lineup::options::ReadOptions;
use lineup::shown::{LINE, one_line};
use lineup_aws::imports::Imports;
use lineup_aws::key_merge::{ComparedRuns, KeyComparison, RunSource};
use lineup_aws::lineups::Lineup;
use lineup_aws::objects::Objects;
use lineup_contracts::LineupId;
use lineup_table::keys::split_performance;
use lineup_versions::{Change, Differences, ItemKey, PerformerRange};
use serde::Serialize;
use uuid::Uuid;

use crate::args::DiffArgs;
use crate::exit::Exit;
use crate::target::Target;
use crate::{check, output, upload};

/// Compares the file with the current version of its lineup. Writes nothing.
pub(crate) async fn run(target: &Target, args: &DiffArgs) -> anyhow::Result<Exit> {
    let report =
        differences(target, &args.file, args.name.as_deref(), &args.file_options.read_options).await?;
    let same = report.is_empty();
    if args.json {
        output::json(&report)?
    } else {
        report.print()?
    }
    Ok(if same { Exit::Succeeded } else { Exit::Partial })
}

/// What a file would change of its lineup.
///
/// # Errors
/// The file cannot be imported, or the current version left no list of its keys.
pub(crate) async fn differences(
    target: &Target,
    file: &Path,
    name: Option<&str>,
    options: &ReadOptions,
) -> anyhow::Result<DiffReport> {
    let (owned, options) = (file.to_owned(), options.clone());
    let runs = tokio::task::spawn_blocking(move || check::runs(&owned, &options)).await??;
    let key = upload::key(&target.uploads_prefix, name, file);
    let imports = Imports::new(Objects::new(target.s3.clone()), target.imports_bucket.clone());
    let lineup = Lineup::new(&imports, LineupId::of(&target.uploads_bucket, &key));
    let current = lineup.versions().await?.current.map(|version| version.import_id);
    let new: Vec<RunSource> =
        runs.into_iter().map(|run| RunSource::held(run.into())).collect::<Result<_, _>>()?;
    let mut compared = ComparedRuns { new, ..ComparedRuns::default() };
    if let Some(import_id) = current {
        let left = || {
            format!(
                "the current version of {key} left no list of its keys: it is too old or too large to compare with"
            )
        };
        compared.before.push(lineup.keys(import_id).await?.with_context(left)?.into());
        compared.before.extend(lineup.kept_keys(import_id).await?.map(RunSource::from));
    }
    compare(compared, current).await
}

/// What a file would change. The field names are a contract.
#[derive(Debug, Default, Serialize)]
pub(crate) struct DiffReport {
    /// The import that it was compared with; `null` if the lineup has no version.
    pub before: Option<Uuid>,
    /// How many of each.
    pub differences: Differences,
    /// Sets of one performer on one day with another start or stage.
    pub moved: Vec<MovedSet>,
    /// Sets that only the file has.
    pub added: Vec<SetKey>,
    /// Sets that only the current version has.
    pub removed: Vec<SetKey>,
    /// Sets of which another column changed.
    pub changed: Vec<SetKey>,
}

/// A set, by what identifies it.
#[derive(Debug, Serialize)]
pub(crate) struct SetKey {
    /// Who plays.
    pub performer: String,
    /// When, `YYYY-MM-DD`.
    pub date: String,
    /// From when, `HH:MM`.
    pub start: String,
    /// Where.
    pub stage: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct MovedSet {
    /// Where the table has it.
    pub from: SetKey,
    /// Where the file has it.
    pub to: SetKey,
}

impl From<&ItemKey> for SetKey {
    fn from(key: &ItemKey) -> Self {
        let performer = key.performer.clone();
        match split_performance(&key.performance) {
            Some((date, start, stage)) => {
                Self { performer, date: date.to_string(), start: start.to_string(), stage: stage.to_owned() }
            }
            // No list of keys has such a key.
            None => {
                Self { performer, date: String::new(), start: String::new(), stage: key.performance.clone() }
            }
        }
    }
}

impl SetKey {
    /// Day, start and stage.
    pub(crate) fn place(&self) -> String {
        format!("{} {} {}", self.date, self.start, self.stage)
    }
}

impl DiffReport {
    fn is_empty(&self) -> bool {
        self.moved.is_empty() && self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    fn print(&self) -> anyhow::Result<()> {
        let row = |what: &str, set: &SetKey| vec![what.to_owned(), set.performer.clone(), set.place()];
        let moved = self.moved.iter().map(|MovedSet { from, to }| {
            vec!["moved".to_owned(), from.performer.clone(), format!("{} -> {}", from.place(), to.place())]
        });
        let others = [("added", &self.added), ("removed", &self.removed), ("changed", &self.changed)];
        let others = others.into_iter().flat_map(|(what, sets)| sets.iter().map(move |set| row(what, set)));
        let printable = |cell: String| one_line(&cell, LINE).into_owned();
        let rows: Vec<Vec<String>> =
            moved.chain(others).map(|row| row.into_iter().map(printable).collect()).collect();
        if !rows.is_empty() {
            output::table(&["CHANGE", "PERFORMER", "SET"], rows)?;
        }
        output::line(&self.differences)?;
        Ok(())
    }
}

async fn compare(mut runs: ComparedRuns, before: Option<Uuid>) -> anyhow::Result<DiffReport> {
    let mut comparison = KeyComparison::new(&mut runs, &PerformerRange::default());
    let (mut report, mut day) = (DiffReport { before, ..DiffReport::default() }, OpenDay::default());
    while let Some(change) = comparison.advance().await? {
        day.add(change, &comparison.entry().key, &mut report);
    }
    day.close(&mut report);
    report.differences = comparison.finish();
    Ok(report)
}

/// The sets of one performer on one day. A removed and an added one are a set that moved.
#[derive(Default)]
struct OpenDay {
    of: Option<(String, String)>,
    added: Vec<SetKey>,
    removed: Vec<SetKey>,
}

impl OpenDay {
    fn add(&mut self, change: Change, key: &ItemKey, report: &mut DiffReport) {
        let set = SetKey::from(key);
        let of = (set.performer.clone(), set.date.clone());
        if self.of.as_ref() != Some(&of) {
            self.close(report);
            self.of = Some(of);
        }
        match change {
            Change::Added => self.added.push(set),
            Change::Removed => self.removed.push(set),
            Change::Changed => report.changed.push(set),
            Change::Unchanged | Change::LeftOver => {}
        }
    }

    fn close(&mut self, report: &mut DiffReport) {
        let moved = self.added.len().min(self.removed.len());
        let (from, to) = (self.removed.drain(..moved), self.added.drain(..moved));
        report.moved.extend(from.zip(to).map(|(from, to)| MovedSet { from, to }));
        report.added.append(&mut self.added);
        report.removed.append(&mut self.removed);
    }
}
