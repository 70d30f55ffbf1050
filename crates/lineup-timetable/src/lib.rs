//! A lineup as people look at it: a timetable of each festival day, and calendars.
//!
//! [`festival_days`] sorts performances into festival days and gives each set the key that it keeps when its
//! time is corrected. [`lay_out`] places the sets of a day: a column for each stage, time downwards, sets
//! that overlap side by side. [`page`] writes a day as HTML, [`icalendar`] writes sets as iCalendar, and
//! [`site`](fn@site) makes every file of a static copy. [`listing`] is the timetable as plain text.
//!
//! Performances come in and text goes out: nothing here does I/O or has a clock.
//!
//! ```
//! use lineup::row::Performance;
//! use lineup_timetable::{SiteOptions, site};
//!
//! let set = Performance {
//!     performer: "Fontaines <D.C.>".to_owned(),
//!     stage: "Main Stage".to_owned(),
//!     date: lineup::date::parse("2025-07-12")?,
//!     start: "22:15".parse()?,
//!     end: "23:45".parse()?,
//!     popularity: None,
//!     extras: Vec::new(),
//! };
//! let files = site(&[set], &SiteOptions::new("Festival"));
//! let page = files.iter().find(|file| file.path == "2025-07-12.html").expect("a page for the day");
//! assert!(str::from_utf8(&page.bytes)?.contains("Fontaines &lt;D.C.&gt;"));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod assets;
mod base32;
mod day;
mod file_names;
pub mod icalendar;
mod lanes;
mod layout;
pub mod listing;
pub mod page;
mod site;

pub use assets::{SCRIPT, stylesheet};
pub use day::{EventKey, FestivalDay, FestivalSet, festival_days};
pub use lanes::{LanePlace, lanes};
pub use layout::{Axis, DaySheet, MAX_STAGES, SetBlock, StageColumn, StageOrder, lay_out};
pub use site::{MAX_PERFORMER_FILES, SiteFile, SiteOptions, site};
