//! Performances by popularity.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::ToSpan;
use jiff::civil::Date;
use lineup::row::{Performance, moment};
use lineup_table::keys::POPULARITY_SHARDS;
use lineup_table::{attribute, index};

use super::answer::Answer;
use super::ask::{Ask, Queries};
use super::error::QueryError;
use super::order::time_order;
use crate::item::{self, Attributes};

impl Queries {
    /// The performances whose popularity is above a number, the most popular
    /// first; if asked for, of one day only, and at most `limit`.
    ///
    /// With a day, all stages of that day are read, so the cost grows with the
    /// day. Without one, all shards of the index are read, as [`Queries::popular_blocks`] reads them; with a limit, only as
    /// far as necessary. If several performances have the popularity of the last within
    /// the limit, any of them are returned.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn popular(
        &self,
        above: u8,
        date: Option<Date>,
        limit: Option<usize>,
    ) -> Result<Answer<Vec<Performance>>, QueryError> {
        let ask = Ask::new(self);
        let mut found = match (date, limit) {
            (Some(date), _) => ask.popular_of(date, above).await?,
            (None, Some(limit)) => ask.most_popular(above, limit).await?,
            (None, None) => return self.all_popular(above).await,
        };
        found.sort_by(|one, other| {
            other.popularity.cmp(&one.popularity).then_with(|| time_order(one).cmp(&time_order(other)))
        });
        found.truncate(limit.unwrap_or(usize::MAX));
        Ok(ask.answer(found, None))
    }

    async fn all_popular(&self, above: u8) -> Result<Answer<Vec<Performance>>, QueryError> {
        let mut blocks = self.popular_blocks(above);
        let mut found = Vec::new();
        while let Some(mut block) = blocks.next().await? {
            found.append(&mut block);
        }
        Ok(Answer { found, cost: blocks.cost(), note: None })
    }
}

/// The position up to which a shard is read.
struct Shard {
    name: &'static str,
    /// The items of the last page.
    found: Vec<Performance>,
    /// The popularity of the last item that was read. The items after it have no higher one.
    last: u8,
    /// The start key of the next page; `None` after the last page.
    next: Option<Attributes>,
}

impl Shard {
    fn unread(name: &'static str) -> Self {
        Self { name, found: Vec::new(), last: u8::MAX, next: None }
    }
}

impl Ask<'_> {
    /// The items of a shard above a number, the most popular first.
    pub(super) fn shard(&self, shard: &str, above: u8) -> QueryFluentBuilder {
        self.performances()
            .index_name(index::BY_POPULARITY)
            .key_condition_expression("#shard = :shard AND #popularity > :above")
            .expression_attribute_names("#shard", attribute::POPULARITY_SHARD)
            .expression_attribute_names("#popularity", attribute::POPULARITY)
            .expression_attribute_values(":shard", AttributeValue::S(shard.to_owned()))
            .expression_attribute_values(":above", AttributeValue::N(above.to_string()))
            .scan_index_forward(false)
    }

    async fn popular_of(&self, date: Date, above: u8) -> Result<Vec<Performance>, QueryError> {
        let from = moment(date, self.queries.day_starts);
        let found = self.starting(Some(from..from.saturating_add(1.day()))).await?;
        Ok(found.into_iter().filter(|performance| performance.popularity > Some(above)).collect())
    }

    /// The `limit` most popular or more, if there are as many. Reads a page of every
    /// shard, then more of those shards that may still have a more popular one.
    async fn most_popular(&self, above: u8, limit: usize) -> Result<Vec<Performance>, QueryError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let page = page_of(limit);
        let mut open: Vec<Shard> = POPULARITY_SHARDS.map(Shard::unread).into();
        let mut found = Vec::new();
        while !open.is_empty() {
            open = self
                .fan_out(open, |shard| async move { Ok(vec![self.read_on(shard, above, page).await?]) })
                .await?;
            open.iter_mut().for_each(|shard| found.append(&mut shard.found));
            let cut = cut(&mut found, limit);
            open.retain(|shard| shard.next.is_some() && cut.is_none_or(|cut| shard.last > cut));
        }
        Ok(found)
    }

    async fn read_on(&self, mut shard: Shard, above: u8, page: i32) -> Result<Shard, QueryError> {
        let page = self.page(self.shard(shard.name, above).limit(page), shard.next.take()).await?;
        shard.found = page.items.iter().map(item::performance).collect::<Result<_, _>>()?;
        shard.last = shard.found.last().and_then(|last| last.popularity).unwrap_or(shard.last);
        shard.next = page.next;
        Ok(shard)
    }
}

/// How many items of a shard to read first: its share of the limit and some more,
/// because shards are not quite equal.
fn page_of(limit: usize) -> i32 {
    let share = limit.div_ceil(POPULARITY_SHARDS.len());
    i32::try_from(share.saturating_add(share / 4 + 4)).unwrap_or(i32::MAX)
}

/// The popularity of the last within the limit; `None` if there are fewer.
fn cut(found: &mut [Performance], limit: usize) -> Option<u8> {
    found.sort_by_key(|performance| std::cmp::Reverse(performance.popularity));
    found.get(limit - 1).and_then(|performance| performance.popularity)
}
