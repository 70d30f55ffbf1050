//! `lineup lineups`: the lineups and their versions.

use futures::{StreamExt, TryStreamExt, stream};
use indicatif::HumanCount;
use jiff::tz::TimeZone;
use lineup::shown::{NAME, one_line};
use lineup_aws::lineups::Lineup;
use lineup_contracts::{LineupId, Summary, VersionChanges};
use serde::Serialize;
use uuid::Uuid;

use crate::args::LineupsArgs;
use crate::catalog::{Catalog, ImportEntry, ImportState};
use crate::exit::{CommandError, Exit};
use crate::named_lineup::{self, NamedLineup};
use crate::short::{ShortIds, local_time};
use crate::target::Target;
use crate::{output, restore};

/// How many versions are looked for at a time.
const REQUESTS_IN_FLIGHT: usize = 16;

/// A lineup, as `lineup lineups --json` prints it. The field names are a contract.
#[derive(Debug, Serialize)]
pub(crate) struct LineupEntry {
    /// What `--as` takes: the key of the uploads, without the prefix of the stack.
    pub name: String,
    /// The attribute `Lineup` of its rows.
    lineup_id: LineupId,
    /// The import whose rows the table has; `null` if none ended well yet.
    pub current: Option<Uuid>,
    /// When that was imported.
    pub imported: Option<String>,
    /// How many rows the table has of the lineup: those of that import, and those that stayed of versions before it.
    pub rows: Option<u64>,
    /// The import that writes now.
    pub writing: Option<Uuid>,
    /// Imports of which rows may be in the table besides those of the current one.
    left_over: Vec<Uuid>,
    /// What the import of the current version says.
    #[serde(skip)]
    pub summary: Option<Summary>,
}

/// A version of a lineup, as `lineup lineups NAME --json` prints it. The field names are a contract.
#[derive(Debug, Serialize)]
pub(crate) struct VersionEntry {
    /// Its import.
    pub import_id: Uuid,
    /// When that began.
    pub imported: String,
    /// How that ended.
    pub state: ImportState,
    /// How many rows it wrote.
    pub rows: u64,
    /// Whether it is what the table has.
    pub current: bool,
    /// Whether `lineup restore` can bring it back.
    pub restorable: bool,
    /// How it differs from the one before.
    #[serde(skip)]
    pub changes: Option<VersionChanges>,
}

/// Prints all lineups, or the versions of one.
pub(crate) async fn run(target: &Target, args: &LineupsArgs) -> anyhow::Result<Exit> {
    match &args.name {
        Some(name) => versions(target, name, args.json).await,
        None => all(target, args.json).await,
    }
}

async fn versions(target: &Target, name: &str, json: bool) -> anyhow::Result<Exit> {
    let entries = version_entries(target, name).await?;
    if json {
        output::json(&entries)?;
    } else {
        let ids = ShortIds::of(Catalog::new(target).imports.list().await?);
        let rows = entries.iter().map(|entry| entry.listed(&ids)).collect();
        output::table(&["VERSION", "WHEN", "STATE", "ROWS", ""], rows)?;
    }
    Ok(Exit::Succeeded)
}

/// The versions of a lineup, newest first.
///
/// # Errors
/// There is no lineup of this name.
pub(crate) async fn version_entries(target: &Target, name: &str) -> anyhow::Result<Vec<VersionEntry>> {
    let catalog = Catalog::new(target);
    let found = NamedLineup::find(&catalog, target, name).await?;
    let current = found.current();
    let entry = |import: ImportEntry| async move {
        let current = Some(import.import_id) == current;
        let stored = restore::stored(target, &import.source).await?.is_some();
        Ok::<_, anyhow::Error>(VersionEntry {
            import_id: import.import_id,
            imported: import.created,
            state: import.state,
            rows: import.rows.written,
            restorable: stored && !current,
            current,
            changes: import.summary.and_then(|summary| summary.changes),
        })
    };
    let imports = found.imports(&catalog).await?;
    stream::iter(imports).map(entry).buffered(REQUESTS_IN_FLIGHT).try_collect().await
}

async fn all(target: &Target, json: bool) -> anyhow::Result<Exit> {
    let lineups = lineup_entries(target, usize::MAX).await?;
    if lineups.is_empty() {
        return Err(
            CommandError::NothingFound("there are no lineups yet; import a file first".to_owned()).into()
        );
    }
    if json {
        output::json(&lineups)?;
    } else {
        let ids = ShortIds::of(Catalog::new(target).imports.list().await?);
        let rows = lineups.iter().map(|lineup| lineup.listed(&ids)).collect();
        output::table(&["LINEUP", "ROWS", "CURRENT", "WHEN"], rows)?;
    }
    Ok(Exit::Succeeded)
}

/// The lineups, at most so many, by name.
pub(crate) async fn lineup_entries(target: &Target, most: usize) -> anyhow::Result<Vec<LineupEntry>> {
    let catalog = &Catalog::new(target);
    let ids = catalog.imports.lineups().await?.into_iter().take(most);
    let entries = stream::iter(ids).map(|id| entry(target, catalog, id)).buffered(REQUESTS_IN_FLIGHT);
    let mut lineups: Vec<LineupEntry> = entries.try_filter_map(async |entry| Ok(entry)).try_collect().await?;
    lineups.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(lineups)
}

async fn entry(target: &Target, catalog: &Catalog<'_>, id: LineupId) -> anyhow::Result<Option<LineupEntry>> {
    let lineup = Lineup::new(&catalog.imports, id.clone());
    let versions = lineup.versions().await?;
    let current = versions.current.as_ref().map(|version| version.import_id);
    let newest = current.or_else(|| Some(versions.wanted.as_ref()?.import_id));
    let Some(import) = newest else { return Ok(None) };
    let import = catalog.entry(import).await?;
    let of_current = import.as_ref().filter(|_| current.is_some());
    let rows = match current {
        Some(current) => named_lineup::rows(&lineup, current).await?,
        None => None,
    };
    let key = import.as_ref().map(|import| import.source.key.as_str()).unwrap_or_default();
    Ok(Some(LineupEntry {
        name: key.strip_prefix(&target.uploads_prefix).unwrap_or(key).to_owned(),
        lineup_id: id,
        current,
        imported: of_current.map(|import| import.created.clone()),
        rows: rows.or_else(|| of_current.map(|import| import.rows.written)),
        writing: versions.holder.as_ref().map(|holder| holder.version.import_id),
        left_over: versions
            .may_hold
            .iter()
            .map(|version| version.import_id)
            .filter(|id| Some(*id) != current)
            .collect(),
        summary: import.filter(|_| current.is_some()).and_then(|import| import.summary),
    }))
}

impl VersionEntry {
    fn listed(&self, ids: &ShortIds) -> Vec<String> {
        let can = match (self.current, self.restorable) {
            (true, _) => "current",
            (false, true) => "can be restored",
            (false, false) => "its file is gone",
        };
        vec![
            ids.short(self.import_id),
            local_time(&self.imported, &TimeZone::system()),
            self.state.as_str().to_owned(),
            HumanCount(self.rows).to_string(),
            can.to_owned(),
        ]
    }
}

impl LineupEntry {
    fn listed(&self, ids: &ShortIds) -> Vec<String> {
        vec![
            one_line(&self.name, NAME).into_owned(),
            self.rows.map_or_else(String::new, |rows| HumanCount(rows).to_string()),
            self.current.map_or_else(|| "none yet".to_owned(), |id| ids.short(id)),
            self.imported.as_deref().map_or_else(String::new, |time| local_time(time, &TimeZone::system())),
        ]
    }
}
