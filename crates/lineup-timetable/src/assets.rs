//! The stylesheet and the script of the pages.
//!
//! The pages forbid style in their markup (Content-Security-Policy). So a block is placed by classes, and each
//! class sets one number: `h5 m30` begins 5 hours and 30 minutes below the top, `x1 y15` is 1 hour and 15 minutes
//! long, `c3` is in the third column, `l1 o2` in the second of two lanes, `p8` is as dark as a popularity of 71 to 80.
//! There is one rule for each number, not for each block, and so one stylesheet for every lineup.

use std::fmt::Write;

use crate::layout::MAX_STAGES;

const PAGE: &str = include_str!("../assets/page.css");
const SHEET: &str = include_str!("../assets/sheet.css");
const PRINT: &str = include_str!("../assets/print.css");

/// The script of the pages: filters, favourites, clashes, the line for now. It is plain JavaScript that makes
/// no request, and the pages can be read without it.
pub const SCRIPT: &str = include_str!("../assets/timetable.js");

/// The most lanes that have a class. Sets above lie on each other in the last one; the list has all of them.
pub(crate) const MAX_LANES: usize = 64;
/// Above any hour of a sheet.
const HOURS: usize = 48;
const MINUTES: usize = 59;

/// The most columns of a sheet that is printed as one: more are printed as a list.
pub(crate) const PRINTED_COLUMNS: usize = 16;

/// The stylesheet, the same for every page.
pub fn stylesheet() -> String {
    let mut css = PAGE.to_owned();
    for (class, name, most) in [
        ("h", "from-hour", HOURS),
        ("m", "from-minute", MINUTES),
        ("x", "hours-long", HOURS),
        ("y", "minutes-long", MINUTES),
        ("c", "column", MAX_STAGES),
        ("n", "columns", MAX_STAGES),
        ("k", "hours", HOURS),
        ("l", "lane", MAX_LANES),
        ("o", "lanes", MAX_LANES),
        ("p", "shade", 10),
    ] {
        for number in 1..=most {
            // Writing into a String does not fail.
            let _ = write!(css, ".{class}{number}{{--{name}:{number}}}");
        }
        css.push('\n');
    }
    // The same rules twice: on screens that are wide enough, and in print where it fits.
    let _ = write!(css, "@media screen and (min-width:48rem){{.sheet{{\n{SHEET}}}}}\n");
    let _ = write!(css, "@media print{{.sheet.fits{{\n{SHEET}}}}}\n");
    css.push_str(PRINT);
    css
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stylesheet_asks_for_nothing_from_elsewhere() {
        let css = stylesheet();
        assert!(!css.contains("url(") && !css.contains("@import") && !css.contains("http"));
        assert_eq!(css.matches('{').count(), css.matches('}').count());
    }

    /// A name of a lineup reaches the page by these alone, as text; and nothing leaves the page.
    #[test]
    fn the_script_makes_no_markup_and_no_request() {
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "eval(",
            "Function(",
            "fetch(",
            "XMLHttp",
            "import(",
            "http:",
            "https:",
        ] {
            assert!(!SCRIPT.contains(word), "{word}");
        }
    }
}
