//! What is known of the current version by those who look at the table, when the import itself has expired.

use jiff::Timestamp;
use lineup::clock_time::ClockTime;
use serde::{Deserialize, Serialize};

/// What is said of the current version of a lineup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedVersion {
    /// A number that grows with every version: the minutes from 2020 until it became the current one, or one more than that of the version before. So
    /// calendars that were made in between, which have the minute in which they were made, have none that is higher than that of a later version.
    pub sequence: u32,
    /// When it became the current one.
    pub at: Timestamp,
    /// When its festival days start, if the planner said it.
    #[serde(default, with = "lineup::reading::as_text", skip_serializing_if = "Option::is_none")]
    pub day_starts: Option<ClockTime>,
}

/// 2020-01-01T00:00:00Z, in seconds.
const BEGIN: i64 = 1_577_836_800;

impl PublishedVersion {
    /// What is said of a version that becomes the current one at this time, after the one before.
    pub(super) fn after(before: Option<Self>, at: Timestamp, day_starts: Option<ClockTime>) -> Self {
        let minutes = u32::try_from((at.as_second() - BEGIN) / 60).unwrap_or_default();
        let next_number = before.map_or(0, |before| before.sequence.saturating_add(1));
        Self { sequence: minutes.max(next_number), at, day_starts }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{HoldAnswer, HoldStep, LineupVersions, Version};
    use uuid::Uuid;

    fn becomes_current(before: &LineupVersions, number: u128, at: &str) -> LineupVersions {
        let current = Some(Version::of_upload(Uuid::from_u128(number), "1"));
        let next = LineupVersions { current, ..before.clone() };
        let step = HoldStep { next: Some(next), answer: HoldAnswer::Released };
        step.published(before, at.parse().unwrap(), None).next.unwrap()
    }

    #[test]
    fn the_sequence_grows_with_every_version_however_soon_it_comes() {
        let mut before = LineupVersions::default();
        let mut sequences = Vec::new();
        for (number, at) in
            ["2025-07-01T12:00:07Z", "2025-07-01T12:00:09Z", "2025-07-01T11:00:00Z", "2025-07-02T12:00:00Z"]
                .into_iter()
                .enumerate()
        {
            before = becomes_current(&before, number as u128, at);
            sequences.push(before.published.unwrap().sequence);
        }
        assert_eq!(sequences, [2_892_240, 2_892_241, 2_892_242, 2_893_680]);
        // A repeat, or a release that makes nothing current, changes nothing.
        let again = becomes_current(&before, 3, "2026-01-01T00:00:00Z");
        assert_eq!(again.published, before.published);
    }
}
