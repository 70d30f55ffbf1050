//! Search over all days.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use lineup::clock_time::ClockTime;
use lineup::row::Performance;
use lineup_timetable::FestivalSet;
use lineup_timetable::{FestivalDay, festival_days};
use maud::{Markup, html};

use super::address;
use crate::form::FormFields;
use crate::frame::Frame;
use crate::respond::{NoPage, html as page_of};
use crate::state::WebState;
use crate::words::number;

/// The most sets that are shown.
const MOST: usize = 200;

/// `/search?q=…`.
pub(crate) async fn page(State(state): State<Arc<WebState>>, uri: Uri) -> Result<Response, NoPage> {
    let fields = FormFields::of(&uri);
    let text = fields.get("q").unwrap_or_default();
    let results = found(&state, text).await?;
    let content = html! {
        form.search role="search" action="/search" {
            label for="q" { "Performer or stage" }
            input id="q" type="search" name="q" value=(text) autocomplete="off" autofocus data-results="/search/results?q=";
            button { "Search" }
        }
        div id="results" aria-live="polite" { (results) }
    };
    Ok(page_of(Frame::new("Search").at("/search").page(content)))
}

/// `/search/results?q=…`: the results alone, as one types.
pub(crate) async fn results(State(state): State<Arc<WebState>>, uri: Uri) -> Result<Response, NoPage> {
    let fields = FormFields::of(&uri);
    Ok(page_of(found(&state, fields.get("q").unwrap_or_default()).await?.into_string()))
}

async fn found(state: &WebState, text: &str) -> Result<Markup, NoPage> {
    if text.trim().is_empty() {
        return Ok(
            html! { p.none { "Case and accents do not matter. Every word must be in the name of the performer or of the stage." } },
        );
    }
    let starts = state.day_starts().await?;
    let whole = state.kept.get(&*state.lineup).await?;
    if whole.sets().is_none() {
        let sets = state.lineup.performer(text).await?;
        let sets: Vec<&Performance> = sets.iter().collect();
        let note = "This lineup is too large to be searched: performers are found by their exact names. The sheet of a day searches as you type.";
        return Ok(html! { p.none { (note) } (listed(state, &sets, sets.len(), starts)) });
    }
    let (sets, count) = whole.search(text, MOST);
    Ok(listed(state, &sets, count, starts))
}

fn listed(state: &WebState, sets: &[&Performance], count: usize, starts: ClockTime) -> Markup {
    let days = festival_days(state.lineup.lineup(), sets.iter().copied(), starts);
    html! {
        p.found role="status" {
            @match count {
                0 => "No set is like that",
                1 => "1 set",
                _ => { (number(count as u64)) " sets" },
            }
            @if count > sets.len() { ", the first " (sets.len()) " of them" }
        }
        @for day in &days { (of_day(day)) }
    }
}

fn of_day(day: &FestivalDay) -> Markup {
    html! {
        h2 { a href=(format!("/day/{}", day.date)) { (day.date.strftime("%A %-d %B %Y")) } }
        ol.results { @for set in &day.sets { (one(set)) } }
    }
}

/// The key of a set counts the performer's sets of the day, and not all of them were found: so there is no link to it.
fn one(set: &FestivalSet) -> Markup {
    let performance = set.performance;
    html! {
        li {
            span.when { (performance.start) "–" (performance.end) }
            a href=(address::performer(&performance.performer)) { b { (performance.performer) } }
            span.where { (performance.stage) }
        }
    }
}
