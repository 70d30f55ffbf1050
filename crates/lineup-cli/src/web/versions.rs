//! Lineups and their versions, for pages.

use jiff::Timestamp;
use lineup_contracts::{Summary, VersionChanges};
use lineup_web::{ListedLineup, ShownVersion, StartedImport, VersionDifferences};
use uuid::Uuid;

use super::files;
use crate::lineups::{self, LineupEntry, VersionEntry};
use crate::restore;
use crate::target::Target;

/// The lineups, at most so many.
pub(super) async fn lineups(target: &Target, most: usize) -> anyhow::Result<Vec<ListedLineup>> {
    Ok(lineups::lineup_entries(target, most).await?.into_iter().map(listed).collect())
}

fn listed(entry: LineupEntry) -> ListedLineup {
    let (warnings, rejected, changes) = entry.summary.map(told).unwrap_or_default();
    ListedLineup {
        name: entry.name,
        current: entry.current,
        imported: entry.imported.as_deref().map(moment),
        rows: entry.rows,
        writing: entry.writing,
        warnings,
        rejected,
        changes,
    }
}

type Told = (Vec<(String, Vec<String>)>, u64, Option<VersionDifferences>);

/// Warnings, rejected rows, and what changed.
fn told(summary: Summary) -> Told {
    let warnings = summary.warnings.into_iter().map(|warning| (warning.text, warning.first)).collect();
    (warnings, summary.rows.rejected, summary.changes.as_ref().map(differences))
}

/// The versions of a lineup, newest first.
pub(super) async fn versions(target: &Target, name: &str) -> anyhow::Result<Vec<ShownVersion>> {
    Ok(lineups::version_entries(target, name).await?.into_iter().map(version).collect())
}

fn version(entry: VersionEntry) -> ShownVersion {
    ShownVersion {
        import_id: entry.import_id,
        imported: moment(&entry.imported),
        state: entry.state.into(),
        rows: entry.rows,
        is_current: entry.current,
        is_restorable: entry.restorable,
        changes: entry.changes.as_ref().map(differences),
    }
}

/// Imports a version once more.
pub(super) async fn restore(target: &Target, name: &str, version: Uuid) -> anyhow::Result<StartedImport> {
    let stored = restore::find(target, name, &version.to_string()).await?;
    files::started(target, async || stored.copy(target).await).await
}

/// How a version differs from the one before.
pub(super) fn differences(changes: &VersionChanges) -> VersionDifferences {
    let gone = &changes.differences.gone;
    VersionDifferences {
        counts: changes.differences.to_string(),
        kept: changes.kept.as_ref().map(ToString::to_string),
        gone: gone.first.clone(),
        gone_count: gone.count,
    }
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap_or_default()
}
