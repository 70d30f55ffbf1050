//! Random lineups, and a plain filter over their rows as the oracle of questions.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use lineup::clock_time::ClockTime;
use lineup::row::Performance;
use lineup_table::Item;
use proptest::prelude::*;
use proptest::sample::select;

/// Names that could be confused with keys of other names, and names that differ only in case or accents.
pub(super) const STAGES: [&str; 8] =
    ["Main", "MAIN", "Main#2025-07-12", "Café", "Cafe", "#", "20:00#Main", "West Holts"];

pub(super) const FIRST_DAY: Date = Date::constant(2025, 7, 10);

fn stage() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(&STAGES[..]).prop_map(str::to_owned),
        1 => (0..40).prop_map(|number| format!("Stage {number}")),
    ]
}

/// Days with and without sets, some not adjacent.
fn date() -> impl Strategy<Value = Date> {
    select(vec![0, 1, 2, 4, 5, 30]).prop_map(|days: i64| FIRST_DAY.saturating_add(days.days()))
}

/// Minutes of the day. Some around midnight and noon are common, so that starts are often equal.
fn minute() -> impl Strategy<Value = u16> {
    prop_oneof![select(vec![0, 1, 719, 720, 1200, 1438, 1439]), 0u16..1440]
}

fn time(minute: u16) -> ClockTime {
    ClockTime::new((minute / 60 % 24) as u8, (minute % 60) as u8).unwrap()
}

fn performance() -> impl Strategy<Value = Performance> {
    let length = prop_oneof![select(vec![1, 59, 60, 1439, 1440]), 1u16..=1440];
    let popularity = proptest::option::of(prop_oneof![select(vec![1, 79, 80, 81, 100]), 1u8..=100]);
    ("[a-d#]", stage(), date(), minute(), length, popularity).prop_map(
        |(performer, stage, date, start, length, popularity)| Performance {
            performer,
            stage,
            date,
            start: time(start),
            end: time(start + length),
            popularity,
            extras: Vec::new(),
        },
    )
}

pub(super) fn rows() -> impl Strategy<Value = Vec<Performance>> {
    proptest::collection::vec(performance(), 0..60)
}

/// A moment near the lineup, sometimes with seconds.
pub(super) fn moment() -> impl Strategy<Value = DateTime> {
    let second = prop_oneof![4 => Just(0i8), 1 => 0i8..60];
    (-1i64..8, minute(), second).prop_map(|(days, minute, second)| {
        FIRST_DAY.saturating_add(days.days()).at((minute / 60) as i8, (minute % 60) as i8, second, 0)
    })
}

/// A question.
#[derive(Debug, Clone)]
pub(super) enum Question {
    Performer(String),
    Stage { name: String, date: Option<Date>, from: Option<u16>, to: Option<u16> },
    At { stage: String, moment: DateTime },
    Between { from: DateTime, to: DateTime, stage: Option<String> },
    Popular { above: u8, date: Option<Date>, limit: Option<usize> },
    Days,
    Stages(Option<Date>),
}

pub(super) fn question() -> impl Strategy<Value = Question> {
    use proptest::option::of;
    let minutes = (of(minute()), of(minute())).prop_filter("an empty range is an error", |(from, to)| {
        from.is_none() || from != to || *to == Some(0)
    });
    let range = (moment(), moment())
        .prop_map(|(one, other)| (one.min(other), one.max(other)))
        .prop_filter("an empty range is an error", |(from, to)| from < to);
    prop_oneof![
        "[a-e#]".prop_map(Question::Performer),
        (stage(), of(date()), minutes).prop_map(|(name, date, (from, to))| Question::Stage {
            name,
            date,
            from,
            to
        }),
        (stage(), moment()).prop_map(|(stage, moment)| Question::At { stage, moment }),
        (range, of(stage())).prop_map(|((from, to), stage)| Question::Between { from, to, stage }),
        (0u8..=100, of(date()), of(0usize..30)).prop_map(|(above, date, limit)| Question::Popular {
            above,
            date,
            limit
        }),
        Just(Question::Days),
        of(date()).prop_map(Question::Stages),
    ]
}

/// The items of the rows: the last row of each key.
pub(super) fn items(rows: &[Performance]) -> Vec<Item> {
    let items = rows.iter().map(|row| Item::new(row.clone()).unwrap());
    let by_key: BTreeMap<(String, String), Item> =
        items.map(|item| ((item.key().0.to_owned(), item.key().1.to_owned()), item)).collect();
    by_key.into_values().collect()
}

/// The performances that `keep` keeps, in time order.
pub(super) fn filtered(items: &[Item], keep: impl Fn(&Performance) -> bool) -> Vec<Performance> {
    let mut found: Vec<Performance> =
        items.iter().map(Item::performance).filter(|row| keep(row)).cloned().collect();
    found.sort_by(|one, other| key(one).cmp(&key(other)));
    found
}

fn key(of: &Performance) -> impl Ord + '_ {
    (of.start_moment(), of.end_moment(), &of.stage, &of.performer)
}

/// Minutes since midnight.
pub(super) fn minute_of(time: ClockTime) -> u16 {
    u16::from(time.hour()) * 60 + u16::from(time.minute())
}

/// Whether `row` is in a stage's programme, by the definition of the question alone.
pub(super) fn in_programme(
    row: &Performance,
    date: Option<Date>,
    from: Option<u16>,
    to: Option<u16>,
) -> bool {
    let start = minute_of(row.start);
    // 00:00 is the end of the day.
    let (from, to) = (from.unwrap_or(0), to.filter(|to| *to != 0).unwrap_or(1440));
    let evening = date.is_none_or(|date| row.date == date);
    let morning = date.is_none_or(|date| row.date == date.tomorrow().unwrap());
    if from < to {
        evening && (from..to).contains(&start)
    } else {
        evening && start >= from || morning && start < to
    }
}

pub(super) fn as_time(minute: u16) -> ClockTime {
    time(minute)
}
