//! Lanes: sets that overlap on one stage are drawn side by side.

use std::ops::Range;

/// The lane of a set, from 0, and how many lanes there are beside each other where it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LanePlace {
    /// The lane.
    pub lane: usize,
    /// The lanes of the run of sets that overlap each other, directly or through others.
    pub of: usize,
}

/// Places intervals into lanes: each into the first that is free at its start. This takes no more lanes than
/// intervals overlap at one time, because they are taken by their starts (interval graphs are perfect).
///
/// `intervals` are sorted by start, and each ends after its start.
///
/// ```
/// use lineup_timetable::lanes;
///
/// let places = lanes(&[0..60, 30..90, 60..70, 100..110]);
/// let placed: Vec<_> = places.iter().map(|place| (place.lane, place.of)).collect();
/// assert_eq!(placed, [(0, 2), (1, 2), (0, 2), (0, 1)]);
/// ```
pub fn lanes(intervals: &[Range<u32>]) -> Vec<LanePlace> {
    let mut places: Vec<LanePlace> = Vec::with_capacity(intervals.len());
    // When each lane of the run is free, and where the run began.
    let (mut free, mut run) = (Vec::new(), 0);
    for interval in intervals {
        if free.iter().all(|end| *end <= interval.start) {
            close(&mut places[run..], &mut free);
            run = places.len();
        }
        let lane = free.iter().position(|end| *end <= interval.start).unwrap_or(free.len());
        match free.get_mut(lane) {
            Some(end) => *end = interval.end,
            None => free.push(interval.end),
        }
        places.push(LanePlace { lane, of: 0 });
    }
    close(&mut places[run..], &mut free);
    places
}

/// Ends a run: all of it is drawn in as many lanes as it took.
fn close(run: &mut [LanePlace], free: &mut Vec<u32>) {
    run.iter_mut().for_each(|place| place.of = free.len());
    free.clear();
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_two_sets_of_a_lane_overlap_and_each_is_placed_once(
            mut intervals in prop::collection::vec((0u32..2880, 1u32..1441).prop_map(|(at, long)| at..at + long), 0..60)
        ) {
            intervals.sort_by_key(|interval| interval.start);
            let places = lanes(&intervals);
            prop_assert_eq!(places.len(), intervals.len());
            for (at, one) in places.iter().enumerate() {
                prop_assert!(one.lane < one.of);
                for (other_at, other) in places.iter().enumerate().skip(at + 1) {
                    let (one_time, other_time) = (&intervals[at], &intervals[other_at]);
                    if one_time.start < other_time.end && other_time.start < one_time.end {
                        prop_assert_ne!(one.lane, other.lane, "{:?} {:?}", one_time, other_time);
                        prop_assert_eq!(one.of, other.of, "what overlaps has the same width");
                    }
                }
            }
        }

        #[test]
        fn there_are_no_more_lanes_than_sets_at_one_time(
            mut intervals in prop::collection::vec((0u32..300, 1u32..90).prop_map(|(at, long)| at..at + long), 1..40)
        ) {
            intervals.sort_by_key(|interval| interval.start);
            let at_once = (0..400).map(|minute| intervals.iter().filter(|set| set.contains(&minute)).count());
            let most = lanes(&intervals).iter().map(|place| place.of).max();
            prop_assert_eq!(most, at_once.max());
        }
    }
}
