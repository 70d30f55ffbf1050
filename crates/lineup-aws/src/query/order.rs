//! The order of an answer.

use lineup::row::Performance;

/// Sorts by start, then by end, stage and performer, so that an answer has one order.
pub(super) fn in_time_order(mut performances: Vec<Performance>) -> Vec<Performance> {
    performances.sort_by(|one, other| time_order(one).cmp(&time_order(other)));
    performances
}

pub(super) fn time_order(of: &Performance) -> impl Ord + '_ {
    (of.start_moment(), of.end_moment(), &of.stage, &of.performer)
}
