//! A lineup that a planner names.

use lineup_aws::lineups::Lineup;
use lineup_contracts::LineupId;
use lineup_versions::LineupVersions;
use uuid::Uuid;

use crate::catalog::{Catalog, ImportEntry};
use crate::exit::CommandError;
use crate::target::Target;

/// A lineup that has versions.
pub(crate) struct NamedLineup {
    /// What `--as` takes.
    pub name: String,
    /// The key of its uploads.
    pub key: String,
    /// Its lists of keys.
    pub lineup: Lineup,
    /// Which versions there are, and who writes.
    pub versions: LineupVersions,
}

impl NamedLineup {
    /// The lineup of this name.
    ///
    /// # Errors
    /// Nothing was imported under the name.
    pub(crate) async fn find(catalog: &Catalog<'_>, target: &Target, name: &str) -> anyhow::Result<Self> {
        let key = format!("{}{name}", target.uploads_prefix);
        let lineup = Lineup::new(&catalog.imports, LineupId::of(&target.uploads_bucket, &key));
        let versions = lineup.versions().await?;
        if versions == LineupVersions::default() {
            let text = format!("there is no lineup {name:?}; `{} lineups` lists them", target.lineup);
            return Err(CommandError::NothingFound(text).into());
        }
        Ok(Self { name: name.to_owned(), key, lineup, versions })
    }

    /// The import whose rows the table has; `None` if none ended well yet.
    pub(crate) fn current(&self) -> Option<Uuid> {
        self.versions.current.as_ref().map(|version| version.import_id)
    }

    /// The imports of the lineup that wrote rows or tried to, newest first.
    pub(crate) async fn imports(&self, catalog: &Catalog<'_>) -> anyhow::Result<Vec<ImportEntry>> {
        let mut entries = catalog.entries().await?;
        entries.retain(|entry| entry.source.key == self.key && !entry.dry_run);
        Ok(entries)
    }
}

/// How many rows of a lineup the table has, by the lists of its current version: those that its file has, and those that stayed of
/// versions before. `None` if it left no list.
pub(crate) async fn rows(lineup: &Lineup, current: Uuid) -> Result<Option<u64>, lineup_aws::Error> {
    let Some(keys) = lineup.keys(current).await? else { return Ok(None) };
    let kept = lineup.kept_keys(current).await?.map_or(0, |kept| kept.index().entries());
    Ok(Some(keys.index().entries() + kept))
}
