//! Every performance by popularity, in blocks, so that an answer of any size takes the same memory.

use std::collections::VecDeque;

use lineup::row::Performance;
use lineup_table::keys::POPULARITY_SHARDS;

use super::answer::Cost;
use super::ask::{Ask, Queries};
use super::error::QueryError;
use super::order::time_order;
use crate::item::{self, Attributes};

/// How many items of a shard are read at a time. A page of 1 MB of each of the shards, decoded, would be 100 MB.
const PAGE: i32 = 1_000;

/// How many performances of one popularity are put in time order together.
const MOST_OF_ONE: usize = 20_000;

/// The performances whose popularity is above a number, the most popular first, a block at a time. Those of one
/// popularity are in time order; where there are more than 20,000 of one, each 20,000 of them.
pub struct PopularBlocks<'q> {
    ask: Ask<'q>,
    above: u8,
    shards: Vec<ShardReader>,
    /// What was read of the popularity that is next, or a part of it.
    block: Vec<Performance>,
}

/// How far a shard was read.
struct ShardReader {
    name: &'static str,
    /// What was read and is in no block yet, the most popular first.
    found: VecDeque<Performance>,
    rest: Rest,
}

/// What of a shard was not read.
enum Rest {
    All,
    From(Attributes),
    Nothing,
}

impl ShardReader {
    fn unread(name: &'static str) -> Self {
        Self { name, found: VecDeque::new(), rest: Rest::All }
    }

    fn is_due(&self) -> bool {
        self.found.is_empty() && !matches!(self.rest, Rest::Nothing)
    }

    fn top(&self) -> Option<u8> {
        self.found.front()?.popularity
    }
}

impl Queries {
    /// The performances whose popularity is above a number, in blocks: see [`PopularBlocks`].
    pub fn popular_blocks(&self, above: u8) -> PopularBlocks<'_> {
        PopularBlocks {
            ask: Ask::new(self),
            above,
            shards: POPULARITY_SHARDS.map(ShardReader::unread).into(),
            block: Vec::new(),
        }
    }
}

impl PopularBlocks<'_> {
    /// The next block; `None` after the last.
    ///
    /// # Errors
    /// [`QueryError`]. What came before is not the whole answer then.
    pub async fn next(&mut self) -> Result<Option<Vec<Performance>>, QueryError> {
        loop {
            self.read_on().await?;
            let Some(top) = self.shards.iter().filter_map(ShardReader::top).max() else {
                return Ok((!self.block.is_empty()).then(|| self.in_order()));
            };
            if self.block.first().is_some_and(|first| first.popularity > Some(top)) {
                return Ok(Some(self.in_order()));
            }
            for shard in &mut self.shards {
                while shard.top() == Some(top) {
                    self.block.extend(shard.found.pop_front());
                }
            }
            if self.block.len() >= MOST_OF_ONE {
                return Ok(Some(self.in_order()));
            }
        }
    }

    /// What the answer has cost so far.
    pub fn cost(&self) -> Cost {
        self.ask.cost()
    }

    fn in_order(&mut self) -> Vec<Performance> {
        self.block.sort_by(|one, other| time_order(one).cmp(&time_order(other)));
        std::mem::take(&mut self.block)
    }

    /// Reads a page of every shard of which nothing is left that was read.
    async fn read_on(&mut self) -> Result<(), QueryError> {
        let (due, mut shards): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.shards).into_iter().partition(ShardReader::is_due);
        let (ask, above) = (&self.ask, self.above);
        shards.append(
            &mut ask.fan_out(due, |shard| async move { Ok(vec![page(ask, shard, above).await?]) }).await?,
        );
        shards.retain(|shard| !shard.found.is_empty() || shard.is_due());
        self.shards = shards;
        Ok(())
    }
}

async fn page(ask: &Ask<'_>, shard: ShardReader, above: u8) -> Result<ShardReader, QueryError> {
    let start = match shard.rest {
        Rest::From(start) => Some(start),
        Rest::All | Rest::Nothing => None,
    };
    let page = ask.page(ask.shard(shard.name, above).limit(PAGE), start).await?;
    let found = page.items.iter().map(item::performance).collect::<Result<_, _>>()?;
    let rest = page.next.map_or(Rest::Nothing, Rest::From);
    Ok(ShardReader { name: shard.name, found, rest })
}
