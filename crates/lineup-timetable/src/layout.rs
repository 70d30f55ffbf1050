//! A festival day as a sheet: stages beside each other, time downwards.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::Date;
use lineup::spelling::fold;

use crate::day::{FestivalDay, FestivalSet};
use crate::lanes::{LanePlace, lanes};

/// The most stages of one sheet. A day with more has several.
pub const MAX_STAGES: usize = 100;

/// Shorter sets are drawn this long, in minutes, so that their name can be read. What would cover the next set for
/// that reason is drawn beside it.
const LEAST_MINUTES: u32 = 12;

/// A set is drawn to its end or for three hours, whichever comes first, and in any case to the end of its festival
/// day: one exhibition that is open for 24 hours must not double the sheet.
const LEAST_DRAWN: u32 = 3 * 60;

/// The order of the stages of a sheet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StageOrder {
    /// By their first start of the day, then by name.
    #[default]
    FirstStart,
    /// By name, whatever its case and accents.
    Name,
}

/// The hours of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Axis {
    /// The first hour, counted from the midnight at which the day began.
    pub first: u32,
    /// How many hours it has: at least 1, at most 48.
    pub hours: u32,
}

/// A stage as a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageColumn<'d> {
    /// Its name.
    pub stage: &'d str,
    /// The most lanes that its sets take.
    pub lanes: usize,
}

/// A set as a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetBlock<'d> {
    /// The set.
    pub set: &'d FestivalSet<'d>,
    /// The index of its column.
    pub column: usize,
    /// Where it is drawn in the column.
    pub place: LanePlace,
    /// Where it begins, in minutes since the begin of the axis.
    pub top: u32,
    /// How long it is drawn, in minutes.
    pub height: u32,
    /// Whether it goes on beyond the end of the axis.
    pub is_cut: bool,
}

/// A festival day, or a part of its stages, laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaySheet<'d> {
    /// The festival day.
    pub date: Date,
    /// Which of the day's sheets this is, from 1.
    pub number: usize,
    /// How many sheets the day has.
    pub of: usize,
    /// The hours, the same on all sheets of the day.
    pub axis: Axis,
    /// The stages, in the order that was asked for.
    pub columns: Vec<StageColumn<'d>>,
    /// The sets, in time order.
    pub blocks: Vec<SetBlock<'d>>,
}

