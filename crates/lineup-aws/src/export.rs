//! Every performance of the table, for an export. Only this module scans.

use std::fmt;

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

/// How many segments of the table are scanned at a time (developer guide,
/// "Parallel scan"): enough to keep the reader busy, with a page of each in memory.
const SEGMENTS: i32 = 4;

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

/// All performances, or those that a lineup wrote last, page by page, in no particular order. A performance that
/// is written during the scan may or may not be among them. A filter costs what reading all of them costs
/// (developer guide, "Scanning tables: Filter expressions for scan").
///
/// An item that is no performance is one of them, as an [`UnreadableItem`]. The stream ends with the first request that
/// fails. It is incomplete then.
pub fn performances(
    client: &Client,
    table: &str,
    lineup: Option<&LineupId>,
) -> impl Stream<Item = Result<ExportedItem, QueryError>> + use<> {
    let segments = (0..SEGMENTS).map(|segment| {
        let scan = client.scan().table_name(table).limit(PAGE).segment(segment).total_segments(SEGMENTS);
        let scan = match lineup {
            Some(id) => scan
                .filter_expression("#lineup = :lineup")
                .expression_attribute_names("#lineup", attribute::LINEUP)
                .expression_attribute_values(":lineup", AttributeValue::S(id.as_str().to_owned())),
            None => scan,
        };
        Box::pin(pages(scan, table.to_owned()))
    });
    stream::select_all(segments)
        .map_ok(|page| stream::iter(page.into_iter().map(|item| Ok(read(&item)))))
        .try_flatten()
        .scan(false, |failed, item| {
            let ended = std::mem::replace(failed, item.is_err());
            std::future::ready((!ended).then_some(item))
        })
}

fn read(attributes: &Attributes) -> ExportedItem {
    item::performance(attributes).map_err(|error| {
        let key = |name| attributes.get(name).and_then(|value| value.as_s().ok()).cloned();
        UnreadableItem {
            performer: key(attribute::PERFORMER),
            performance: key(attribute::PERFORMANCE),
            error,
        }
    })
}

/// The pages of one segment.
fn pages(scan: ScanFluentBuilder, table: String) -> impl Stream<Item = Result<Vec<Attributes>, QueryError>> {
    let pages = scan.into_paginator().send();
    stream::unfold((pages, table), |(mut pages, table)| async move {
        let page = pages.next().await?;
        let page = page.map_err(|error| CallFailure::of(error).on("dynamodb:Scan", &table).into());
        Some((page.map(|page| page.items.unwrap_or_default()), (pages, table)))
    })
}
