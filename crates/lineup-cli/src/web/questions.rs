//! The lineup, for pages.

use std::ops::Range;

use jiff::civil::{Date, DateTime};
use lineup::clock_time::ClockTime;
use lineup::row::Performance;
use lineup_aws::imports::Imports;
use lineup_aws::lineups;
use lineup_aws::query::{Answer, Queries, QueryError};
use lineup_web::{DataError, LineupQuestions};

use super::failure::data_error;
use crate::target::Target;

/// The questions of the command.
pub(super) struct TargetLineup {
    queries: Queries,
    imports: Imports,
    /// The table belongs to a bucket of uploads, so that two stacks have different events.
    lineup: String,
}

impl TargetLineup {
    pub(super) fn new(target: &Target) -> Self {
        Self { queries: target.queries(), imports: target.imports(), lineup: target.uploads_bucket.clone() }
    }
}

fn found<T>(answer: Result<Answer<T>, QueryError>) -> Result<T, DataError> {
    answer.map(|answer| answer.found).map_err(|error| data_error(error.into()))
}

#[async_trait::async_trait]
impl LineupQuestions for TargetLineup {
    fn lineup(&self) -> &str {
        &self.lineup
    }

    async fn days(&self) -> Result<Vec<Date>, DataError> {
        found(self.queries.days().await)
    }

    async fn stages(&self, date: Date) -> Result<Vec<String>, DataError> {
        found(self.queries.stages(Some(date)).await)
    }

    async fn starting(&self, range: Range<DateTime>) -> Result<Vec<Performance>, DataError> {
        found(self.queries.starting(Some(range)).await)
    }

    async fn performer(&self, name: &str) -> Result<Vec<Performance>, DataError> {
        found(self.queries.performer(name).await)
    }

    async fn day_starts(&self) -> Result<Option<ClockTime>, DataError> {
        lineups::day_starts(&self.imports).await.map_err(|error| data_error(error.into()))
    }
}
