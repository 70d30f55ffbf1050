//! A file that is dropped on a page: checked, with the options that it needs, then imported.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::multipart::Field;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use tokio::io::AsyncWriteExt;

use super::executions;
use super::file_form::{form, hidden, option_fields, token};
use super::lineups::warning;
use crate::choices::{ImportChoices, word};
use crate::data::{CheckedLineup, DataError};
use crate::drafts::Draft;
use crate::form::{FORM_TOKEN, FormFields};
use crate::frame::Frame;
use crate::respond::{NoPage, html as page_of, see_other};
use crate::state::WebState;
use crate::versions::ProposedChanges;
use crate::words::number;

const GONE: &str =
    "The file is not here any more. Choose it again: several were checked since, or it was imported already.";

/// `/file`.
pub(crate) async fn page(State(state): State<Arc<WebState>>) -> Response {
    let content = html! {
        (form(&state.access))
        @if !state.options.may_change { p.none { "These pages only read: a file can be checked here, and compared with its lineup. The command that imports it stands beside what was found." } }
    };
    page_of(Frame::new("Import a file").at("/file").page(content))
}

/// Takes a file and says what an import would read of it.
pub(crate) async fn check(State(state): State<Arc<WebState>>, parts: Multipart) -> Result<Response, NoPage> {
    let draft = received(&state, parts).await?;
    checked(&state, &draft, &ImportChoices::default()).await
}

/// Says it again of a file that is here already, with options.
pub(crate) async fn check_again(State(state): State<Arc<WebState>>, form: Bytes) -> Result<Response, NoPage> {
    let fields = state.sent(&form)?;
    let draft = draft(&state, &fields)?;
    checked(&state, &draft, &ImportChoices::of(&fields)).await
}

fn draft(state: &WebState, fields: &FormFields) -> Result<Draft, NoPage> {
    let draft = fields.get("draft").and_then(|id| state.drafts.get(id.parse().ok()?));
    draft.ok_or_else(|| NoPage::not_found(GONE))
}

