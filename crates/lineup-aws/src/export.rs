//! Every performance of the table, for an export. Only this module scans.

use std::fmt;
use std::pin::Pin;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use lineup::row::Performance;
use lineup_contracts::LineupId;
use lineup_table::attribute;

use crate::error::CallFailure;
use crate::item::{self, AttributeError, Attributes};
use crate::query::QueryError;

/// How many segments of DynamoDB's table are scanned at a time (developer guide,
/// "Parallel scan"): enough to keep the reader busy, with a page of each in memory.
pub const SEGMENTS: i32 = 4;

/// How many items are read at a time. Pages of 1 MB of all segments, decoded, would take more than 100 MB.
const PAGE: i32 = 1_000;

/// An item of the table that is no performance, as its keys name it.
#[derive(Debug)]
pub struct UnreadableItem {
    /// Its partition key; `None` if that is no text.
    pub performer: Option<String>,
    /// Its sort key; `None` if that is no text.
    pub performance: Option<String>,
    /// What is wrong with it.
    pub error: AttributeError,
}

impl fmt::Display for UnreadableItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key =
            |key: &Option<String>| key.as_ref().map_or_else(|| "?".to_owned(), |key| format!("{key:?}"));
        write!(f, "{} {}: {}", key(&self.performer), key(&self.performance), self.error)
    }
}

/// What an item of the table says.
pub type ExportedItem = Result<Performance, UnreadableItem>;

/// An item of the table, with the lineup that wrote it last.
#[derive(Debug)]
pub struct ScannedItem {
    /// The attribute `Lineup`; `None` in a row of an import from before lineups had versions, or of another program.
    pub lineup: Option<LineupId>,
    /// What the item says.
    pub item: ExportedItem,
}

/// The table that is exported.
#[derive(Debug, Clone)]
pub struct ExportedTable {
    /// The client of its database.
    pub client: Client,
    /// The name of the table of performances.
    pub name: String,
    /// In how many segments it is scanned: [`SEGMENTS`], or 1 where the database does not find a segment without reading the whole table.
    pub segments: i32,
}

impl ExportedTable {
    /// All performances, or those that a lineup wrote last, page by page, in no particular order. A performance that
    /// is written during the scan may or may not be among them. A filter costs what reading all of them costs
    /// (developer guide, "Scanning tables: Filter expressions for scan").
    ///
    /// An item that is no performance is one of them, as an [`UnreadableItem`]. The stream ends with the first request that
    /// fails. It is incomplete then.
    pub fn performances(
        &self,
        lineup: Option<&LineupId>,
    ) -> impl Stream<Item = Result<ExportedItem, QueryError>> + use<> {
        let segments = self.scans().map(|scan| {
            let scan = match lineup {
                Some(id) => scan
                    .filter_expression("#lineup = :lineup")
                    .expression_attribute_names("#lineup", attribute::LINEUP)
                    .expression_attribute_values(":lineup", AttributeValue::S(id.as_str().to_owned())),
                None => scan,
            };
            Box::pin(items(scan, self.name.clone()))
        });
        until_one_fails(stream::select_all(segments).map_ok(|item| read(&item)))
    }

    /// The same of all lineups, those of a performer together, in the order of their keys. A scan gives the items of a partition key
    /// together, because they are stored together (developer guide, "Partitions and data distribution").
    pub fn performers(&self) -> impl Stream<Item = Result<Vec<ScannedItem>, QueryError>> + use<> {
        let segments = self.scans().map(|scan| Box::pin(of_one_performer(items(scan, self.name.clone()))));
        until_one_fails(stream::select_all(segments))
    }

    fn scans(&self) -> impl Iterator<Item = ScanFluentBuilder> {
        (0..self.segments).map(|segment| {
            let scan = self.client.scan().table_name(&self.name).limit(PAGE);
            match self.segments {
                1 => scan,
                segments => scan.segment(segment).total_segments(segments),
            }
        })
    }
}

fn until_one_fails<T>(
    results: impl Stream<Item = Result<T, QueryError>>,
) -> impl Stream<Item = Result<T, QueryError>> {
    results.scan(false, |failed, item| {
        let ended = std::mem::replace(failed, item.is_err());
        std::future::ready((!ended).then_some(item))
    })
}

fn read(attributes: &Attributes) -> ExportedItem {
    item::performance(attributes).map_err(|error| {
        let key = |name| text(attributes, name).map(str::to_owned);
        UnreadableItem {
            performer: key(attribute::PERFORMER),
            performance: key(attribute::PERFORMANCE),
            error,
        }
    })
}

fn text<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a str> {
    attributes.get(name)?.as_s().ok().map(String::as_str)
}

/// The items of a scan in groups of one partition key. Where a page cannot be read, the group before it may lack items.
fn of_one_performer(
    items: impl Stream<Item = Result<Attributes, QueryError>> + Unpin,
) -> impl Stream<Item = Result<Vec<ScannedItem>, QueryError>> {
    let items = items.peekable();
    stream::unfold(items, |mut items| async move {
        let first = match items.next().await? {
            Ok(first) => first,
            Err(error) => return Some((Err(error), items)),
        };
        let performer = text(&first, attribute::PERFORMER).map(str::to_owned);
        let mut group = vec![scanned(&first)];
        let is_of_it = |item: &Result<Attributes, QueryError>| {
            item.as_ref().is_ok_and(|item| text(item, attribute::PERFORMER) == performer.as_deref())
        };
        while let Some(Ok(item)) = Pin::new(&mut items).next_if(is_of_it).await {
            group.push(scanned(&item));
        }
        Some((Ok(group), items))
    })
}

fn scanned(attributes: &Attributes) -> ScannedItem {
    let lineup = text(attributes, attribute::LINEUP).and_then(LineupId::of_attribute);
    ScannedItem { lineup, item: read(attributes) }
}

/// The items of one segment.
fn items(
    scan: ScanFluentBuilder,
    table: String,
) -> impl Stream<Item = Result<Attributes, QueryError>> + Unpin {
    let pages = scan.into_paginator().send();
    let pages = stream::unfold((pages, table), |(mut pages, table)| async move {
        let page = pages.next().await?;
        let page = page.map_err(|error| CallFailure::of(error).on("dynamodb:Scan", &table));
        Some((page.map(|page| page.items.unwrap_or_default()), (pages, table)))
    });
    let items = pages.map_ok(|page| stream::iter(page.into_iter().map(Ok))).try_flatten();
    Box::pin(items.map_err(QueryError::Service))
}
