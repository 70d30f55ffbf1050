//! HTML: a page for each sheet of a day, an index of days, and a list of calendars.
//!
//! Every value is written by `maud`, which escapes it. The pages forbid inline script and style, forms and requests
//! ([`CONTENT_SECURITY_POLICY`]), so that a name of a lineup can never be more than text.
//!
//! A sheet is one list in time order. A stylesheet places its items as a timetable where there is room, and leaves them
//! a list on a phone. So a page has each set once, and who reads it by ear hears it in order.

mod calendars;
mod day;
mod frame;
mod index;
mod sheet;

pub use calendars::{CalendarLink, calendars_page};
pub use day::day_page;
pub use frame::{CONTENT_SECURITY_POLICY, PageContext, SiteLink};
pub use index::{DayLink, index_page};
pub use sheet::sheet;
