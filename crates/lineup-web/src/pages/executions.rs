//! The list of executions.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use maud::{Markup, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::file_form;
use crate::data::{ExecutionList, ListedExecution};
use crate::form::FormFields;
use crate::frame::Frame;
use crate::respond::{NoPage, html as page_of};
use crate::shown_state::ShownState;
use crate::state::WebState;
use crate::words::{moment, number, time_between};

/// `/imports`: a page of executions, newest first.
pub(crate) async fn page(State(state): State<Arc<WebState>>, uri: Uri) -> Result<Response, NoPage> {
    let fields = FormFields::of(&uri);
    let after = fields.get("after");
    let list = state.imports.executions(after).await?;
    let seconds = state.imports.poll_seconds() * 3;
    let content = html! {
        @if after.is_none() && state.options.may_change { (file_form::form(&state.access)) }
        // Later pages do not change.
        div id="executions" data-live=[after.is_none().then_some("/imports/list")] data-seconds=(seconds) { (listed(&list)) }
    };
    Ok(page_of(Frame::new("Imports").at("/imports").page(content)))
}

/// `/imports/list`: the first page's list alone.
pub(crate) async fn list(State(state): State<Arc<WebState>>) -> Result<Response, NoPage> {
    let list = state.imports.executions(None).await?;
    let seconds = state.imports.poll_seconds() * 3;
    let list =
        html! { div id="executions" data-live="/imports/list" data-seconds=(seconds) { (listed(&list)) } };
    Ok(page_of(list.into_string()))
}

fn listed(list: &ExecutionList) -> Markup {
    if list.executions.is_empty() {
        return html! { p.none { "There are no imports here." } };
    }
    html! {
        div.wide tabindex="0" role="region" aria-label="Imports" {
            table {
                thead {
                    tr {
                        th scope="col" { "Started" } th scope="col" { "File" } th scope="col" { "State" }
                        th.number scope="col" { "Rows" } th.number scope="col" { "Rejected" } th.number scope="col" { "Took" }
                    }
                }
                tbody { @for execution in &list.executions { (row(execution)) } }
            }
        }
        @if let Some(next) = &list.next {
            p.more { a href=(format!("/imports?after={}", utf8_percent_encode(next, NON_ALPHANUMERIC))) { "Older imports" } }
        }
    }
}

fn row(execution: &ListedExecution) -> Markup {
    let rows = |count: fn(&lineup_contracts::RowCounts) -> u64| {
        execution.rows.as_ref().map(|rows| number(count(rows)))
    };
    html! {
        tr {
            td { time datetime=(execution.started) { (moment(execution.started)) } }
            td.name {
                @match execution.import_id {
                    Some(id) => a href=(address(id, &execution.name)) { (execution.file) },
                    None => (execution.file),
                }
                @if execution.is_rerun { span.quiet { " again" } }
            }
            td { (badge(execution.state)) @if let Some((error, _)) = &execution.error { " " span.quiet { (error) } } }
            td.number { (rows(|rows| rows.read).unwrap_or_default()) }
            td.number { (rows(|rows| rows.rejected).unwrap_or_default()) }
            td.number { @if let Some(ended) = execution.ended { (time_between(execution.started, ended)) } }
        }
    }
}

/// The address of an import's page, in one of its executions.
pub(crate) fn address(import_id: uuid::Uuid, execution: &str) -> String {
    format!("/imports/{import_id}?execution={}", utf8_percent_encode(execution, NON_ALPHANUMERIC))
}

/// The address of a chunk, in an execution of its import; in the first one without a name.
pub(super) fn chunk_address(import_id: uuid::Uuid, chunk: u32, execution: Option<&str>) -> String {
    let name = execution.map(|name| utf8_percent_encode(name, NON_ALPHANUMERIC));
    match name {
        Some(name) => format!("/imports/{import_id}/chunks/{chunk}?execution={name}"),
        None => format!("/imports/{import_id}/chunks/{chunk}"),
    }
}

/// A state as a coloured word.
pub(crate) fn badge(state: ShownState) -> Markup {
    html! { span class=(format!("badge {}", state.class())) { (state.as_str()) } }
}
