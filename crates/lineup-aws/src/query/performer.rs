//! The sets of a performer, whose name may be written differently.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::BoxFuture;
use lineup::asked::{AskedName, NameLikeness};
use lineup::row::Performance;
use lineup::spelling;
use lineup_table::attribute;
use lineup_versions::NameKind;

use super::answer::{Answer, Note, Unsearched};
use super::ask::{Ask, Queries};
use super::error::QueryError;
use super::names::KnownNames;
use super::order::in_time_order;
use super::stage::SUGGESTIONS;

/// Of how many performers the sets are shown, at most, where a part of a name is asked for.
pub const PERFORMERS_SHOWN: usize = 20;

impl Queries {
    /// All performances of a performer, in time order: of the one with exactly this name; else of those whose names differ only in case, accents,
    /// punctuation and spaces; else of those whose names contain it, [`PERFORMERS_SHOWN`] at most. If there is none of them, the note
    /// suggests the most similar names.
    ///
    /// The exact name costs one request. All others are looked for in the lists of names, and asked for by their exact names then.
    ///
    /// # Errors
    /// [`QueryError`], as for all questions.
    pub async fn performer(&self, name: &str) -> Result<Answer<Vec<Performance>>, QueryError> {
        let asked = spelling::asked(name).into_owned();
        let ask = Ask::new(self);
        let found = ask.sets_of(asked.clone()).await?;
        if !found.is_empty() {
            return Ok(ask.answer(in_time_order(found), None));
        }
        let (found, note) = match ask.names().await? {
            Some(names) => ask.meant_performers(asked, names).await?,
            None => {
                let unsearched = Unsearched { no_lists: true, ..Unsearched::default() };
                (found, Note::NoSuchPerformer { asked, closest: Vec::new(), unsearched })
            }
        };
        Ok(ask.answer(found, Some(note)))
    }
}

impl Queries {
    /// All performances of performers with exactly these names, in time order.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn performers(&self, names: Vec<String>) -> Result<Answer<Vec<Performance>>, QueryError> {
        let ask = Ask::new(self);
        let found = ask.sets_of_all(names).await?;
        Ok(ask.answer(found, None))
    }
}

impl Ask<'_> {
    /// The sets of performers who may be meant by a name that nobody has.
    async fn meant_performers(
        &self,
        asked: String,
        names: KnownNames,
    ) -> Result<(Vec<Performance>, Note), QueryError> {
        let equal = names.equal(NameKind::Performer, &asked).await?;
        let found = self.sets_of_all(equal.into_iter().collect()).await?;
        if !found.is_empty() {
            let note = Note::ReadAs { kind: NameKind::Performer, asked, names: performers(&found) };
            return Ok((found, note));
        }
        let unsearched =
            Unsearched { no_lists: false, lineups: names.unlisted, too_many: names.are_too_many() };
        let like = match unsearched.too_many {
            true => BTreeSet::new(),
            false => names.like(NameKind::Performer, &AskedName::new(&asked)).await?,
        };
        let (near, parts): (Vec<_>, Vec<_>) =
            like.into_iter().partition(|(likeness, _)| matches!(likeness, NameLikeness::Edits(_)));
        let all = parts.len();
        let parts: Vec<String> = parts.into_iter().map(|(_, name)| name).take(PERFORMERS_SHOWN).collect();
        let more = all - parts.len();
        let found = self.sets_of_all(parts).await?;
        if !found.is_empty() {
            let note = Note::PartOf { asked, performers: performers(&found), more };
            return Ok((found, note));
        }
        let closest = self.with_sets(near.into_iter().map(|(_, name)| name).collect()).await?;
        Ok((found, Note::NoSuchPerformer { asked, closest, unsearched }))
    }

    /// The performances of performers, in time order.
    async fn sets_of_all(&self, performers: Vec<String>) -> Result<Vec<Performance>, QueryError> {
        Ok(in_time_order(self.fan_out(performers, |performer| self.sets_of(performer)).await?))
    }

    /// The performances of a performer, in order of date, start and stage.
    pub(super) fn sets_of(&self, performer: String) -> BoxFuture<'_, Result<Vec<Performance>, QueryError>> {
        // Boxed, so that futures of questions stay `Send`.
        Box::pin(async move { self.performances_of(self.performer_query(performer)).await })
    }

    fn performer_query(&self, performer: String) -> QueryFluentBuilder {
        self.performances()
            .key_condition_expression("#performer = :performer")
            .expression_attribute_names("#performer", attribute::PERFORMER)
            .expression_attribute_values(":performer", AttributeValue::S(performer))
    }

    /// Whether the table has a performance of a performer: one small request. A list of names may have one whose rows another lineup took
    /// over, and removed.
    pub(super) async fn has_sets(&self, performer: String) -> Result<bool, QueryError> {
        Ok(!self.page(self.performer_query(performer).limit(1), None).await?.items.is_empty())
    }

    /// The first of these performers who have sets, as many as are suggested.
    async fn with_sets(&self, performers: Vec<String>) -> Result<Vec<String>, QueryError> {
        let mut found = Vec::new();
        for performer in performers {
            if found.len() < SUGGESTIONS && self.has_sets(performer.clone()).await? {
                found.push(performer);
            }
        }
        Ok(found)
    }
}

/// The performers of performances, sorted, each once.
fn performers(found: &[Performance]) -> Vec<String> {
    let names: BTreeSet<&str> = found.iter().map(|set| set.performer.as_str()).collect();
    names.into_iter().map(str::to_owned).collect()
}
