//! Answers as calendars.

use std::collections::BTreeSet;
use std::io::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use lineup::clock_time::ClockTime;
use lineup::row::Performance;
use lineup_aws::lineups;
use lineup_aws::query::Queries;
use lineup_timetable::festival_days;
use lineup_timetable::icalendar::{EventStamp, calendar_pieces};
use lineup_versions::PublishedVersion;

use crate::target::Target;

/// What an iCalendar file calls itself.
const NAME: &str = "Lineup";

/// When festival days start, as the import that ended last was told; `None` if none was.
pub(crate) async fn day_starts(target: &Target) -> anyhow::Result<Option<ClockTime>> {
    Ok(lineups::published(&target.imports()).await?.and_then(|published| published.day_starts))
}

/// When festival days start where nobody said it.
pub(crate) fn usual_day_starts() -> ClockTime {
    ClockTime::new(6, 0).unwrap_or(ClockTime::MIDNIGHT)
}

/// Writes a calendar of sets, which are some of all. Each event has the key that the set has among all sets of its performer, so that it is the same
/// event in every calendar; its version is that of the import that ended last.
pub(crate) async fn write_found(
    target: &Target,
    queries: &Queries,
    found: &[Performance],
    zone: Option<&TimeZone>,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let names: BTreeSet<&str> = found.iter().map(|set| set.performer.as_str()).collect();
    let all = queries.performers(names.into_iter().map(str::to_owned).collect()).await?.found;
    let wanted: BTreeSet<_> = found.iter().map(key).collect();
    write(target, &all, |set| wanted.contains(&key(set)), zone, output).await
}

/// The same of sets of which all sets of their performers are known.
pub(crate) async fn write(
    target: &Target,
    all: &[Performance],
    is_wanted: impl Fn(&Performance) -> bool,
    zone: Option<&TimeZone>,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let published = lineups::published(&target.imports()).await?;
    let day_starts = published.and_then(|published| published.day_starts).unwrap_or_else(usual_day_starts);
    // The table belongs to a bucket of uploads, so that two stacks have different events.
    let days = festival_days(&target.uploads_bucket, all, day_starts);
    let sets = days.iter().flat_map(|day| &day.sets).filter(|set| is_wanted(set.performance));
    for piece in calendar_pieces(NAME, sets, stamp(published), zone) {
        output.write_all(piece.as_bytes())?;
    }
    Ok(())
}

/// What tells a set from others: the key of its row.
pub(crate) fn key(set: &Performance) -> (&str, jiff::civil::Date, ClockTime, &str) {
    (&set.performer, set.date, set.start, &set.stage)
}

/// The version of the events. A table of an earlier version of lineup does not say when it was changed: that is now.
fn stamp(published: Option<PublishedVersion>) -> EventStamp {
    let utc = |at| TimeZone::UTC.to_datetime(at);
    match published {
        Some(PublishedVersion { sequence, at, .. }) => EventStamp { at: utc(at), sequence },
        None => EventStamp::at(utc(Timestamp::now())),
    }
}
