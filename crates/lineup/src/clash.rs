//! What sets are at the same time, and when a stage is free between sets.

use jiff::civil::{Date, DateTime};

use crate::clock_time::ClockTime;
use crate::row::Performance;

/// Two sets that overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clash<'p> {
    /// The set that starts first.
    pub first: &'p Performance,
    /// The other one.
    pub second: &'p Performance,
    /// When the second starts.
    pub from: DateTime,
    /// When one of them ends.
    pub to: DateTime,
}

impl Clash<'_> {
    /// How long both are on.
    pub fn minutes(&self) -> u32 {
        minutes(self.from, self.to)
    }
}

/// A time at which nobody plays on a stage, between two sets of a festival day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageGap {
    /// The festival day.
    pub day: Date,
    /// When the last set before it ends.
    pub from: DateTime,
    /// When the next set starts.
    pub to: DateTime,
}

impl StageGap {
    /// How long it is.
    pub fn minutes(&self) -> u32 {
        minutes(self.from, self.to)
    }
}

/// The sets of one act that overlap those of another one, in the order of time. An act is all sets that someone means by one name; sets of one
/// act are not compared.
///
/// ```
/// use lineup::clash::clashes;
/// use lineup::row::Performance;
///
/// let set = |performer: &str, start: &str, end: &str| Performance {
///     performer: performer.to_owned(),
///     start: start.parse().unwrap(),
///     end: end.parse().unwrap(),
///     ..Performance::blank()
/// };
/// let acts = [vec![set("Ada", "20:00", "21:00")], vec![set("Bob", "20:30", "22:00")]];
/// let found = clashes(&acts);
/// assert_eq!((found.len(), found[0].minutes()), (1, 30));
/// ```
pub fn clashes(acts: &[Vec<Performance>]) -> Vec<Clash<'_>> {
    let mut found = Vec::new();
    for (number, act) in acts.iter().enumerate() {
        for other in acts.iter().skip(number + 1).flatten() {
            let clashing = act.iter().filter(|set| *set != other).filter_map(|set| clash(set, other));
            found.extend(clashing);
        }
    }
    found.sort_by_key(|clash| (clash.from, clash.to, &clash.first.performer, &clash.second.performer));
    found.dedup();
    found
}

fn clash<'p>(one: &'p Performance, other: &'p Performance) -> Option<Clash<'p>> {
    let key = |set: &'p Performance| (set.start_moment(), &set.performer, &set.stage);
    let (first, second) = if key(one) <= key(other) { (one, other) } else { (other, one) };
    let (from, to) = (second.start_moment(), first.end_moment().min(second.end_moment()));
    (from < to).then_some(Clash { first, second, from, to })
}

/// When nobody plays between the first set of a festival day and its last, for the sets of one stage.
///
/// A set that starts before `day_starts` belongs to the day before.
pub fn gaps(sets: &[Performance], day_starts: ClockTime) -> Vec<StageGap> {
    let mut sets: Vec<&Performance> = sets.iter().collect();
    sets.sort_by_key(|set| (set.start_moment(), set.end_moment()));
    let mut found = Vec::new();
    let mut before: Option<(Date, DateTime)> = None;
    for set in sets {
        let (day, start) = (set.festival_day(day_starts), set.start_moment());
        let ended = before.filter(|(of, _)| *of == day).map(|(_, end)| end);
        found.extend(ended.filter(|end| *end < start).map(|from| StageGap { day, from, to: start }));
        before = Some((day, ended.map_or(set.end_moment(), |end| end.max(set.end_moment()))));
    }
    found
}

