//! A festival day as plain text, for a terminal.

use std::fmt::Write;

use jiff::civil::Date;

use crate::day::FestivalDay;
use crate::layout::{StageOrder, lay_out};

/// `Saturday 12 July 2025`.
pub fn long_date(date: Date) -> String {
    date.strftime("%A %-d %B %Y").to_string()
}

/// The day with its stages one under another, the sets of each in time order. Control characters of names
/// stay: who prints to a terminal takes them out.
///
/// ```
/// use lineup::row::Performance;
/// use lineup_timetable::{StageOrder, festival_days, listing};
///
/// let set = Performance {
///     performer: "Hozier".to_owned(),
///     stage: "River Stage".to_owned(),
///     date: lineup::date::parse("2025-07-12")?,
///     start: "18:15".parse()?,
///     end: "19:30".parse()?,
///     ..Performance::blank()
/// };
/// let days = festival_days("festival", [&set], "06:00".parse()?);
/// let text = listing::listing(&days[0], StageOrder::FirstStart);
/// assert_eq!(text, "Saturday 12 July 2025\n\nRiver Stage\n  18:15–19:30  Hozier\n");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub fn listing(day: &FestivalDay, order: StageOrder) -> String {
    let mut text = format!("{}\n", long_date(day.date));
    // Where the day ends changes how long blocks are drawn, and nothing here.
    for sheet in lay_out(day, 0, order) {
        for (column, stage) in sheet.columns.iter().enumerate() {
            // Writing into a String does not fail.
            let _ = writeln!(text, "\n{}", stage.stage);
            for block in sheet.blocks.iter().filter(|block| block.column == column) {
                let set = block.set.performance;
                let _ = write!(text, "  {}–{}  {}", set.start, set.end, set.performer);
                let _ = match set.popularity {
                    Some(popularity) => writeln!(text, "  ({popularity})"),
                    None => writeln!(text),
                };
            }
        }
    }
    text
}