/// The page of a file that was checked. One that is refused may do with other options, so it stays.
async fn checked(state: &WebState, draft: &Draft, choices: &ImportChoices) -> Result<Response, NoPage> {
    match state.imports.check(&draft.path, choices).await {
        Ok(checked) => Ok(page_of(checked_page(state, draft, choices, &checked))),
        Err(DataError::Refused(text)) => {
            let heading = format!("{} cannot be imported", draft.name);
            let content = html! {
                p.error role="alert" { (text) }
                p.lead { "Say how it is to be read and check it again, or choose another file." }
                (options(state, draft, choices, true))
                (form(&state.access))
            };
            let mut response = page_of(Frame::new(&heading).at("/file").page(content));
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes the file of a form to a disk. The token comes before it.
async fn received(state: &WebState, mut parts: Multipart) -> Result<Draft, NoPage> {
    let unreadable = |error: axum::extract::multipart::MultipartError| NoPage::meaningless(error.body_text());
    let token = parts.next_field().await.map_err(unreadable)?;
    let token = match token.filter(|field| field.name() == Some(FORM_TOKEN)) {
        Some(field) => field.text().await.map_err(unreadable)?,
        None => String::new(),
    };
    if !state.access.is_form_token(&token) {
        return Err(NoPage::forbidden());
    }
    let file = parts.next_field().await.map_err(unreadable)?;
    let file = file.filter(|field| {
        field.name() == Some("file") && field.file_name().is_some_and(|name| !name.is_empty())
    });
    let Some(file) = file else { return Err(NoPage::meaningless("choose a file first")) };
    write(state, file).await
}

async fn write(state: &WebState, mut field: Field<'_>) -> Result<Draft, NoPage> {
    let (draft, mut file) = state.drafts.create(field.file_name().unwrap_or_default()).await?;
    while let Some(bytes) = field.chunk().await.map_err(|error| NoPage::meaningless(error.body_text()))? {
        file.write_all(&bytes).await?;
    }
    file.flush().await?;
    Ok(draft)
}

fn checked_page(state: &WebState, draft: &Draft, choices: &ImportChoices, checked: &CheckedLineup) -> String {
    let heading = format!("{} can be imported", draft.name);
    let content = html! {
        (import_form(state, draft, choices))
        dl.facts { @for (name, value) in &checked.facts { div { dt { (name) } dd { (value) } } } }
        (options(state, draft, choices, false))
        (proposed(&checked.changes))
        @if !checked.warnings.is_empty() {
            h2 { "What looks wrong" }
            @for (text, rows) in &checked.warnings { (warning(text, rows)) }
        }
        @if checked.rejected > 0 {
            h2 { (number(checked.rejected)) @if checked.rejected == 1 { " row" } @else { " rows" } " would be rejected" }
            ul.notes { @for reject in &checked.rejects { li { (reject) } } }
        }
        @if !checked.notes.is_empty() {
            h2 { "What was understood" }
            ul.notes { @for note in &checked.notes { li { (note) } } }
        }
    };
    Frame::new(&heading).at("/file").page(content)
}

/// The button that imports the file as it was checked, and the command.
fn import_form(state: &WebState, draft: &Draft, choices: &ImportChoices) -> Markup {
    let command = state.command(&format!("import {}{}", word(&draft.name), choices.arguments()));
    html! {
        form.action.actions method="post" action="/import" {
            (token(&state.access))
            input type="hidden" name="draft" value=(draft.id);
            (hidden(choices))
            @if state.options.may_change { button.main { "Import it" } a.button href="/file" { "Not now" } span { "or " code { (command) } } }
            @else { span { "Import it: " code { (command) } } }
        }
    }
}

/// What can be said of the file. It is checked again with it.
fn options(state: &WebState, draft: &Draft, choices: &ImportChoices, is_needed: bool) -> Markup {
    let said = choices.fields().len();
    html! {
        details.options id="options" open[is_needed || said > 0] {
            summary { "Options" @if said > 0 { " (" (said) " said)" } }
            form method="post" action="/check/again" {
                (token(&state.access))
                input type="hidden" name="draft" value=(draft.id);
                (option_fields(choices, &draft.name))
                button { "Check it again" }
            }
        }
    }
}

/// What an import would change of its lineup.
fn proposed(changes: &ProposedChanges) -> Markup {
    html! {
        h2 { "What would change" }
        @match changes.before {
            Some(id) if !changes.counts.is_empty() => p.changes {
                "Compared with the " a href=(format!("/imports/{id}")) { "current version" } " of " (changes.lineup) ": " (changes.counts)
            },
            Some(id) => p.none { a href=(format!("/imports/{id}")) { "A version" } " of " (changes.lineup) " is there already." },
            None => p.none { (changes.lineup) " is a new lineup: nothing is replaced." },
        }
        @if let Some(note) = &changes.note { p.warning { (note) } }
        @if !changes.sets.is_empty() { (differing(changes)) }
    }
}

fn differing(changes: &ProposedChanges) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="Sets that would change" {
            table {
                thead { tr { th scope="col" { "Change" } th scope="col" { "Performer" } th scope="col" { "Set" } } }
                tbody {
                    @for set in &changes.sets {
                        tr {
                            td { span class=(format!("badge {}", set.change.class())) { (set.change.as_str()) } }
                            td.name { (set.performer) }
                            td { (set.place) @if let Some(to) = &set.to { " → " (to) } }
                        }
                    }
                }
            }
        }
        @if changes.more > 0 { p.none { "and " (number(changes.more as u64)) " more" } }
    }
}

/// Imports a file that was checked, and goes to its import.
pub(crate) async fn import(State(state): State<Arc<WebState>>, form: Bytes) -> Result<Response, NoPage> {
    state.must_change()?;
    let fields = state.sent(&form)?;
    let draft = draft(&state, &fields)?;
    let started = state.imports.start(&draft.path, &ImportChoices::of(&fields)).await?;
    state.drafts.remove(draft.id).await;
    state.forget().await;
    Ok(see_other(&executions::address(started.import_id, &started.execution)))
}
