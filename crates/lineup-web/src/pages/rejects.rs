//! The rejected rows of an import.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use uuid::Uuid;

use crate::data::{RejectLine, RejectsForm};
use crate::frame::Frame;
use crate::respond::{NoPage, download, html as page_of};
use crate::state::WebState;

/// The most rows that the page shows; the files have all of them.
const MOST: usize = 1_000;

/// `/imports/…/rejects`.
pub(crate) async fn page(
    State(state): State<Arc<WebState>>,
    Path(id): Path<Uuid>,
) -> Result<Response, NoPage> {
    let rejects = state.imports.rejects(id, MOST).await?;
    let content = html! {
        @if rejects.is_empty() {
            p.lead { "No row was rejected." }
        } @else {
            p.actions {
                a.button href=(format!("/imports/{id}/fix.csv")) { "Download the rows to correct" }
                a.button href=(format!("/imports/{id}/rejects.csv")) { "Download this list" }
            }
            p.none {
                "The first file has the rows alone, under the header of their file: correct it and import it. "
                "On the command line: " code { "lineup rejects " (id) " --fix > fix.csv" }
            }
            @if rejects.len() == MOST { p.none { "These are the first " (MOST) "; the files have all." } }
            (table(&rejects))
        }
    };
    Ok(page_of(Frame::new("Rejected rows").part_of("Import", &format!("/imports/{id}")).page(content)))
}

fn table(rejects: &[RejectLine]) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="Rejected rows" {
            table {
                thead {
                    tr {
                        th scope="col" { "Where" } th scope="col" { "Column" } th scope="col" { "Value" }
                        th scope="col" { "Why" } th scope="col" { "Row" }
                    }
                }
                tbody {
                    @for reject in rejects {
                        tr {
                            td { (reject.place) }
                            td { (reject.column.as_deref().unwrap_or_default()) }
                            td.name { (reject.value) }
                            td { (reject.reason) }
                            td { code { (reject.row) } }
                        }
                    }
                }
            }
        }
    }
}

/// `/imports/…/rejects.csv`.
pub(crate) async fn report(
    State(state): State<Arc<WebState>>,
    Path(id): Path<Uuid>,
) -> Result<Response, NoPage> {
    Ok(download("rejects.csv", state.imports.rejects_file(id, RejectsForm::Report).await?))
}

/// `/imports/…/fix.csv`.
pub(crate) async fn fix(
    State(state): State<Arc<WebState>>,
    Path(id): Path<Uuid>,
) -> Result<Response, NoPage> {
    Ok(download("fix.csv", state.imports.rejects_file(id, RejectsForm::Fix).await?))
}
