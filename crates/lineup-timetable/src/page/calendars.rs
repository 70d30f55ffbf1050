//! The list of calendars.

use maud::{Markup, html};

use super::frame::PageContext;

/// A calendar, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarLink {
    /// The stage or the performer.
    pub name: String,
    /// The address.
    pub href: String,
}

/// The list of calendars: `all` for everything, one for each stage and each performer, in this order.
pub fn calendars_page(
    all: &str,
    stages: &[CalendarLink],
    performers: &[CalendarLink],
    context: &PageContext,
) -> String {
    let content = html! {
        p {
            "A calendar program can subscribe to the address of each, and then follows what is corrected. "
            "Times are those of the festival, whatever the zone of the device."
        }
        p { a href=(all) { "All sets" } }
        (section("Stages", stages))
        (section("Performers", performers))
    };
    context.page("Calendars", html! {}, content)
}

fn section(heading: &str, links: &[CalendarLink]) -> Markup {
    html! {
        @if !links.is_empty() {
            h2 { (heading) }
            ul.calendars {
                @for link in links { li { a href=(link.href) { (link.name) } } }
            }
        }
    }
}
