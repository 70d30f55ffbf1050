//! Searching the names of performers and stages.

use std::collections::BTreeSet;

use jiff::civil::Date;
use lineup::asked::{AskedName, NameLikeness};
use lineup_versions::NameKind;

use super::answer::{Answer, Unsearched};
use super::ask::{Ask, Queries, REQUESTS_IN_FLIGHT};
use super::error::QueryError;
use super::names::KnownNames;

/// A name that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundName {
    /// What has the name.
    pub kind: NameKind,
    /// The name, as it is in the table.
    pub name: String,
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchAnswer {
    /// The names that contain the text, those that are equal to it first, then those that begin with it. If there is none, the most similar ones.
    pub names: Vec<FoundName>,
    /// Whether they are similar only.
    pub similar: bool,
    /// How many more there are, some of which the table may not have any more.
    pub more: usize,
    /// Where was not searched.
    pub unsearched: Unsearched,
}

impl Queries {
    /// The performers and stages whose names contain a text, whatever its case and accents, `limit` at most. Each is looked up in the table.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn search(&self, text: &str, limit: usize) -> Result<Answer<SearchAnswer>, QueryError> {
        let ask = Ask::new(self);
        let Some(names) = ask.names().await? else {
            let unsearched = Unsearched { no_lists: true, ..Unsearched::default() };
            return Ok(ask.answer(SearchAnswer { unsearched, ..SearchAnswer::default() }, None));
        };
        let unsearched =
            Unsearched { no_lists: false, lineups: names.unlisted, too_many: names.are_too_many() };
        let found = like(&names, text, unsearched.too_many).await?;
        let is_part =
            |(likeness, ..): &(NameLikeness, NameKind, String)| !matches!(likeness, NameLikeness::Edits(_));
        let (parts, near): (Vec<_>, Vec<_>) = found.into_iter().partition(is_part);
        let (mut names, mut more) = ask.in_table(parts, limit).await?;
        let similar = names.is_empty();
        if similar {
            (names, more) = ask.in_table(near, limit.min(super::stage::SUGGESTIONS)).await?;
        }
        let similar = similar && !names.is_empty();
        Ok(ask.answer(SearchAnswer { names, similar, more, unsearched }, None))
    }
}

/// The names that are like the text, the closest first.
async fn like(
    names: &KnownNames,
    text: &str,
    too_many: bool,
) -> Result<BTreeSet<(NameLikeness, NameKind, String)>, QueryError> {
    let asked = AskedName::new(text);
    let mut found = BTreeSet::new();
    for kind in [NameKind::Performer, NameKind::Stage] {
        if too_many {
            let equal = names.equal(kind, text).await?;
            found.extend(equal.into_iter().map(|name| (NameLikeness::Equal, kind, name)));
        } else {
            let like = names.like(kind, &asked).await?;
            found.extend(like.into_iter().map(|(likeness, name)| (likeness, kind, name)));
        }
    }
    Ok(found)
}

impl Ask<'_> {
    /// The first `limit` of these names that the table has, and how many are left.
    async fn in_table(
        &self,
        names: Vec<(NameLikeness, NameKind, String)>,
        limit: usize,
    ) -> Result<(Vec<FoundName>, usize), QueryError> {
        let mut left = names.into_iter().enumerate();
        let mut found = Vec::new();
        while found.len() < limit {
            let wanted = (limit - found.len()).min(REQUESTS_IN_FLIGHT);
            let next: Vec<_> = left.by_ref().take(wanted).collect();
            if next.is_empty() {
                break;
            }
            let mut there = self
                .fan_out(next, |(order, (_, kind, name))| async move {
                    let there = self.is_there(kind, name.clone()).await?;
                    Ok(there.then_some((order, FoundName { kind, name })).into_iter().collect())
                })
                .await?;
            there.sort_by_key(|(order, _)| *order);
            found.extend(there.into_iter().map(|(_, name)| name));
        }
        Ok((found, left.count()))
    }

    async fn is_there(&self, kind: NameKind, name: String) -> Result<bool, QueryError> {
        match kind {
            NameKind::Performer => self.has_sets(name).await,
            NameKind::Stage => {
                let days: Vec<Date> = self.days_of(&name, None).await?;
                for day in days {
                    if self.has_rows(&name, day).await? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}