/// Lays a day out, on a sheet for each [`MAX_STAGES`] stages. `day_starts` is the minute of the day at which
/// festival days start, and so the one at which this one ends.
pub fn lay_out<'d>(day: &'d FestivalDay<'d>, day_starts: u32, order: StageOrder) -> Vec<DaySheet<'d>> {
    let stages = stages(day, order);
    let axis = Axis::of(day, day_starts);
    let parts: Vec<_> = stages.chunks(MAX_STAGES).collect();
    let sheet = |(at, part): (usize, &&[StageSets<'d>])| sheet(day.date, (at + 1, parts.len()), axis, part);
    parts.iter().enumerate().map(sheet).collect()
}

/// A stage and its sets, by start.
type StageSets<'d> = (&'d str, Vec<&'d FestivalSet<'d>>);

fn stages<'d>(day: &'d FestivalDay<'d>, order: StageOrder) -> Vec<StageSets<'d>> {
    let mut stages: BTreeMap<&str, Vec<&FestivalSet>> = BTreeMap::new();
    for set in &day.sets {
        stages.entry(&set.performance.stage).or_default().push(set);
    }
    let mut stages: Vec<StageSets> = stages.into_iter().collect();
    stages.sort_by_cached_key(|(name, sets)| {
        let first = sets.first().map_or(0, |set| set.start);
        let first = if order == StageOrder::FirstStart { first } else { 0 };
        (first, fold(name), *name)
    });
    stages
}

impl Axis {
    fn of(day: &FestivalDay, day_starts: u32) -> Self {
        let day_ends = day_starts + 24 * 60;
        let drawn = |set: &FestivalSet| {
            set.end.min(day_ends.max(set.start + LEAST_DRAWN)).max(set.start + LEAST_MINUTES)
        };
        let first = day.sets.iter().map(|set| set.start).min().unwrap_or_default() / 60;
        let last = day.sets.iter().map(drawn).max().unwrap_or_default().div_ceil(60);
        Self { first, hours: (last - first.min(last)).max(1) }
    }

    /// The first minute and the one after the last.
    fn minutes(self) -> Range<u32> {
        self.first * 60..(self.first + self.hours) * 60
    }

    /// The hours, as hours of the festival day: 25 is one o'clock at night.
    pub fn each_hour(self) -> Range<u32> {
        self.first..self.first + self.hours
    }

    /// From when until when a set is drawn, in minutes of the festival day.
    fn drawn(self, set: &FestivalSet) -> Range<u32> {
        set.start..set.end.max(set.start + LEAST_MINUTES).min(self.minutes().end)
    }
}

fn sheet<'d>(date: Date, (number, of): (usize, usize), axis: Axis, stages: &[StageSets<'d>]) -> DaySheet<'d> {
    let (mut columns, mut blocks) = (Vec::new(), Vec::new());
    for (column, (stage, sets)) in stages.iter().enumerate() {
        let drawn: Vec<_> = sets.iter().map(|set| axis.drawn(set)).collect();
        let places = lanes(&drawn);
        columns.push(StageColumn { stage, lanes: places.iter().map(|place| place.of).max().unwrap_or(1) });
        blocks.extend(sets.iter().zip(drawn).zip(places).map(|((set, drawn), place)| SetBlock {
            set,
            column,
            place,
            top: drawn.start - axis.minutes().start,
            height: drawn.end - drawn.start,
            is_cut: set.end > axis.minutes().end,
        }));
    }
    blocks.sort_by_key(|block| (block.set.start, block.column, block.place.lane));
    DaySheet { date, number, of, axis, columns, blocks }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::day::festival_days;
    use lineup::clock_time::ClockTime;
    use lineup::row::Performance;
    use proptest::prelude::*;

    const SIX: u32 = 6 * 60;

    fn set(stage: &str, start: &str, end: &str) -> Performance {
        Performance {
            performer: "A".to_owned(),
            stage: stage.to_owned(),
            date: lineup::date::parse("2025-07-12").unwrap(),
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
            ..Performance::blank()
        }
    }

    fn days(sets: &[Performance]) -> Vec<FestivalDay<'_>> {
        festival_days("festival", sets, "06:00".parse().unwrap())
    }

    #[test]
    fn stages_stand_in_the_order_that_was_asked_for() {
        let sets = [set("b", "18:00", "19:00"), set("Ä", "20:00", "21:00"), set("c", "18:00", "19:00")];
        let days = days(&sets);
        let names = |order| {
            let sheets = lay_out(&days[0], SIX, order);
            sheets[0].columns.iter().map(|column| column.stage).collect::<Vec<_>>()
        };
        assert_eq!(names(StageOrder::FirstStart), ["b", "c", "Ä"]);
        assert_eq!(names(StageOrder::Name), ["Ä", "b", "c"]);
    }

    #[test]
    fn the_axis_goes_from_the_first_start_to_the_last_end_past_midnight() {
        let sets = [set("a", "12:30", "13:30"), set("a", "23:15", "00:45")];
        let days = days(&sets);
        let sheet = &lay_out(&days[0], SIX, StageOrder::Name)[0];
        assert_eq!(sheet.axis, Axis { first: 12, hours: 13 });
        assert_eq!((sheet.blocks[1].top, sheet.blocks[1].height), (675, 90));
    }

    #[test]
    fn a_set_of_24_hours_is_cut_where_the_festival_day_ends() {
        let sets = [set("a", "10:00", "10:00"), set("b", "12:00", "13:00")];
        let days = days(&sets);
        let sheet = &lay_out(&days[0], SIX, StageOrder::Name)[0];
        assert_eq!(sheet.axis, Axis { first: 10, hours: 20 });
        assert!(sheet.blocks[0].is_cut && !sheet.blocks[1].is_cut);
    }

    #[test]
    fn sets_of_a_few_minutes_are_drawn_beside_each_other() {
        let sets = [set("a", "10:00", "10:05"), set("a", "10:05", "10:10"), set("a", "10:12", "11:00")];
        let days = days(&sets);
        let sheet = &lay_out(&days[0], SIX, StageOrder::Name)[0];
        let lanes: Vec<_> = sheet.blocks.iter().map(|block| (block.place.lane, block.height)).collect();
        assert_eq!(lanes, [(0, 12), (1, 12), (0, 48)]);
    }

    #[test]
    fn a_day_with_more_than_100_stages_has_several_sheets() {
        let sets: Vec<_> = (0..201).map(|at| set(&format!("Stage {at:03}"), "18:00", "19:00")).collect();
        let days = days(&sets);
        let sheets = lay_out(&days[0], SIX, StageOrder::Name);
        let sizes: Vec<_> =
            sheets.iter().map(|sheet| (sheet.number, sheet.of, sheet.columns.len())).collect();
        assert_eq!(sizes, [(1, 3, 100), (2, 3, 100), (3, 3, 1)]);
        assert_eq!(sheets[1].columns[0].stage, "Stage 100");
    }

    fn any_set() -> impl Strategy<Value = Performance> {
        let time = || (0u8..24, 0u8..60).prop_map(|(hour, minute)| ClockTime::new(hour, minute).unwrap());
        (0u8..4, time(), time(), 10i8..13).prop_map(|(stage, start, end, day)| Performance {
            performer: "A".to_owned(),
            stage: format!("Stage {stage}"),
            date: Date::constant(2025, 7, day),
            start,
            end,
            ..Performance::blank()
        })
    }

    proptest! {
        /// Whatever the times, and whenever the days start.
        #[test]
        fn every_set_is_drawn_once_within_its_sheet_and_covers_no_other(
            sets in prop::collection::vec(any_set(), 0..40), hour in 0u8..24
        ) {
            let days = festival_days("festival", &sets, ClockTime::new(hour, 0).unwrap());
            let mut drawn = 0;
            for day in &days {
                for sheet in lay_out(day, u32::from(hour) * 60, StageOrder::FirstStart) {
                    drawn += sheet.blocks.len();
                    prop_assert!((1..=48).contains(&sheet.axis.hours));
                    for (at, one) in sheet.blocks.iter().enumerate() {
                        prop_assert!(one.height > 0 && one.top + one.height <= sheet.axis.hours * 60);
                        for other in &sheet.blocks[at + 1..] {
                            let same = one.column == other.column && one.place.lane == other.place.lane;
                            let apart = one.top + one.height <= other.top || other.top + other.height <= one.top;
                            prop_assert!(!same || apart, "{one:?} {other:?}");
                        }
                    }
                }
            }
            prop_assert_eq!(drawn, sets.len());
        }
    }
}
