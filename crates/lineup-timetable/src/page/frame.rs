//! What all pages have around their content.

use maud::{DOCTYPE, Markup, html};

use crate::icalendar::EventStamp;

/// What a page may load: one stylesheet and one script that lie beside it, and nothing else.
pub const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'";

/// A page outside the timetable: of a server, say, that has other pages too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteLink<'c> {
    /// What it is called.
    pub name: &'c str,
    /// Its address.
    pub href: &'c str,
}

/// Where the page lies, and what it belongs to. Addresses are relative to the page, or absolute.
#[derive(Debug, Clone, Copy)]
pub struct PageContext<'c> {
    /// What the festival is called.
    pub title: &'c str,
    /// Favourites of different lineups at one address are kept apart by this.
    pub lineup: &'c str,
    /// For the events of the favourites, which the script writes.
    pub stamp: EventStamp,
    /// The address of [`stylesheet`](crate::stylesheet).
    pub stylesheet: &'c str,
    /// The address of [`SCRIPT`](crate::SCRIPT).
    pub script: &'c str,
    /// The address of the index of days.
    pub index: &'c str,
    /// The address of the list of calendars; without one, no page links to it.
    pub calendars: Option<&'c str>,
    /// Pages beside the timetable. A static copy has none.
    pub links: &'c [SiteLink<'c>],
    /// What the address of a performer's page begins with: the name follows it, percent-encoded. Without one, names
    /// are no links.
    pub performers: Option<&'c str>,
}

impl PageContext<'_> {
    /// A page. `heading` also names it in the browser, before the title.
    pub(super) fn page(&self, heading: &str, navigation: Markup, content: Markup) -> String {
        let head = self.head(heading);
        let page = html! {
            (DOCTYPE)
            html
                lang="en"
                data-lineup=(self.lineup)
                data-stamp=(self.stamp.text())
                data-sequence=(self.stamp.sequence)
            {
                (head)
                body {
                    a.skip href="#content" { "Skip to the content" }
                    header {
                        @if !self.links.is_empty() {
                            nav.site aria-label="Pages" {
                                @for link in self.links { a href=(link.href) { (link.name) } }
                            }
                        }
                        div.names {
                            @if heading != self.title {
                                p.festival { a href=(self.index) { (self.title) } }
                            }
                            h1 { (heading) }
                        }
                        (navigation)
                    }
                    main id="content" { (content) }
                    footer {
                        p { "Times are those of the festival. The line for now follows the clock of this device." }
                        @if let Some(calendars) = self.calendars {
                            p { a href=(calendars) { "Calendars to subscribe to" } }
                        }
                    }
                }
            }
        };
        page.into_string()
    }

    fn head(&self, heading: &str) -> Markup {
        html! {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(CONTENT_SECURITY_POLICY);
                meta name="referrer" content="no-referrer";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (heading) @if heading != self.title { " – " (self.title) } }
                link rel="stylesheet" href=(self.stylesheet);
                script src=(self.script) defer {}
            }
        }
    }
}

/// The favourites, which the script shows and fills.
pub(super) fn favourites(is_open: bool) -> Markup {
    html! {
        details.panel.favourites hidden open[is_open] {
            summary { "Favourites" }
            div {
                ol {}
                p.none { "None yet: choose a set to keep it here." }
                p.shared hidden {
                    "These come with the address. "
                    button type="button" name="keep" { "Keep them" }
                }
                p.actions {
                    label { input type="checkbox" name="only"; "Show only these" }
                    button type="button" name="copy" { "Copy link" }
                    button type="button" name="download" { "Download .ics" }
                }
            }
        }
    }
}
