//! Lineups: what stands under one key in the uploads bucket, whatever version of it.

use std::collections::BTreeMap;
use std::fmt;

use lineup::clock_time::ClockTime;
use lineup_versions::{Differences, KeptBecause, PublishedVersion};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The namespace of lineup ids: a random UUID that must never change.
const NAMESPACE: Uuid = Uuid::from_u128(0x93d1_0b5e_4c7f_5a86_b0d2_71e9_c4f8_2a63);

/// The id of a lineup: 16 hexadecimal digits, the same for all uploads to one key of one bucket. Each item of the
/// table has it as its attribute `Lineup`, so that an import removes no row of another lineup.
///
/// It is the first 64 bits of a UUID v5 (RFC 9562, section 5.5) of bucket and key: short, because it is stored with every row.
///
/// ```
/// use lineup_contracts::LineupId;
///
/// let id = LineupId::of("uploads", "lineup.csv");
/// assert_eq!(id, LineupId::of("uploads", "lineup.csv"));
/// assert_ne!(id, LineupId::of("uploads", "other.csv"));
/// assert_eq!(id.as_str().len(), LineupId::LENGTH);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LineupId(String);

impl LineupId {
    /// Its length in bytes.
    pub const LENGTH: usize = 16;
    /// `lineups/`, under which every lineup has its folder.
    pub const ROOT: &str = "lineups/";

    /// The id of what is uploaded to `key`, which is not URL-encoded.
    pub fn of(bucket: &str, key: &str) -> Self {
        // The length before the bucket makes the names of different pairs differ.
        let name = format!("{}:{bucket}{key}", bucket.len());
        let id = Uuid::new_v5(&NAMESPACE, name.as_bytes());
        Self(id.simple().to_string().chars().take(Self::LENGTH).collect())
    }

    /// The id whose objects lie in this folder, `lineups/<id>/`; `None` if it is no folder of a lineup.
    pub fn of_folder(folder: &str) -> Option<Self> {
        Self::of_attribute(folder.strip_prefix(Self::ROOT)?.strip_suffix('/')?)
    }

    /// The id with these digits, as the attribute `Lineup` has them; `None` if they are none.
    pub fn of_attribute(digits: &str) -> Option<Self> {
        let is_id = digits.len() == Self::LENGTH && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_id.then(|| Self(digits.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key of `lineup.json`, the [`LineupVersions`](lineup_versions::LineupVersions): changed only with `If-Match`.
    pub fn document(&self) -> String {
        format!("{}{self}/lineup.json", Self::ROOT)
    }

    /// The key of the list of all keys that an import puts into the table: a run, as the crate `lineup-versions` writes it. It
    /// does not expire with the import, because the next version is compared with it.
    pub fn keys(&self, import_id: Uuid) -> String {
        format!("{}{self}/{import_id}.run", Self::ROOT)
    }
}

impl LineupId {
    /// The key of the list of keys that only earlier versions have, and that stayed in the table when this import ended: absent if none
    /// did. They belong to what the next version is compared with.
    pub fn kept_keys(&self, import_id: Uuid) -> String {
        format!("{}{self}/{import_id}.kept.run", Self::ROOT)
    }

    /// The key of the list of those kept keys that stay in any case, because a row of their performer was rejected. Only its parts are written, where
    /// versions are compared in several ranges: which list stays is known after the last one.
    pub fn spared_keys(&self, import_id: Uuid) -> String {
        format!("{}{self}/{import_id}.spared.kept.run", Self::ROOT)
    }

    /// The key of the list of the performers and stages of an import, as the crate `lineup-versions` writes it: absent if there are too many. It is
    /// written and deleted with the list of its keys. Its name ends as theirs do, so that the same permissions allow it.
    pub fn names(&self, import_id: Uuid) -> String {
        format!("{}{self}/{import_id}.names.run", Self::ROOT)
    }
}

impl LineupId {
    /// What the keys of all lists of an import begin with.
    pub fn lists(&self, import_id: Uuid) -> String {
        format!("{}{self}/{import_id}.", Self::ROOT)
    }
}

/// What stands at the key of a list of keys that is several objects: of a file that is too large for one invocation to merge or compare. It
/// is written when all of them are.
///
/// ```
/// use lineup_contracts::ListParts;
///
/// assert_eq!(ListParts::key("lineups/9f3c/7a1b.kept.run", 3), "lineups/9f3c/7a1b.3.kept.run");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListParts {
    /// The keys of the objects, runs in the same bucket. Each has the keys behind those of the one before.
    pub parts: Vec<String>,
}

impl ListParts {
    /// The key of a part of the list at `list`, counted from 1. It ends as that of the list does, so that the same permissions allow both.
    pub fn key(list: &str, part: usize) -> String {
        let (stem, ending) = list.split_once('.').unwrap_or((list, "run"));
        format!("{stem}.{part}.{ending}")
    }
}

impl fmt::Display for LineupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `lineups/day-starts.json`: of each lineup whose versions ever said when festival days start, what is published of the current one. It
/// repeats what the documents say, so that a question reads one object however many lineups there are. It is changed only with `If-Match`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayStarts {
    /// One that does not say it any more stays here, so that what is published of an earlier one does not come back.
    lineups: BTreeMap<LineupId, PublishedVersion>,
}

impl DayStarts {
    /// The object's key.
    pub const KEY: &str = "lineups/day-starts.json";

