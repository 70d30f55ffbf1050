//! One set: all its columns, the import and the line that it came from, and what else its performer plays.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use lineup::clock_time::ClockTime;
use lineup::date;
use lineup::row::Performance;
use lineup_timetable::festival_days;
use lineup_timetable::listing::long_date;
use maud::{Markup, html};

use super::address;
use super::performer::columns;
use crate::form::FormFields;
use crate::frame::Frame;
use crate::respond::{NoPage, html as page_of};
use crate::state::WebState;
use crate::versions::SetOrigin;

/// `/set?name=…&stage=…&date=…&start=…`.
pub(crate) async fn page(State(state): State<Arc<WebState>>, uri: Uri) -> Result<Response, NoPage> {
    let fields = FormFields::of(&uri);
    let text = |name: &str| fields.get(name).unwrap_or_default();
    let (date, start) = (date::parse(text("date")), text("start").parse::<ClockTime>());
    let (Ok(date), Ok(start)) = (date, start) else {
        return Err(NoPage::meaningless("a set has a performer, a stage, a date and a start"));
    };
    let sets = state.lineup.performer(text("name")).await?;
    let is_it = |set: &&Performance| set.date == date && set.start == start && set.stage == text("stage");
    let Some(set) = sets.iter().find(is_it) else {
        return Err(NoPage::not_found(
            "There is no such set any more. Search finds where its performer plays now.",
        ));
    };
    let origin = state.imports.origin(set).await?;
    let starts = state.day_starts().await?;
    let content = html! {
        p.lead { (long_date(set.date)) ", " (set.start) "–" (set.end) ", " (set.stage) }
        (columns(set))
        h2 { "Where it came from" }
        (came_from(origin.as_ref()))
        (others(&state, set, &sets, starts))
    };
    let above = address::performer(&set.performer);
    Ok(page_of(Frame::new(&set.performer).part_of("All sets of this performer", &above).page(content)))
}

fn came_from(origin: Option<&SetOrigin>) -> Markup {
    html! {
        @match origin {
            Some(SetOrigin { lineup, import_id, place }) => dl.facts {
                div { dt { "Lineup" } dd { a href=(address::lineup(lineup)) { (lineup) } } }
                div { dt { "Import" } dd { a href=(format!("/imports/{import_id}")) { (import_id) } } }
                div { dt { "Row" } dd { (place.as_deref().unwrap_or("not known: the import left no list of its rows")) } }
            },
            None => p.none { "Nothing says it any more." },
        }
    }
}

fn others(state: &WebState, set: &Performance, sets: &[Performance], starts: ClockTime) -> Markup {
    let others = sets.iter().filter(|other| *other != set);
    let days = festival_days(state.lineup.lineup(), others, starts);
    html! {
        @if !days.is_empty() {
            h2 { "Also by this performer" }
            ol.results {
                @for of_day in &days {
                    @for other in &of_day.sets {
                        li {
                            span.when { (other.performance.start) "–" (other.performance.end) }
                            a href=(address::set(other.performance)) { b { (long_date(of_day.date)) } }
                            span.where { (other.performance.stage) }
                        }
                    }
                }
            }
        }
    }
}
