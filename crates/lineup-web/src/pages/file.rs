//! A file that is dropped on a page: checked, then imported.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::multipart::Field;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use tokio::io::AsyncWriteExt;

use super::executions;
use super::file_form::{form, token};
use crate::access::Access;
use crate::data::{CheckedLineup, DataError};
use crate::drafts::Draft;
use crate::frame::Frame;
use crate::respond::{NoPage, html as page_of, see_other};
use crate::state::{FORM_TOKEN, FormFields, WebState};
use crate::words::number;

/// `/file`.
pub(crate) async fn page(State(state): State<Arc<WebState>>) -> Response {
    page_of(Frame::new("Import a file").at("/file").page(form(&state.access)))
}

/// Takes a file and says what an import would read of it.
pub(crate) async fn check(State(state): State<Arc<WebState>>, parts: Multipart) -> Result<Response, NoPage> {
    let draft = received(&state, parts).await?;
    match state.imports.check(&draft.path).await {
        Ok(checked) => Ok(page_of(checked_page(&state.access, &draft, &checked))),
        Err(DataError::Refused(text)) => {
            state.drafts.remove(draft.id).await;
            let heading = format!("{} cannot be imported", draft.name);
            let content = html! { p.error role="alert" { (text) } (form(&state.access)) };
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

fn checked_page(access: &Access, draft: &Draft, checked: &CheckedLineup) -> String {
    let heading = format!("{} can be imported", draft.name);
    let content = html! {
        form.actions method="post" action="/import" {
            (token(access))
            input type="hidden" name="draft" value=(draft.id);
            button.main { "Import it" }
            a.button href="/file" { "Not now" }
        }
        dl.facts { @for (name, value) in &checked.facts { div { dt { (name) } dd { (value) } } } }
        @if !checked.notes.is_empty() {
            h2 { "What was understood" }
            ul.notes { @for note in &checked.notes { li { (note) } } }
        }
        @if !checked.warnings.is_empty() {
            h2 { "What looks wrong" }
            @for (text, rows) in &checked.warnings { p.warning { (text) } ul.notes { @for row in rows { li { (row) } } } }
        }
        @if checked.rejected > 0 {
            h2 { (number(checked.rejected)) " rows would be rejected" }
            ul.notes { @for reject in &checked.rejects { li { (reject) } } }
        }
    };
    Frame::new(&heading).at("/file").page(content)
}

/// Imports a file that was checked, and goes to its import.
pub(crate) async fn import(State(state): State<Arc<WebState>>, form: Bytes) -> Result<Response, NoPage> {
    let fields = FormFields::sent(&form, &state.access)?;
    let draft = fields.get("draft").and_then(|id| state.drafts.get(id.parse().ok()?));
    let Some(draft) = draft else {
        return Err(NoPage::not_found(
            "The file is not here any more. Choose it again: several were checked since, or it was imported already.",
        ));
    };
    let started = state.imports.start(&draft.path).await?;
    state.drafts.remove(draft.id).await;
    state.kept.forget().await;
    Ok(see_other(&executions::address(started.import_id, &started.execution)))
}
