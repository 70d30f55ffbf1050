//! `lineup timetable`: the festival days, in the terminal or as a static copy.

mod folder;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use lineup::clock_time::ClockTime;
use lineup::row::{Performance, moment};
use lineup::shown;
use lineup_timetable::icalendar::EventStamp;
use lineup_timetable::listing::{listing, long_date};
use lineup_timetable::{FestivalDay, SiteFile, SiteOptions, festival_days, site};
use notify::LineupCommand;
use serde::Serialize;

use crate::args::TimetableArgs;
use crate::calendar;
use crate::exit::{CommandError, Exit};
use crate::output;
use crate::target::Target;
use folder::SiteFolder;

/// Fails, as a usage error, if the files could not be written where they are wanted.
pub(crate) fn check(args: &TimetableArgs) -> anyhow::Result<()> {
    args.html.as_ref().map_or(Ok(()), |folder| SiteFolder::check(folder, args.force))
}

/// Prints the days, or writes them.
pub(crate) async fn run(target: &Target, args: &TimetableArgs) -> anyhow::Result<Exit> {
    let day_starts = match args.day_starts {
        Some(said) => said,
        None => calendar::day_starts(target).await?.unwrap_or_else(calendar::usual_day_starts),
    };
    let found = performances(target, args.date, day_starts).await?;
    if found.is_empty() {
        return Err(CommandError::NothingFound(nothing_found(args.date, day_starts, &target.lineup)).into());
    }
    // The table belongs to a bucket of uploads, so that two stacks have different events.
    let days = festival_days(&target.uploads_bucket, &found, day_starts);
    match &args.html {
        None => print(&days, args)?,
        Some(folder) => {
            let files = site(&found, &options(target, args, day_starts));
            let removed = SiteFolder::new(folder).write(&files)?;
            report(&WrittenSite::of(folder.display().to_string(), &days, &files, removed), args.json)?;
        }
    }
    Ok(Exit::Succeeded)
}

/// The sets of the festival day that was asked for, or of all.
async fn performances(
    target: &Target,
    date: Option<Date>,
    day_starts: ClockTime,
) -> anyhow::Result<Vec<Performance>> {
    let queries = target.queries();
    let range = date.map(|date| range(date, day_starts));
    let answer = queries.starting(range).await?;
    tracing::info!(answer.cost.requests, answer.cost.read_units, "the timetable is read");
    Ok(answer.found)
}

/// From when until when a festival day lasts.
fn range(date: Date, day_starts: ClockTime) -> std::ops::Range<DateTime> {
    let from = moment(date, day_starts);
    from..from.saturating_add(1.day())
}

fn nothing_found(date: Option<Date>, day_starts: ClockTime, lineup: &LineupCommand) -> String {
    match date {
        Some(date) => format!(
            "no set starts in the 24 hours from {date} {day_starts}; `{lineup} query days` lists the days that have sets"
        ),
        None => "the table has no sets; import a file first".to_owned(),
    }
}

fn options(target: &Target, args: &TimetableArgs, day_starts: ClockTime) -> SiteOptions {
    SiteOptions {
        title: args.title.clone(),
        lineup: target.uploads_bucket.clone(),
        day_starts,
        order: args.order.into(),
        stamp: EventStamp::at(TimeZone::UTC.to_datetime(Timestamp::now())),
    }
}

fn print(days: &[FestivalDay], args: &TimetableArgs) -> std::io::Result<()> {
    let days: Vec<String> = days.iter().map(|day| listing(day, args.order.into())).collect();
    output::line(shown::lines(days.join("\n").trim_end()))
}

/// What was written.
#[derive(Debug, Serialize)]
struct WrittenSite {
    folder: String,
    days: Vec<WrittenDay>,
    files: usize,
    bytes: usize,
    /// Files of an earlier copy that are not part of this one.
    removed: usize,
}

#[derive(Debug, Serialize)]
struct WrittenDay {
    date: Date,
    sets: usize,
    pages: Vec<String>,
}

impl WrittenSite {
    fn of(folder: String, days: &[FestivalDay], files: &[SiteFile], removed: usize) -> Self {
        let bytes = files.iter().map(|file| file.bytes.len()).sum();
        let days = days.iter().map(|day| WrittenDay::of(day, files)).collect();
        Self { folder, days, files: files.len(), bytes, removed }
    }
}

impl WrittenDay {
    fn of(day: &FestivalDay, files: &[SiteFile]) -> Self {
        let date = day.date.to_string();
        let pages = files.iter().map(|file| &file.path).filter(|path| path.starts_with(&date));
        Self { date: day.date, sets: day.sets.len(), pages: pages.cloned().collect() }
    }
}

fn report(written: &WrittenSite, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        return output::json(written);
    }
    let rows =
        written.days.iter().map(|day| vec![long_date(day.date), day.sets.to_string(), day.pages.join(" ")]);
    output::table(&["DAY", "SETS", "PAGE"], rows.collect())?;
    let WrittenSite { folder, files, bytes, .. } = written;
    let size = indicatif::HumanBytes(*bytes as u64);
    Ok(output::line(format_args!("\n{files} files, {size}, in {folder}; open index.html there"))?)
}
