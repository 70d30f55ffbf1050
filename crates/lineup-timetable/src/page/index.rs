//! The index of days.

use jiff::civil::Date;
use maud::{Markup, html};

use super::frame::{PageContext, favourites};
use crate::day::FestivalDay;
use crate::listing::long_date;

/// A festival day, where its pages are, and what is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayLink {
    /// The day.
    pub date: Date,
    /// The addresses of its pages: one for each sheet.
    pub pages: Vec<String>,
    /// How many stages play.
    pub stages: usize,
    /// How many sets there are.
    pub sets: usize,
    /// The minutes of the first start and the last end, counted from the midnight at which the day began.
    pub minutes: (u32, u32),
    /// How many sets are on in each hour, from `minutes.0`.
    pub on: Vec<usize>,
}

impl DayLink {
    /// The link to a day on these pages.
    pub fn new(day: &FestivalDay, stages: usize, pages: Vec<String>) -> Self {
        let first = day.sets.iter().map(|set| set.start).min().unwrap_or_default();
        let last = day.sets.iter().map(|set| set.end).max().unwrap_or_default();
        let hours = first / 60..last.div_ceil(60).min(first / 60 + 24);
        let on_in = |hour: u32| {
            day.sets.iter().filter(|set| set.start < (hour + 1) * 60 && hour * 60 < set.end).count()
        };
        Self {
            date: day.date,
            pages,
            stages,
            sets: day.sets.len(),
            minutes: (first, last),
            on: hours.map(on_in).collect(),
        }
    }

    /// `Sat 12 July`.
    pub(super) fn short_date(&self) -> String {
        self.date.strftime("%a %-d %B").to_string()
    }

    /// Sets by the hour, as bars of at most 24 units.
    fn bars(&self) -> Markup {
        let most = self.on.iter().copied().max().unwrap_or_default().max(1);
        html! {
            svg viewBox=(format!("0 0 {} 24", self.on.len() * 5)) preserveAspectRatio="xMinYMax" aria-hidden="true" {
                @for (hour, on) in self.on.iter().enumerate() {
                    @let height = (on * 24).div_ceil(most);
                    rect x=(hour * 5) y=(24 - height) width="4" height=(height) {}
                }
            }
        }
    }
}

fn count(number: usize, of: &str) -> String {
    if number == 1 { format!("1 {of}") } else { format!("{number} {of}s") }
}

/// `25:30` as 01:30.
fn clock(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}

/// The index: each day with what is on. `notices` stand below the days: what a server has to say of the lineup.
pub fn index_page(days: &[DayLink], notices: &Markup, context: &PageContext) -> String {
    let content = html! {
        ol.days {
            @for day in days {
                li {
                    a href=[day.pages.first()] { (long_date(day.date)) }
                    p {
                        (count(day.sets, "set")) " on " (count(day.stages, "stage")) ", "
                        (clock(day.minutes.0)) "–" (clock(day.minutes.1))
                    }
                    (day.bars())
                }
            }
        }
        (notices)
        (favourites(true))
    };
    context.page(context.title, html! {}, content)
}
