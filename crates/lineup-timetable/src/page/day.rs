//! The page of a sheet.

use maud::{Markup, html};

use super::frame::{PageContext, favourites};
use super::index::DayLink;
use super::sheet::sheet;
use crate::layout::DaySheet;
use crate::listing::long_date;

/// The page of a sheet, with links to the other days and to the other sheets of its day. `notice` stands beside them.
pub fn day_page(of: &DaySheet, days: &[DayLink], notice: &Markup, context: &PageContext) -> String {
    let navigation = html! {
        nav aria-label="Days" {
            @for day in days {
                a href=[day.pages.first()] aria-current=[(day.date == of.date).then_some("page")] { (day.short_date()) }
            }
        }
        (notice)
        (parts(of, days))
        (filters(of))
    };
    context.page(&long_date(of.date), navigation, sheet(of, context.performers))
}

/// The sheets of the day, by their first and last stage.
fn parts(of: &DaySheet, days: &[DayLink]) -> Markup {
    let pages =
        days.iter().find(|day| day.date == of.date).map(|day| day.pages.as_slice()).unwrap_or_default();
    html! {
        @if pages.len() > 1 {
            nav.parts aria-label="Stages" {
                @for (at, page) in pages.iter().enumerate() {
                    a href=(page) aria-current=[(at + 1 == of.number).then_some("page")] {
                        "Stages, part " (at + 1)
                    }
                }
            }
        }
    }
}

/// What the script shows and answers. Without it nothing of this is seen.
fn filters(of: &DaySheet) -> Markup {
    let is_rated = of.blocks.iter().any(|block| block.set.performance.popularity.is_some());
    html! {
        div.filters role="search" hidden {
            label { span.word { "Performer or stage" }
                input type="search" name="text" placeholder="Performer or stage" autocomplete="off"; }
            details.panel.choose {
                summary { "Stages" }
                div {
                    p.actions {
                        button type="button" name="all" { "All" }
                        button type="button" name="none" { "None" }
                    }
                    fieldset { legend.word { "Stages" } }
                }
            }
            @if is_rated {
                label { "Popularity from " output name="least" { "any" }
                    input type="range" name="popularity" min="0" max="100" step="5" value="0"; }
            }
            (favourites(false))
            span.zoom role="group" aria-label="Height of an hour" {
                button type="button" name="lower" aria-label="Lower" { "−" }
                button type="button" name="higher" aria-label="Higher" { "+" }
            }
            button type="button" name="now" hidden { "Now" }
            p.found role="status" {}
        }
    }
}
