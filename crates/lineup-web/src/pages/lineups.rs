//! The lineups, the versions of one, and what an organiser should look at.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use maud::{Markup, html};
use uuid::Uuid;

use super::action::{PageAction, action};
use super::address;
use super::executions::{self, badge};
use crate::choices::word;
use crate::form::FormFields;
use crate::frame::Frame;
use crate::respond::{NoPage, html as page_of, see_other};
use crate::state::WebState;
use crate::versions::{ListedLineup, ShownVersion, VersionDifferences};
use crate::words::{counted, moment, number};

/// The most lineups that are listed.
const MOST: usize = 500;

/// `/lineups`.
pub(crate) async fn page(State(state): State<Arc<WebState>>) -> Result<Response, NoPage> {
    let lineups = state.imports.lineups(MOST).await?;
    let content = html! {
        p.lead { "What is imported under one name is a lineup. A file of the same name is its next version, and takes the place of the one before." }
        @if lineups.is_empty() { p.none { "There are none yet." } } @else { (table(&lineups)) }
        @if lineups.len() == MOST { p.none { "These are the first " (MOST) "." } }
    };
    Ok(page_of(Frame::new("Lineups").at("/lineups").page(content)))
}

fn table(lineups: &[ListedLineup]) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="Lineups" {
            table {
                thead {
                    tr {
                        th scope="col" { "Name" } th scope="col" { "Current version" } th.number scope="col" { "Rows" }
                        th.number scope="col" { "Rejected" } th.number scope="col" { "Warnings" } th scope="col" { "What it changed" }
                    }
                }
                tbody { @for lineup in lineups { (row(lineup)) } }
            }
        }
    }
}

fn row(lineup: &ListedLineup) -> Markup {
    html! {
        tr {
            td.name { a href=(address::lineup(&lineup.name)) { (lineup.name) } }
            td {
                @match (lineup.current, lineup.imported) {
                    (Some(id), Some(at)) => a href=(format!("/imports/{id}")) { time datetime=(at) { (moment(at)) } },
                    (Some(id), None) => a href=(format!("/imports/{id}")) { "current" },
                    (None, _) => "none yet",
                }
                @if let Some(id) = lineup.writing { " " a.badge.running href=(format!("/imports/{id}")) { "WRITING" } }
            }
            td.number { (lineup.rows.map(number).unwrap_or_default()) }
            td.number { (number(lineup.rejected)) }
            td.number { (lineup.warnings.len()) }
            td { @if let Some(changes) = &lineup.changes { (changes.counts) } }
        }
    }
}

/// `/lineup?name=…`: its versions.
pub(crate) async fn versions(State(state): State<Arc<WebState>>, uri: Uri) -> Result<Response, NoPage> {
    let fields = FormFields::of(&uri);
    let Some(name) = fields.get("name") else { return Err(NoPage::meaningless("a lineup has a name")) };
    let versions = state.imports.versions(name).await?;
    let content = html! {
        p.lead { (counted(versions.len() as u64, "version")) ", the newest first" }
        ol.versions { @for version in &versions { (one(&state, name, version)) } }
    };
    Ok(page_of(Frame::new(name).part_of("Lineups", "/lineups").page(content)))
}

fn one(state: &WebState, name: &str, version: &ShownVersion) -> Markup {
    let id = version.import_id;
    let command = state.command(&format!("restore {} --version {id}", word(name)));
    let fields = [("name", name.to_owned()), ("version", id.to_string())];
    html! {
        li {
            p {
                a href=(format!("/imports/{id}")) { time datetime=(version.imported) { (moment(version.imported)) } } " "
                (badge(version.state)) " "
                @if version.is_current { span.badge.good { "CURRENT" } " " }
                span.quiet { (counted(version.rows, "row")) }
            }
            @if let Some(changes) = &version.changes { (differences(changes)) }
            @if version.is_restorable {
                (action(state, &PageAction { address: "/lineup/restore", name: "Bring this version back", command, fields: &fields }))
            } @else if !version.is_current {
                p.none { "Its file is gone: import it again to bring it back." }
            }
        }
    }
}

/// How a version differs from the one before.
pub(super) fn differences(changes: &VersionDifferences) -> Markup {
    html! {
        p.changes { "Compared with the version before: " (changes.counts) }
        @if !changes.gone.is_empty() {
            p.none {
                "Not there any more: " (changes.gone.join(", "))
                @let more = changes.gone_count.saturating_sub(changes.gone.len() as u64);
                @if more > 0 { " and " (number(more)) " more" }
            }
        }
        @if let Some(kept) = &changes.kept { p.warning { "Nothing was removed: " (kept) } }
    }
}

/// `/lineup/restore`: imports a version once more, and goes to its import.
pub(crate) async fn restore(State(state): State<Arc<WebState>>, form: Bytes) -> Result<Response, NoPage> {
    state.must_change()?;
    let fields = state.sent(&form)?;
    let version: Option<Uuid> = fields.get("version").and_then(|id| id.parse().ok());
    let (Some(name), Some(version)) = (fields.get("name"), version) else {
        return Err(NoPage::meaningless("a version has the id of an import"));
    };
    let started = state.imports.restore(name, version).await?;
    state.forget().await;
    Ok(see_other(&executions::address(started.import_id, &started.execution)))
}

/// What the current versions say to the organiser: rows that look wrong, rejects, and what the last version changed.
pub(super) fn notices(lineups: &[ListedLineup]) -> Markup {
    let told: Vec<&ListedLineup> = lineups.iter().filter(|lineup| lineup.tells()).collect();
    html! {
        @if !told.is_empty() {
            section.organiser id="organiser" {
                h2 { "For the organiser" }
                @for lineup in told { (notice(lineup)) }
            }
        }
    }
}

fn notice(lineup: &ListedLineup) -> Markup {
    html! {
        article {
            h3 { a href=(address::lineup(&lineup.name)) { (lineup.name) } }
            @if let Some(changes) = &lineup.changes { (differences(changes)) }
            @if let Some(id) = lineup.current.filter(|_| lineup.rejected > 0) {
                p.warning { a href=(format!("/imports/{id}/rejects")) { (counted(lineup.rejected, "row")) } " could not be read" }
            }
            @for (text, rows) in &lineup.warnings { (warning(text, rows)) }
        }
    }
}

/// A warning with the first rows that it is about.
pub(super) fn warning(text: &str, rows: &[String]) -> Markup {
    html! {
        p.warning { (text) }
        @if !rows.is_empty() { ul.notes { @for row in rows { li { (row) } } } }
    }
}

/// A line beside the days, if there is something to look at.
pub(super) fn notice_link(lineups: &[ListedLineup]) -> Markup {
    let count: usize =
        lineups.iter().map(|lineup| lineup.warnings.len() + usize::from(lineup.rejected > 0)).sum();
    html! {
        @if count > 0 { a.organiser href="/#organiser" { (counted(count as u64, "warning")) " for the organiser" } }
    }
}

impl ListedLineup {
    fn tells(&self) -> bool {
        !self.warnings.is_empty() || self.rejected > 0 || self.changes.is_some()
    }
}
