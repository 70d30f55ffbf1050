//! The arguments of `lineup timetable`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use lineup::clock_time::ClockTime;
use lineup::date;
use lineup_timetable::StageOrder;

/// Shows the timetable by festival days, or writes it as a web page
///
/// A festival day lasts 24 hours from --day-starts: a set at 01:00 belongs to the night before. With --html,
/// DIR gets a page for each day, an index, and calendars (.ics) of all sets, of each stage and of each
/// performer. It needs no server: open index.html, or copy DIR to any web space. Columns that lineup does
/// not read are left out.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup timetable --date 2025-07-12
  lineup timetable --html site --title 'Riverside 2025'
  lineup timetable --html site --json | jq .days

DIR must be new, empty, or an earlier copy, which is replaced: its files that are not written again are removed.
Times in calendars have no zone. The events of a copy carry the time at which it was written as their version.
Exit codes: 0, 1 failed, 2 usage, 4 nothing found.")]
pub(crate) struct TimetableArgs {
    /// Only this festival day
    #[arg(long, value_parser = date::parse)]
    pub date: Option<Date>,
    /// When a festival day starts, as the import was told or 06:00; sets that start before it are the night of the day before
    #[arg(long, value_name = "HH:MM", value_parser = ClockTime::parse)]
    pub day_starts: Option<ClockTime>,
    /// The order of the stages
    #[arg(long, value_enum, default_value_t = OrderName::FirstStart)]
    pub order: OrderName,
    /// Write pages and calendars into this folder
    #[arg(long, value_name = "DIR")]
    pub html: Option<PathBuf>,
    /// What the festival is called, on every page
    #[arg(long, requires = "html", default_value = "Timetable")]
    pub title: String,
    /// Write into DIR though it holds other files
    #[arg(long, requires = "html")]
    pub force: bool,
    /// Print what was written as one JSON object
    #[arg(long, requires = "html")]
    pub json: bool,
}

/// The order of the stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OrderName {
    /// By their first set of the day
    FirstStart,
    /// By name
    Name,
}

impl From<OrderName> for StageOrder {
    fn from(name: OrderName) -> Self {
        match name {
            OrderName::FirstStart => Self::FirstStart,
            OrderName::Name => Self::Name,
        }
    }
}
