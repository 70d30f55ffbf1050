//! The sets of a performer, with all their columns.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use lineup::row::Performance;
use lineup_timetable::listing::long_date;
use lineup_timetable::{FestivalDay, festival_days};
use maud::{Markup, html};

use super::address;
use crate::form::FormFields;
use crate::frame::Frame;
use crate::respond::{NoPage, html as page_of};
use crate::state::WebState;

/// `/performer?name=…`. The name is exact, but for case and accents where the lineup is small enough to be searched.
pub(crate) async fn page(State(state): State<Arc<WebState>>, uri: Uri) -> Result<Response, NoPage> {
    let fields = FormFields::of(&uri);
    let Some(name) = fields.get("name") else { return Err(NoPage::meaningless("a performer has a name")) };
    let sets = state.lineup.performer(name).await?;
    let Some(first) = sets.first() else {
        let text = format!(
            "No performer is called {name:?} (names are exact, to the letter). Search finds parts of names."
        );
        return Err(NoPage::not_found(text));
    };
    let days = festival_days(state.lineup.lineup(), &sets, state.day_starts().await?);
    let content = html! {
        p.lead { (crate::words::counted(sets.len() as u64, "set")) }
        @for day in &days { (of_day(day)) }
    };
    Ok(page_of(Frame::new(&first.performer).part_of("Timetable", "/").page(content)))
}

fn of_day(day: &FestivalDay) -> Markup {
    html! {
        section.day {
            h2 { a href=(format!("/day/{}", day.date)) { (long_date(day.date)) } }
            @for set in &day.sets {
                article.of-performer {
                    h3 {
                        a href=(format!("/day/{}#{}", day.date, set.key)) {
                            (set.performance.start) "–" (set.performance.end) ", " (set.performance.stage)
                        }
                    }
                    (columns(set.performance))
                    p.none { a href=(address::set(set.performance)) { "Where this set came from" } }
                }
            }
        }
    }
}

/// Every column of a set that its heading does not say.
pub(super) fn columns(set: &Performance) -> Markup {
    html! {
        dl.facts {
            div { dt { "Date" } dd { (set.date) } }
            @if let Some(popularity) = set.popularity { div { dt { "Popularity" } dd { (popularity) " of 100" } } }
            @for (name, value) in &set.extras { div { dt { (name) } dd { (value) } } }
        }
    }
}
