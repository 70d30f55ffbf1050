//! Every performance of the table, for an export. Only this module scans.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use lineup::row::Performance;
use lineup_contracts::LineupId;
use lineup_table::attribute;

use crate::error::CallFailure;
use crate::item::{self, Attributes};
use crate::query::QueryError;

/// How many segments of the table are scanned at a time (developer guide,
/// "Parallel scan"): enough to keep the reader busy, with a page of at most
/// 1 MB of each in memory.
const SEGMENTS: i32 = 4;

/// All performances, or those that a lineup wrote last, page by page, in no particular order. A performance that
/// is written during the scan may or may not be among them. A filter costs what reading all of them costs
/// (developer guide, "Scanning tables: Filter expressions for scan").
///
/// The stream ends with the first error. It is incomplete then.
pub fn performances(
    client: &Client,
    table: &str,
    lineup: Option<&LineupId>,
) -> impl Stream<Item = Result<Performance, QueryError>> + use<> {
    let segments = (0..SEGMENTS).map(|segment| {
        let scan = client.scan().table_name(table).segment(segment).total_segments(SEGMENTS);
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
        .map_ok(|page| stream::iter(page.into_iter().map(|item| Ok(item::performance(&item)?))))
        .try_flatten()
        .scan(false, |failed, item| {
            let ended = std::mem::replace(failed, item.is_err());
            std::future::ready((!ended).then_some(item))
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
