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
use lineup_timetable::icalendar::{EventStamp, calendar_end, calendar_event, calendar_head};
use lineup_versions::PublishedVersion;

use crate::target::Target;

/// What an iCalendar file calls itself.
const NAME: &str = "Lineup";

/// When festival days start, as the import that ended last was told; `None` if none was.
pub(crate) async fn day_starts(target: &Target) -> anyhow::Result<Option<ClockTime>> {
    Ok(lineups::day_starts(&target.imports()).await?)
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
    let mut writer = CalendarWriter::new(target, zone, output).await?;
    writer.write(&all, |set| wanted.contains(&key(set)))?;
    writer.finish()?;
    Ok(())
}

/// Writes a calendar, some performers at a time: what an event is known by depends on all sets of its performer, and on no others.
pub(crate) struct CalendarWriter<'a, W> {
    /// What the keys of events begin with. The table belongs to a bucket of uploads, so that two stacks have different events.
    lineup: &'a str,
    day_starts: ClockTime,
    stamp: EventStamp,
    zone: Option<&'a TimeZone>,
    output: W,
    is_begun: bool,
}

impl<'a, W: Write> CalendarWriter<'a, W> {
    /// A writer of events with the version of the import that ended last.
    pub(crate) async fn new(
        target: &'a Target,
        zone: Option<&'a TimeZone>,
        output: W,
    ) -> anyhow::Result<Self> {
        let published = lineups::published(&target.imports()).await?;
        let day_starts =
            published.and_then(|published| published.day_starts).unwrap_or_else(usual_day_starts);
        let lineup = &target.uploads_bucket;
        Ok(Self { lineup, day_starts, stamp: stamp(published), zone, output, is_begun: false })
    }

    /// Writes those sets of some performers that are wanted; `all` are all sets of these performers. The first events are seen at once.
    pub(crate) fn write(
        &mut self,
        all: &[Performance],
        is_wanted: impl Fn(&Performance) -> bool,
    ) -> anyhow::Result<()> {
        let was_begun = self.is_begun;
        let days = festival_days(self.lineup, all, self.day_starts);
        for set in days.iter().flat_map(|day| &day.sets).filter(|set| is_wanted(set.performance)) {
            if !std::mem::replace(&mut self.is_begun, true) {
                self.output.write_all(calendar_head(NAME).as_bytes())?;
            }
            self.output.write_all(calendar_event(set, self.stamp, self.zone).as_bytes())?;
        }
        if self.is_begun != was_begun {
            self.output.flush()?;
        }
        Ok(())
    }

    /// Ends the calendar. Returns whether there is one: RFC 5545 wants an event at least, so without one nothing is written.
    pub(crate) fn finish(mut self) -> anyhow::Result<bool> {
        if self.is_begun {
            self.output.write_all(calendar_end().as_bytes())?;
            self.output.flush()?;
        }
        Ok(self.is_begun)
    }
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
