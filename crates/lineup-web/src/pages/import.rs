//! One import: the way that its execution took, its chunks, its message, and what can be done.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use lineup_contracts::Summary;
use maud::{Markup, html};
use uuid::Uuid;

use super::action::{PageAction, action};
use super::chunk_map::chunk_map;
use super::executions::{self, badge};
use super::lineups::{differences, warning};
use super::pace_picture::pace_picture;
use super::states::states;
use crate::data::{ChunkStates, ShownImport};
use crate::form::FormFields;
use crate::frame::Frame;
use crate::machine::{Flow, picture};
use crate::pace::Pace;
use crate::respond::{NoPage, html as page_of, see_other};
use crate::shown_state::ShownState;
use crate::state::WebState;
use crate::visits::{StateVisit, visits};
use crate::words::{bytes, moment, rows, time_between};

/// `/imports/…`, in the execution of the query.
pub(crate) async fn page(
    State(state): State<Arc<WebState>>,
    Path(id): Path<Uuid>,
    uri: Uri,
) -> Result<Response, NoPage> {
    let fields = FormFields::of(&uri);
    let import = state.imports.import(id, fields.get("execution")).await?;
    let frame = Frame::new(&import.execution.file).part_of("Imports", "/imports");
    Ok(page_of(frame.page(content(&state, id, &import).await?)))
}

/// `/imports/…/progress`: the content alone, while the execution goes on and when it has ended.
pub(crate) async fn progress(
    State(state): State<Arc<WebState>>,
    Path(id): Path<Uuid>,
    uri: Uri,
) -> Result<Response, NoPage> {
    let fields = FormFields::of(&uri);
    let import = state.imports.import(id, fields.get("execution")).await?;
    Ok(page_of(content(&state, id, &import).await?.into_string()))
}

async fn content(state: &WebState, id: Uuid, import: &ShownImport) -> Result<Markup, NoPage> {
    let chunks = state.imports.chunks(id, &import.execution).await?;
    let is_running = import.execution.state == ShownState::Running;
    let visits = visits(&import.events, is_running);
    let progress = executions::address(id, &import.execution.name).replace('?', "/progress?");
    Ok(html! {
        div id="import" data-live=[is_running.then_some(progress)] data-seconds=(state.imports.poll_seconds()) {
            (facts(import))
            (actions(state, id, import, &chunks))
            @if let Some(summary) = &import.summary { (understood(id, summary)) (changed(import)) }
            section.way {
                div.wide tabindex="0" role="region" aria-label="Picture of the state machine" {
                    (picture(&Flow::read(&import.definition, &taken(&visits)), &visits))
                }
                (states(&visits))
            }
            h2 { "Chunks" }
            (chunk_map(id, &chunks, &import.execution))
            @if let Some(pace) = Pace::of(&chunks.times, chunks.loaded.len(), import.execution.started, import.execution.ended) {
                h2 { "How it went" }
                (pace_picture(&pace, chunks.total))
            }
            @if let Some(message) = &import.message {
                h2 { "The message that was sent" }
                pre.message { (message) }
            }
        }
    })
}

fn taken(visits: &[StateVisit]) -> BTreeSet<(&str, &str)> {
    visits.windows(2).map(|pair| (pair[0].state.as_str(), pair[1].state.as_str())).collect()
}

fn facts(import: &ShownImport) -> Markup {
    let execution = &import.execution;
    html! {
        p.lead {
            (badge(execution.state)) " "
            @if execution.is_rerun { "a re-run, " }
            "started " time datetime=(execution.started) { (moment(execution.started)) }
            @if let Some(ended) = execution.ended { ", took " (time_between(execution.started, ended)) }
        }
        @if let Some((error, cause)) = &execution.error { p.error { b { (error) } " " (cause) } }
        dl.facts {
            div { dt { "Object" } dd { (import.object) } }
            div { dt { "Size" } dd { (bytes(import.size)) } }
            div { dt { "Execution" } dd { (execution.name) } }
            @if let Some(summary) = &import.summary {
                div { dt { "Rows" } dd { (rows(&summary.rows)) @if summary.dry_run { " (a dry run: nothing is written)" } } }
                div { dt { "Write units" } dd { (format!("{:.0}", summary.write_units)) } }
                div { dt { "Throttled" } dd { (summary.throttles) } }
                div { dt { "Rows a second" } dd { (rate(summary, import)) } }
            }
        }
    }
}

fn rate(summary: &Summary, import: &ShownImport) -> String {
    let Some(ended) = import.execution.ended.filter(|_| !import.execution.is_rerun) else {
        return "–".to_owned();
    };
    let seconds = ended.duration_since(import.execution.started).as_secs_f64().max(0.001);
    crate::words::number((summary.rows.read as f64 / seconds) as u64)
}

/// What can be done, each with the command that does the same.
fn actions(state: &WebState, id: Uuid, import: &ShownImport, chunks: &ChunkStates) -> Markup {
    let is_running = import.execution.state == ShownState::Running;
    let is_missing = chunks.loaded.len() < chunks.total as usize;
    html! {
        @if import.is_redrivable && !is_running {
            (action(state, &PageAction { address: &format!("/imports/{id}/redrive"), name: "Redrive", command: state.command(&format!("redrive {id}")), fields: &[] }))
        }
        @if is_missing && !is_running && import.summary.as_ref().is_none_or(|summary| !summary.dry_run) {
            (action(state, &PageAction { address: &format!("/imports/{id}/rerun"), name: "Load what is missing in a new execution", command: state.command(&format!("rerun {id}")), fields: &[] }))
        }
    }
}

/// What the import says of its file.
fn understood(id: Uuid, summary: &Summary) -> Markup {
    html! {
        @if summary.rows.rejected > 0 {
            p.more { a href=(format!("/imports/{id}/rejects")) { (crate::words::counted(summary.rows.rejected, "rejected row")) } }
        }
        @if !summary.notes.is_empty() {
            details.notes id="understood" {
                summary { "What was understood" }
                ul { @for note in &summary.notes { li { (note) } } }
            }
        }
        @for found in &summary.warnings { (warning(&found.text, &found.first)) }
    }
}

/// What the version changed.
fn changed(import: &ShownImport) -> Markup {
    html! { @if let Some(changes) = &import.changes { (differences(changes)) } }
}

/// Redrives the import, and goes to its execution.
pub(crate) async fn redrive(
    State(state): State<Arc<WebState>>,
    Path(id): Path<Uuid>,
    form: Bytes,
) -> Result<Response, NoPage> {
    state.must_change()?;
    state.sent(&form)?;
    let execution = state.imports.redrive(id).await?;
    Ok(see_other(&executions::address(id, &execution)))
}

/// Starts an execution for a chunk, or for what is missing, and goes to it.
pub(crate) async fn rerun(
    State(state): State<Arc<WebState>>,
    Path(id): Path<Uuid>,
    form: Bytes,
) -> Result<Response, NoPage> {
    state.must_change()?;
    let fields = state.sent(&form)?;
    let chunk = fields.get("chunk").map(str::parse).transpose();
    let chunk = chunk.map_err(|_| NoPage::meaningless("a chunk has a number, from 1"))?;
    let execution = state.imports.rerun(id, chunk).await?;
    Ok(see_other(&executions::address(id, &execution)))
}
