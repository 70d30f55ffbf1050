//! One chunk of an import: what it has, what happened to it, and what the function wrote about it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use maud::{Markup, html};
use uuid::Uuid;

use super::action::{PageAction, action};
use super::executions::{self, chunk_address};
use super::states::states;
use crate::data::{ChunkFacts, FunctionOutput};
use crate::form::FormFields;
use crate::frame::Frame;
use crate::respond::{NoPage, html as page_of, see_other};
use crate::state::WebState;
use crate::visits::visits;

/// `/imports/…/chunk?chunk=17`, from the form of the map.
pub(crate) async fn chosen(Path(id): Path<Uuid>, uri: Uri) -> Result<Response, NoPage> {
    let fields = FormFields::of(&uri);
    let chunk: Option<u32> = fields.get("chunk").and_then(|chunk| chunk.parse().ok());
    match chunk {
        Some(chunk) => Ok(see_other(&chunk_address(id, chunk, fields.get("execution")))),
        None => Err(NoPage::meaningless("a chunk has a number, from 1")),
    }
}

/// `/imports/…/chunks/17`, in the execution of the query.
pub(crate) async fn page(
    State(state): State<Arc<WebState>>,
    Path((id, number)): Path<(Uuid, u32)>,
    uri: Uri,
) -> Result<Response, NoPage> {
    let fields = FormFields::of(&uri);
    let execution = fields.get("execution");
    let chunk = state.imports.chunk(id, number, execution).await?;
    let heading = format!("Chunk {number}, {}", chunk.state.to_lowercase());
    let fields = [("chunk", number.to_string())];
    let command = state.command(&format!("rerun {id} --chunk {number}"));
    let rerun = format!("/imports/{id}/rerun");
    let content = html! {
        @if let Some(error) = &chunk.error { p.error { (error) } }
        dl.facts { @for (name, value) in &chunk.facts { div { dt { (name) } dd { (value) } } } }
        @if !chunk.is_loading {
            (action(&state, &PageAction { address: &rerun, name: "Load this chunk again", command, fields: &fields }))
        }
        h2 { "Its execution" }
        (history(&chunk))
        h2 { "What the function wrote" }
        (output(&chunk.output))
    };
    let import = match execution {
        Some(name) => executions::address(id, name),
        None => format!("/imports/{id}"),
    };
    Ok(page_of(Frame::new(&heading).part_of("Import", &import).page(content)))
}

fn history(chunk: &ChunkFacts) -> Markup {
    html! {
        @if chunk.log.is_empty() {
            p.none { "There is none before it has begun, nor after 90 days." }
        } @else {
            p.none {
                "The states of the execution of this chunk, with what each was given and answered."
                @if chunk.is_loading { " It goes on: look again for more." }
            }
            (states(&visits(&chunk.log, chunk.is_loading)))
        }
    }
}

fn output(output: &FunctionOutput) -> Markup {
    html! {
        @match output {
            FunctionOutput::Lines(lines) if lines.is_empty() => {
                p.none { "Nothing about this chunk: it writes errors, and a line of figures when the chunk is loaded." }
            }
            FunctionOutput::Lines(lines) => pre.message { (lines.join("\n")) },
            FunctionOutput::Elsewhere(command) => {
                p.none { "CloudWatch has it. This command prints what is about this chunk:" }
                pre.message { (command) }
            }
        }
    }
}
