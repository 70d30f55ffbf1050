//! Every performance of the table, for an export. Only this module scans.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use lineup::row::Performance;

use crate::error::CallFailure;
use crate::item::{self, Attributes};
use crate::query::QueryError;

/// How many segments of the table are scanned at a time (developer guide,
/// "Parallel scan"): enough to keep the reader busy, with a page of at most
/// 1 MB of each in memory.
const SEGMENTS: i32 = 4;

/// All performances, page by page, in no particular order. A performance that
/// is written during the scan may or may not be among them.
///
/// The stream ends with the first error. It is incomplete then.
pub fn performances(
    client: &Client,
    table: &str,
) -> impl Stream<Item = Result<Performance, QueryError>> + use<> {
    let segments = (0..SEGMENTS).map(|segment| {
        let scan = client.scan().table_name(table).segment(segment).total_segments(SEGMENTS);
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