/// Whole minutes; no time between two sets has more than fit.
fn minutes(from: DateTime, to: DateTime) -> u32 {
    u32::try_from(to.duration_since(from).as_secs() / 60).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(performer: &str, moment: &str, end: &str) -> Performance {
        let (date, start) = moment.split_once(' ').unwrap();
        Performance {
            performer: performer.to_owned(),
            stage: "Main".to_owned(),
            date: crate::date::parse(date).unwrap(),
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
            ..Performance::blank()
        }
    }

    #[test]
    fn sets_clash_while_both_are_on() {
        let ada = || set("Ada", "2025-07-12 23:00", "00:30");
        let cases = [
            (set("Bob", "2025-07-13 00:00", "01:00"), Some(("2025-07-13T00:00:00", 30))),
            (set("Bob", "2025-07-12 22:00", "23:00"), None),
            (set("Bob", "2025-07-13 00:30", "01:00"), None),
            (set("Bob", "2025-07-12 23:10", "23:20"), Some(("2025-07-12T23:10:00", 10))),
            (set("Bob", "2025-07-12 22:00", "03:00"), Some(("2025-07-12T23:00:00", 90))),
            (set("Bob", "2025-07-12 23:00", "00:30"), Some(("2025-07-12T23:00:00", 90))),
        ];
        for (bob, expected) in cases {
            for acts in [[vec![ada()], vec![bob.clone()]], [vec![bob.clone()], vec![ada()]]] {
                let found = clashes(&acts);
                let found: Vec<_> =
                    found.iter().map(|clash| (clash.from.to_string(), clash.minutes())).collect();
                let expected = expected.map(|(from, minutes)| (from.to_owned(), minutes));
                assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{bob:?}");
            }
        }
    }

    #[test]
    fn sets_of_one_act_do_not_clash_with_each_other() {
        let acts = [vec![set("Ada", "2025-07-12 20:00", "21:00"), set("Ada B", "2025-07-12 20:30", "21:00")]];
        assert!(clashes(&acts).is_empty());
        // A name may be meant twice.
        let twice = [acts[0].clone(), vec![acts[0][0].clone()]];
        assert_eq!(clashes(&twice).len(), 1);
    }

    #[test]
    fn a_stage_is_free_between_the_sets_of_a_festival_day() {
        let sets = [
            set("C", "2025-07-13 00:30", "02:00"),
            set("A", "2025-07-12 20:00", "21:00"),
            set("long", "2025-07-12 19:00", "22:00"),
            set("B", "2025-07-12 23:00", "00:30"),
            set("next day", "2025-07-13 18:00", "19:00"),
            set("next day", "2025-07-13 19:15", "20:00"),
        ];
        let found: Vec<_> = gaps(&sets, "06:00".parse().unwrap())
            .into_iter()
            .map(|gap| (gap.day.to_string(), gap.from.to_string(), gap.minutes()))
            .collect();
        let expected = [("2025-07-12", "2025-07-12T22:00:00", 60), ("2025-07-13", "2025-07-13T19:00:00", 15)];
        assert_eq!(found, expected.map(|(day, from, minutes)| (day.to_owned(), from.to_owned(), minutes)));
    }

    fn some_set() -> impl Strategy<Value = Performance> {
        (1u32..4, 0u16..1440, 0u16..1440).prop_map(|(day, start, end)| {
            let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
            set("A", &format!("2025-07-0{day} {}", time(start)), &time(end))
        })
    }

    proptest! {
        #[test]
        fn no_set_is_on_in_a_gap_of_its_day_and_sets_meet_at_both_ends(
            sets in proptest::collection::vec(some_set(), 0..12),
        ) {
            let day_starts = "06:00".parse().unwrap();
            for gap in gaps(&sets, day_starts) {
                prop_assert!(gap.from < gap.to);
                let of_day = || sets.iter().filter(|set| set.festival_day(day_starts) == gap.day);
                prop_assert!(of_day().all(|set| !set.overlaps(gap.from, gap.to)));
                prop_assert!(of_day().any(|set| set.end_moment() == gap.from));
                prop_assert!(of_day().any(|set| set.start_moment() == gap.to));
            }
        }

        #[test]
        fn a_clash_is_when_both_sets_are_on(one in some_set(), other in some_set()) {
            let acts = [vec![one.clone()], vec![Performance { performer: "B".to_owned(), ..other }]];
            match clashes(&acts).as_slice() {
                [clash] => {
                    prop_assert!(one.is_on(clash.from) && acts[1][0].is_on(clash.from));
                    prop_assert!(!one.is_on(clash.to) || !acts[1][0].is_on(clash.to));
                }
                found => {
                    prop_assert!(found.is_empty());
                    prop_assert!(!one.overlaps(acts[1][0].start_moment(), acts[1][0].end_moment()));
                }
            }
        }
    }
}
