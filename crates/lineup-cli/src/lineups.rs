//! `lineup lineups`: the lineups and their versions.

use indicatif::HumanCount;
use lineup::shown::{NAME, one_line};
use lineup_aws::lineups::Lineup;
use lineup_contracts::LineupId;
use serde::Serialize;
use uuid::Uuid;

use crate::args::LineupsArgs;
use crate::catalog::Catalog;
use crate::exit::{CommandError, Exit};
use crate::output;
use crate::target::Target;

/// A lineup, as `lineup lineups --json` prints it. The field names are a contract.
#[derive(Debug, Serialize)]
struct LineupEntry {
    /// What `--as` takes: the key of the uploads, without the prefix of the stack.
    name: String,
    /// The attribute `Lineup` of its rows.
    lineup_id: LineupId,
    /// The import whose rows the table has; `null` if none ended well yet.
    current: Option<Uuid>,
    /// When that was imported.
    imported: Option<String>,
    /// How many rows that wrote.
    rows: Option<u64>,
    /// The import that writes now.
    writing: Option<Uuid>,
    /// Imports of which rows may be in the table besides those of the current one.
    left_over: Vec<Uuid>,
}

/// Prints all lineups.
pub(crate) async fn run(target: &Target, args: &LineupsArgs) -> anyhow::Result<Exit> {
    let catalog = Catalog::new(target);
    let mut lineups = Vec::new();
    for id in catalog.imports.lineups().await? {
        lineups.extend(entry(target, &catalog, id).await?);
    }
    lineups.sort_by(|one, other| one.name.cmp(&other.name));
    if lineups.is_empty() {
        return Err(
            CommandError::NothingFound("there are no lineups yet; import a file first".to_owned()).into()
        );
    }
    if args.json {
        output::json(&lineups)?;
    } else {
        output::table(
            &["LINEUP", "ROWS", "CURRENT", "WHEN"],
            lineups.iter().map(LineupEntry::listed).collect(),
        )?;
    }
    Ok(Exit::Succeeded)
}

async fn entry(target: &Target, catalog: &Catalog<'_>, id: LineupId) -> anyhow::Result<Option<LineupEntry>> {
    let versions = Lineup::new(&catalog.imports, id.clone()).versions().await?;
    let current = versions.current.as_ref().map(|version| version.import_id);
    let newest = current.or_else(|| Some(versions.wanted.as_ref()?.import_id));
    let Some(import) = newest else { return Ok(None) };
    let import = catalog.entry(import).await?;
    let of_current = import.as_ref().filter(|_| current.is_some());
    let key = import.as_ref().map(|import| import.source.key.as_str()).unwrap_or_default();
    Ok(Some(LineupEntry {
        name: key.strip_prefix(&target.uploads_prefix).unwrap_or(key).to_owned(),
        lineup_id: id,
        current,
        imported: of_current.map(|import| import.created.clone()),
        rows: of_current.map(|import| import.rows.written),
        writing: versions.holder.as_ref().map(|holder| holder.version.import_id),
        left_over: versions
            .may_hold
            .iter()
            .map(|version| version.import_id)
            .filter(|id| Some(*id) != current)
            .collect(),
    }))
}

impl LineupEntry {
    fn listed(&self) -> Vec<String> {
        vec![
            one_line(&self.name, NAME).into_owned(),
            self.rows.map_or_else(String::new, |rows| HumanCount(rows).to_string()),
            self.current.map_or_else(|| "none yet".to_owned(), |id| id.to_string()),
            self.imported.clone().unwrap_or_default(),
        ]
    }
}
