//! The index of days, and the sheets of a day.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use lineup::clock_time::ClockTime;
use lineup::date;
use lineup::row::moment;
use lineup_timetable::icalendar::EventStamp;
use lineup_timetable::listing::long_date;
use lineup_timetable::page::{DayLink, PageContext, day_page, index_page};
use lineup_timetable::{FestivalDay, festival_days, lay_out};
use maud::html;

use super::file_form;
use super::lineups::{notice_link, notices};
use crate::frame::{Frame, LINKS, STYLESHEET, TIMETABLE_SCRIPT};
use crate::respond::{NoPage, html as page_of};
use crate::state::WebState;

/// What the address of a performer's page begins with.
const PERFORMERS: &str = "/performer?name=";

/// `/`: each day with what is on.
pub(crate) async fn index(State(state): State<Arc<WebState>>) -> Result<Response, NoPage> {
    let whole = state.kept.get(&*state.lineup).await?;
    let Some(sets) = whole.sets() else { return large_index(&state).await };
    if sets.is_empty() {
        return Ok(page_of(empty_index(&state)));
    }
    let days = festival_days(state.lineup.lineup(), sets, state.day_starts().await?);
    let links: Vec<DayLink> = days.iter().map(|day| DayLink::new(day, stages(day), sheets_of(day))).collect();
    let lineups = state.kept_versions.get(&*state.imports).await?;
    Ok(page_of(index_page(&links, &notices(&lineups), &context(&state))))
}

fn stages(day: &FestivalDay) -> usize {
    let mut stages: Vec<&str> = day.sets.iter().map(|set| set.performance.stage.as_str()).collect();
    stages.sort_unstable();
    stages.dedup();
    stages.len()
}

/// The addresses of the sheets of a day.
fn sheets_of(day: &FestivalDay) -> Vec<String> {
    let sheets = stages(day).div_ceil(lineup_timetable::MAX_STAGES).max(1);
    (1..=sheets).map(|number| address(day.date, number)).collect()
}

fn address(date: Date, number: usize) -> String {
    if number == 1 { format!("/day/{date}") } else { format!("/day/{date}/{number}") }
}

fn empty_index(state: &WebState) -> String {
    Frame::new("No sets yet").at("/").page(html! {
        p.lead {
            "The table has no sets. "
            @if state.options.may_change { "Drop a lineup here, or choose one: it is checked first, and nothing is written before you say so." }
            @else { "Import one: " code { (state.command("import lineup.csv")) } }
        }
        @if state.options.may_change { (file_form::form(&state.access)) }
    })
}

/// The days of a lineup that is too large to be read for its index.
async fn large_index(state: &WebState) -> Result<Response, NoPage> {
    let days = state.lineup.days().await?;
    let page = Frame::new(&state.options.title).at("/").page(html! {
        ol.days { @for day in days { li { a href=(address(day, 1)) { (long_date(day)) } } } }
    });
    Ok(page_of(page))
}

/// `/day/2025-07-12`.
pub(crate) async fn first_sheet(
    State(state): State<Arc<WebState>>,
    Path(day): Path<String>,
) -> Result<Response, NoPage> {
    show_sheet(&state, &day, "1").await
}

/// `/day/2025-07-12/2`: the sheet of the day's second hundred stages.
pub(crate) async fn sheet(
    State(state): State<Arc<WebState>>,
    Path((day, number)): Path<(String, String)>,
) -> Result<Response, NoPage> {
    show_sheet(&state, &day, &number).await
}

async fn show_sheet(state: &WebState, day: &str, number: &str) -> Result<Response, NoPage> {
    let day =
        date::parse(day).map_err(|_| NoPage::not_found(format!("{day:?} is no day; write 2025-07-12")))?;
    let starts = state.day_starts().await?;
    let from = moment(day, starts);
    let sets = state.lineup.starting(from..from.saturating_add(1.day())).await?;
    let others = festival_dates(state).await?;
    let days = festival_days(state.lineup.lineup(), &sets, starts);
    let Some(found) = days.first() else { return Ok(page_of(empty_day(day, starts, &others))) };
    let sheets = lay_out(found, minute(starts), state.options.order);
    let number = number.parse().unwrap_or(0);
    let Some(sheet) = sheets.iter().find(|sheet| sheet.number == number) else {
        return Err(NoPage::not_found(format!("the day has {} sheets", sheets.len())));
    };
    let link = |date: Date| {
        if date == found.date { of_day(date, sheets_of(found)) } else { of_day(date, vec![address(date, 1)]) }
    };
    let links: Vec<DayLink> = others.into_iter().map(link).collect();
    // A sheet makes no requests but its own: what the index read is good enough.
    let notice = state.kept_versions.known().map(|lineups| notice_link(&lineups)).unwrap_or_default();
    Ok(page_of(day_page(sheet, &links, &notice, &context(state))))
}

fn of_day(date: Date, pages: Vec<String>) -> DayLink {
    DayLink { date, pages, stages: 0, sets: 0, minutes: (0, 0), on: Vec::new() }
}

/// The festival days, if the lineup is kept: a sheet reads its own day alone. Otherwise the days of the calendar: the
/// last may have a night alone, which belongs to the day before.
async fn festival_dates(state: &WebState) -> Result<Vec<Date>, NoPage> {
    let known = state.kept.known();
    match known.as_ref().and_then(|whole| whole.sets()) {
        Some(sets) => {
            let days = festival_days(state.lineup.lineup(), sets, state.day_starts().await?);
            Ok(days.into_iter().map(|day| day.date).collect())
        }
        None => Ok(state.lineup.days().await?),
    }
}

fn minute(time: ClockTime) -> u32 {
    u32::from(time.hour()) * 60 + u32::from(time.minute())
}

fn empty_day(day: Date, starts: ClockTime, others: &[Date]) -> String {
    let heading = long_date(day);
    Frame::new(&heading).part_of("All days", "/").page(html! {
        p.lead { "No set starts in the 24 hours from " (starts) ". A set before " (starts) " belongs to the night of the day before." }
        ul.days { @for day in others { li { a href=(address(*day, 1)) { (long_date(*day)) } } } }
    })
}

/// What the pages of the timetable have around them.
fn context(state: &WebState) -> PageContext<'_> {
    PageContext {
        title: &state.options.title,
        lineup: state.lineup.lineup(),
        stamp: EventStamp::at(TimeZone::UTC.to_datetime(Timestamp::now())),
        stylesheet: STYLESHEET,
        script: TIMETABLE_SCRIPT,
        index: "/",
        calendars: None,
        links: &LINKS,
        performers: Some(PERFORMERS),
    }
}