    /// When festival days start, as the lineup says that was published last of those that say it.
    pub fn latest(&self) -> Option<ClockTime> {
        let said = self.lineups.values().filter(|published| published.day_starts.is_some());
        said.max_by_key(|published| (published.at, published.sequence))?.day_starts
    }

    /// Adds what is published of a lineup. Returns whether that changes anything.
    pub fn add(&mut self, lineup: &LineupId, published: PublishedVersion) -> bool {
        let is_new = match self.lineups.get(lineup) {
            Some(known) => known.sequence < published.sequence,
            None => published.day_starts.is_some(),
        };
        if is_new {
            self.lineups.insert(lineup.clone(), published);
        }
        is_new
    }
}

/// `changes.json`: how an import differs from the version before. It is written once, before the first row of an import
/// that has a version before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionChanges {
    /// The import that the file was compared with: the last that ended well.
    pub before: Option<Uuid>,
    /// What differs.
    pub differences: Differences,
    /// Why what the file does not have any more stays in the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptBecause>,
    /// How many keys are removed once every chunk is loaded: those in `obsolete.run`.
    pub obsolete: u64,
    /// Keys that stay although the file does not have them, because a row of their performer was rejected.
    #[serde(default)]
    pub spared: u64,
    /// Whether the obsolete keys are those that the guard kept at first, and that a planner let go with `lineup rerun --replace`. They
    /// are in the list of kept keys until they are removed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub let_go: bool,
    /// Imports that left no list of keys: what only they have stays in the table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_compared: Vec<Uuid>,
}

/// `compared/<range>.json`: what was found of a range of performers, where versions are compared in several ranges.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedRange {
    /// What differs.
    pub differences: Differences,
    /// How many keys the file does not have, but those in `spared`.
    pub obsolete: u64,
    /// How many of those stay in any case, because a row of their performer was rejected.
    pub spared: u64,
}

impl VersionChanges {
    /// Whether rows of earlier imports may be in the table that are in none of its lists.
    pub fn may_leave_rows(&self) -> bool {
        !self.not_compared.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(sequence: u32, day_starts: Option<&str>) -> PublishedVersion {
        let at = format!("2025-07-01T00:{sequence:02}:00Z").parse().unwrap();
        PublishedVersion { sequence, at, day_starts: day_starts.map(|time| time.parse().unwrap()) }
    }

    #[test]
    fn days_start_when_the_lineup_says_that_was_published_last_of_those_that_say_it() {
        let (one, other) = (LineupId::of("uploads", "one.csv"), LineupId::of("uploads", "other.csv"));
        let mut known = DayStarts::default();
        let steps = [
            (&one, published(1, None), None),
            (&one, published(3, Some("05:00")), Some("05:00")),
            (&other, published(2, Some("06:00")), Some("05:00")),
            (&other, published(4, Some("07:00")), Some("07:00")),
            // A late repeat of an earlier version.
            (&other, published(2, Some("06:00")), Some("07:00")),
            (&other, published(5, None), Some("05:00")),
            (&other, published(4, Some("07:00")), Some("05:00")),
        ];
        for (lineup, published, expected) in steps {
            let before = known.clone();
            assert_eq!(known.add(lineup, published), known != before);
            assert_eq!(known.latest().map(|time| time.to_string()).as_deref(), expected, "{published:?}");
        }
    }
}
