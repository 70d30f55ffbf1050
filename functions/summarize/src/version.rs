//! The end of an import as a version of its lineup.

use jiff::Timestamp;
use lineup_aws::imports::Imports;
use lineup_aws::invocation_limit::InvocationLimit;
use lineup_aws::lineups::{self, HoldChange, Lineup, holder};
use lineup_contracts::error::ErrorName;
use lineup_contracts::{FailedChunk, LineupId, Manifest, Outcome, RemoveOutput, VersionChanges};
use lineup_versions::{HoldAnswer, ImportEnd, KeptBecause, LineupVersions, PublishedVersion};

use crate::error::Error;
use crate::totals::ImportTotals;

/// The error of a missing chunk for which no failed child execution is recorded.
pub const NOT_RUN: &str = "NotRun";
/// Errors of an invocation whose process has ended.
const ENDED: [&str; 3] = ["Runtime.ExitError", "Runtime.OutOfMemory", "Sandbox.Timedout"];

/// What was to be removed of the versions before.
pub(crate) struct Removal {
    /// How the file differs from the version before, if there is one.
    pub(crate) changes: Option<VersionChanges>,
    /// Whether all that was to be removed is.
    complete: bool,
    /// What removing it consumed.
    pub(crate) write_units: f64,
}

impl Removal {
    pub(crate) async fn read(
        imports: &Imports,
        manifest: &Manifest,
        remove: Option<&RemoveOutput>,
    ) -> Result<Self, Error> {
        let changes = match &manifest.version {
            Some(_) => imports.changes(manifest.import_id).await?,
            None => None,
        };
        let obsolete = changes.as_ref().map_or(0, |changes| changes.obsolete);
        let complete = obsolete == 0 || imports.is_removed(manifest.import_id).await?;
        Ok(Self { changes, complete, write_units: remove.map_or(0.0, |remove| remove.write_units) })
    }

    fn may_leave_rows(&self) -> bool {
        self.changes.as_ref().is_some_and(VersionChanges::may_leave_rows)
    }

    /// Whether the guard kept rows, which the planner did not ask for.
    fn is_guarded(&self) -> bool {
        let kept = self.changes.as_ref().and_then(|changes| changes.kept.as_ref());
        kept.is_some_and(|because| *because != KeptBecause::Never)
    }
}

/// How an import ended, before it is known whether it still holds the lineup.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    complete: bool,
    may_leave_rows: bool,
    is_guarded: bool,
    /// Whether an invocation of it may still run: the end of some chunk is not known.
    may_run: bool,
}

impl End {
    pub(crate) fn of(failed: &[FailedChunk], removal: &Removal) -> Self {
        Self {
            complete: failed.is_empty() && removal.complete,
            may_leave_rows: removal.may_leave_rows(),
            is_guarded: removal.is_guarded(),
            may_run: failed.iter().any(|chunk| !has_ended(&chunk.error)),
        }
    }

    /// When the last invocation of the import has ended, if one may still run.
    pub(crate) fn running_until(self, now: Timestamp, limit: InvocationLimit) -> Option<Timestamp> {
        self.may_run.then(|| limit.last_end(now)).filter(|end| *end > now)
    }

    /// The outcome of an import that nobody superseded.
    pub(crate) fn outcome(self, totals: &ImportTotals) -> Outcome {
        match (self.complete, self.is_guarded) {
            (false, _) => Outcome::Failed,
            (true, true) => Outcome::Partial,
            (true, false) => totals.outcome(0),
        }
    }
}

/// Whether the last invocation for a chunk answered with an error of its own, or its process ended, or there was none.
fn has_ended(error: &str) -> bool {
    error == NOT_RUN || ENDED.contains(&error) || ErrorName::ALL.iter().any(|name| name.as_str() == error)
}

/// What the lineup is after the hold is given back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Release {
    /// Whether a newer upload has taken over.
    pub(crate) superseded: bool,
    /// What is published of the current version, if this import is complete.
    pub(crate) published: Option<PublishedVersion>,
}

/// Gives back the hold, `now`.
pub(crate) async fn release(
    imports: &Imports,
    manifest: &Manifest,
    execution_arn: &str,
    end: End,
    running_until: Option<Timestamp>,
    now: Timestamp,
) -> Result<Release, Error> {
    let Some(import) = holder(manifest, execution_arn) else {
        return Ok(Release { superseded: false, published: None });
    };
    let lineup = Lineup::of(imports, manifest);
    let ended = match end.complete {
        true => ImportEnd::Complete { kept: end.may_leave_rows },
        false => ImportEnd::Failed,
    };
    let day_starts = manifest.reading.day_starts;
    let release = |versions: &LineupVersions| {
        versions.release(&import, ended, running_until).published(versions, now, day_starts)
    };
    let HoldChange { answer, before, versions } = lineup.change(release).await?;
    let forgotten = before.forgotten.iter().chain(&versions.forgotten).copied();
    lineup.forget(forgotten.filter(|import_id| !versions.needs(*import_id))).await?;
    // An import that failed and had lost the hold before does not have to be redriven.
    let lost = !end.complete && matches!(before.check(&import), HoldAnswer::Superseded(Some(_)));
    let superseded = lost || matches!(answer, HoldAnswer::Superseded(_));
    Ok(Release { superseded, published: versions.published.filter(|_| end.complete) })
}

/// Repeats what is published for the questions about festival days.
pub(crate) async fn publish_day_starts(
    imports: &Imports,
    lineup: &LineupId,
    published: Option<PublishedVersion>,
) -> Result<(), Error> {
    match published {
        Some(published) => Ok(lineups::add_day_starts(imports, lineup, published).await?),
        None => Ok(()),
    }
}
