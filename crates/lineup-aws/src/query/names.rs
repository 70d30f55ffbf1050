//! The names of performers and stages in the lists of all lineups.

use std::collections::BTreeSet;

use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt, stream};
use lineup::asked::{AskedName, NameLikeness};
use lineup_contracts::LineupId;
use lineup_versions::{NameIndex, NameKind, NameListBuilder, PerformerRange, read_names};

use crate::error::Error;
use crate::imports::Imports;
use crate::key_list::KeyList;
use crate::key_merge::KeyMerge;
use crate::lineups::Lineup;
use crate::name_list::{NameBlocks, NameList};

/// Up to how many names are looked through for a part of a name, or for the most similar ones.
pub const MOST_NAMES: u64 = 1_000_000;

/// How many lineups are looked at at a time.
const LINEUPS_IN_FLIGHT: usize = 16;

/// The lists of the names of all lineups: of what the table has of them now, and of imports that failed or still run.
#[derive(Debug, Default)]
pub(super) struct KnownNames {
    lists: Vec<NameList>,
    /// Of rows that stayed of versions before the current one.
    kept: BTreeSet<(NameKind, String)>,
    /// How many lineups have rows whose names are in no list.
    pub(super) unlisted: usize,
}

impl KnownNames {
    /// Opens the lists.
    pub(super) fn open(imports: Imports) -> BoxFuture<'static, Result<Self, Error>> {
        // Boxed, so that futures of questions stay `Send`.
        Box::pin(async move {
            let ids = imports.lineups().await?;
            let lineups = ids.into_iter().map(|id| of_lineup(imports.clone(), id));
            let mut lineups = stream::iter(lineups).buffer_unordered(LINEUPS_IN_FLIGHT);
            let mut all = Self::default();
            while let Some(lineup) = lineups.try_next().await? {
                all.lists.extend(lineup.lists);
                all.kept.extend(lineup.kept);
                all.unlisted += lineup.unlisted;
            }
            Ok(all)
        })
    }

    /// The names of a kind that differ from `asked` only in case, accents, punctuation and spaces. Reads a block or two of each list.
    pub(super) fn equal<'k>(
        &'k self,
        kind: NameKind,
        asked: &'k str,
    ) -> BoxFuture<'k, Result<BTreeSet<String>, Error>> {
        // Boxed, so that futures of questions stay `Send`.
        Box::pin(async move {
            let mut near = Vec::new();
            for list in &self.lists {
                near.push(list.near(kind, asked).await?);
            }
            let (asked, mut found) = (AskedName::new(asked), BTreeSet::new());
            self.each_in(kind, &near, |name| {
                if asked.equals(name) {
                    found.insert(name.to_owned());
                }
            })?;
            Ok(found)
        })
    }

    /// Whether there are so many names that they are not looked through.
    pub(super) fn are_too_many(&self) -> bool {
        self.lists.iter().map(NameList::names).sum::<u64>() > MOST_NAMES
    }

    /// The names of a kind that are like `asked`; all of them are looked through.
    pub(super) fn like<'k>(
        &'k self,
        kind: NameKind,
        asked: &'k AskedName,
    ) -> BoxFuture<'k, Result<BTreeSet<(NameLikeness, String)>, Error>> {
        // Boxed, as above.
        Box::pin(async move {
            let mut all = Vec::new();
            for list in &self.lists {
                all.push(list.all(kind).await?);
            }
            let mut found = LikeNames::default();
            self.each_in(kind, &all, |name| {
                if let Some(likeness) = asked.likeness(name) {
                    found.add(likeness, name);
                }
            })?;
            Ok(found.parts.into_iter().chain(found.near).collect())
        })
    }

    fn each_in(
        &self,
        kind: NameKind,
        blocks: &[NameBlocks<'_>],
        mut each: impl FnMut(&str),
    ) -> Result<(), Error> {
        self.kept.iter().filter(|(of, _)| *of == kind).for_each(|(_, name)| each(name));
        blocks.iter().try_for_each(|blocks| blocks.each(&mut each))
    }
}

/// How many similar names are kept at most. Each is looked up in the table before it is suggested.
const SIMILAR: usize = 12;

/// Names that are like one that was asked for.
#[derive(Debug, Default)]
struct LikeNames {
    parts: BTreeSet<(NameLikeness, String)>,
    /// The closest.
    near: BTreeSet<(NameLikeness, String)>,
}

impl LikeNames {
    fn add(&mut self, likeness: NameLikeness, name: &str) {
        let names = match likeness {
            NameLikeness::Edits(_) => &mut self.near,
            _ => &mut self.parts,
        };
        names.insert((likeness, name.to_owned()));
        if self.near.len() > SIMILAR {
            self.near.pop_last();
        }
    }
}

/// The lists of a lineup. Where a newer version takes the place of one meanwhile, that is looked at.
async fn of_lineup(imports: Imports, id: LineupId) -> Result<KnownNames, Error> {
    let lineup = Lineup::new(&imports, id);
    let mut versions = lineup.versions().await?;
    loop {
        let mut found = KnownNames::default();
        let in_table: BTreeSet<_> =
            versions.may_hold.iter().chain(&versions.current).map(|version| version.import_id).collect();
        for import_id in in_table {
            match lineup.names(import_id).await? {
                Some(list) => found.lists.push(list),
                None => found.unlisted = 1,
            }
            if let Some(kept) = lineup.kept_keys(import_id).await? {
                found.add_kept(kept).await?;
            }
        }
        let now = if found.unlisted == 0 { versions.clone() } else { lineup.versions().await? };
        if now.current == versions.current {
            return Ok(found);
        }
        versions = now;
    }
}

impl KnownNames {
    async fn add_kept(&mut self, list: KeyList) -> Result<(), Error> {
        if list.index().entries() > MOST_NAMES {
            self.unlisted = 1;
            return Ok(());
        }
        let mut names = NameListBuilder::default();
        let mut lists = [list.into()];
        let mut keys = KeyMerge::new(&mut lists, &PerformerRange::default());
        while keys.advance().await? {
            names.add(&keys.entry().key);
        }
        let names = names.finish()?.unwrap_or_default();
        let index = NameIndex::of_list(&names)?;
        for place in index.all() {
            let add = |kind, name: &str| {
                self.kept.insert((kind, name.to_owned()));
            };
            read_names(place, &names[place.bytes()], add)?;
        }
        Ok(())
    }
}
