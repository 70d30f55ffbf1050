//! The requests of one question, and their cost.

use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use futures::{StreamExt, TryStreamExt, stream};
use lineup::clock_time::ClockTime;
use lineup::row::Performance;

use super::answer::{Answer, Cost, Note};
use super::error::QueryError;
use super::names::KnownNames;
use crate::error::CallFailure;
use crate::imports::Imports;
use crate::item::{self, Attributes};
use crate::schema::Tables;

/// How many requests of one question are sent at a time.
pub const REQUESTS_IN_FLIGHT: usize = 16;

/// Answers questions from one pair of tables.
#[derive(Debug, Clone)]
pub struct Queries {
    pub(super) client: Client,
    pub(super) tables: Tables,
    imports: Option<Imports>,
    pub(super) day_starts: ClockTime,
}

impl Queries {
    /// Queries `tables` with `client`.
    pub fn new(client: Client, tables: Tables) -> Self {
        Self { client, tables, imports: None, day_starts: ClockTime::MIDNIGHT }
    }

    /// The same for festival days: the date of a question is the 24 hours from this time on it. Without it, dates are calendar days.
    #[must_use]
    pub fn with_day_starts(self, day_starts: ClockTime) -> Self {
        Self { day_starts, ..self }
    }

    /// The same, with the bucket that has the lists of names. Without them, a performer is found by his exact name alone.
    #[must_use]
    pub fn with_names(self, imports: Imports) -> Self {
        Self { imports: Some(imports), ..self }
    }
}

/// One question. It sends every request, and adds up the cost.
pub(super) struct Ask<'q> {
    pub(super) queries: &'q Queries,
    cost: Mutex<Cost>,
}

/// One page of results.
pub(super) struct QueryPage {
    pub(super) items: Vec<Attributes>,
    /// The start key of the next page; `None` after the last page.
    pub(super) next: Option<Attributes>,
}

impl<'q> Ask<'q> {
    pub(super) fn new(queries: &'q Queries) -> Self {
        Self { queries, cost: Mutex::default() }
    }

    /// The lists of names; `None` if it is not known where they are.
    pub(super) async fn names(&self) -> Result<Option<KnownNames>, QueryError> {
        match &self.queries.imports {
            Some(imports) => Ok(Some(KnownNames::open(imports.clone()).await?)),
            None => Ok(None),
        }
    }

    /// A query of the performances.
    pub(super) fn performances(&self) -> QueryFluentBuilder {
        self.queries.client.query().table_name(&self.queries.tables.performances)
    }

    /// One page, from `start`.
    pub(super) async fn page(
        &self,
        query: QueryFluentBuilder,
        start: Option<Attributes>,
    ) -> Result<QueryPage, QueryError> {
        let table = query.get_table_name().clone().unwrap_or_default();
        let answer = query
            .set_exclusive_start_key(start)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| CallFailure::of(error).on("dynamodb:Query", table))?;
        let capacity = answer.consumed_capacity.and_then(|capacity| capacity.capacity_units);
        self.add(capacity.unwrap_or_default());
        Ok(QueryPage { items: answer.items.unwrap_or_default(), next: answer.last_evaluated_key })
    }

    /// All pages.
    pub(super) async fn pages(&self, query: QueryFluentBuilder) -> Result<Vec<Attributes>, QueryError> {
        let mut page = self.page(query.clone(), None).await?;
        let mut items = page.items;
        while let Some(next) = page.next {
            page = self.page(query.clone(), Some(next)).await?;
            items.append(&mut page.items);
        }
        Ok(items)
    }

    /// All pages, as performances, in the order of the table or index.
    pub(super) async fn performances_of(
        &self,
        query: QueryFluentBuilder,
    ) -> Result<Vec<Performance>, QueryError> {
        let items = self.pages(query).await?;
        Ok(items.iter().map(item::performance).collect::<Result<_, _>>()?)
    }

    /// The results of `part` for all of `over`, in no particular order. The first
    /// error cancels the other parts.
    pub(super) async fn fan_out<I, T, P: Future<Output = Result<Vec<T>, QueryError>>>(
        &self,
        over: Vec<I>,
        part: impl Fn(I) -> P,
    ) -> Result<Vec<T>, QueryError> {
        let mut parts = stream::iter(over.into_iter().map(part)).buffer_unordered(REQUESTS_IN_FLIGHT);
        let mut all = Vec::new();
        while let Some(mut part) = parts.try_next().await? {
            all.append(&mut part);
        }
        Ok(all)
    }

    /// Ends the question with its answer.
    pub(super) fn answer<T>(self, found: T, note: Option<Note>) -> Answer<T> {
        Answer { found, cost: self.cost(), note }
    }

    /// The cost of the requests that were answered.
    pub(super) fn cost(&self) -> Cost {
        *self.cost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, read_units: f64) {
        let mut cost = self.cost.lock().unwrap_or_else(PoisonError::into_inner);
        cost.requests += 1;
        cost.read_units += read_units;
    }
}
