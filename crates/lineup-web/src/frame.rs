//! What all pages have around their content.

use lineup_timetable::page::SiteLink;
use maud::{DOCTYPE, Markup, html};

/// The address of the stylesheet.
pub(crate) const STYLESHEET: &str = "/assets/lineup.css";
/// The address of the script of the timetable.
pub(crate) const TIMETABLE_SCRIPT: &str = "/assets/timetable.js";
/// The address of our own script.
pub(crate) const SCRIPT: &str = "/assets/lineup.js";

/// The pages that every page leads to.
pub(crate) const LINKS: [SiteLink<'static>; 5] = [
    SiteLink { name: "Timetable", href: "/" },
    SiteLink { name: "Search", href: "/search" },
    SiteLink { name: "Lineups", href: "/lineups" },
    SiteLink { name: "Imports", href: "/imports" },
    SiteLink { name: "Import a file", href: "/file" },
];

/// The head and header of a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'f> {
    heading: &'f str,
    /// What the heading is part of: a name and an address.
    part_of: Option<(&'f str, &'f str)>,
    current: Option<&'f str>,
}

impl<'f> Frame<'f> {
    /// A page with this heading.
    pub(crate) fn new(heading: &'f str) -> Self {
        Self { heading, part_of: None, current: None }
    }

    /// One of [`LINKS`], by its address.
    pub(crate) fn at(self, current: &'f str) -> Self {
        Self { current: Some(current), ..self }
    }

    /// A page that belongs to another one, which stands above its heading.
    pub(crate) fn part_of(self, name: &'f str, address: &'f str) -> Self {
        Self { part_of: Some((name, address)), ..self }
    }

    /// The whole page.
    pub(crate) fn page(&self, content: Markup) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.heading) " – lineup" }
                    link rel="stylesheet" href=(STYLESHEET);
                    script src=(SCRIPT) defer {}
                }
                body.web {
                    a.skip href="#content" { "Skip to the content" }
                    header {
                        nav.site aria-label="Pages" {
                            @for link in LINKS {
                                a href=(link.href) aria-current=[(self.current == Some(link.href)).then_some("page")] { (link.name) }
                            }
                        }
                        div.names {
                            @if let Some((name, address)) = self.part_of {
                                p.festival { a href=(address) { (name) } }
                            }
                            h1 { (self.heading) }
                        }
                    }
                    main id="content" { (content) }
                }
            }
        };
        page.into_string()
    }
}
