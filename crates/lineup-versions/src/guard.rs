//! Whether, and of whom, items are removed that a file does not have any more.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::comparison::Differences;

/// What a planner says about the version before: the option `--replace`, and the metadata `replace` of an upload.
///
/// ```
/// use lineup_versions::ReplaceMode;
///
/// assert_eq!("always".parse(), Ok(ReplaceMode::Always));
/// assert_eq!(ReplaceMode::default().to_string(), "guarded");
/// assert!("sometimes".parse::<ReplaceMode>().unwrap_err().to_string().contains("guarded, always or never"));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplaceMode {
    /// What the file does not have is removed, unless the file seems to be a part of the lineup.
    #[default]
    Guarded,
    /// It is removed also then.
    Always,
    /// Nothing is removed: the file adds to the lineup.
    Never,
}

impl ReplaceMode {
    /// All modes.
    pub const ALL: [Self; 3] = [Self::Guarded, Self::Always, Self::Never];

    /// The name of the mode.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guarded => "guarded",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

impl fmt::Display for ReplaceMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that is no [`ReplaceMode`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no way to replace the version before: say guarded, always or never")]
pub struct ReplaceModeError(String);

impl FromStr for ReplaceMode {
    type Err = ReplaceModeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mode = Self::ALL.into_iter().find(|mode| mode.as_str() == text.trim());
        mode.ok_or_else(|| ReplaceModeError(text.to_owned()))
    }
}

/// The performers of rows that were rejected. A typing error in a row must not delete a set.
///
/// Memory: at most [`RejectedPerformers::NAMES`] names. Beyond them it only says that there are too many.
///
/// ```
/// use lineup_versions::RejectedPerformers;
///
/// let mut rejected = RejectedPerformers::default();
/// rejected.add(Some("Stormzy"));
/// let mut of_next_chunk = RejectedPerformers::default();
/// of_next_chunk.add(None);
/// rejected.fold(of_next_chunk);
/// assert!(rejected.has("Stormzy") && !rejected.has("Ada"));
/// assert_eq!(rejected.unreadable(), 1);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedPerformers {
    names: BTreeSet<String>,
    unreadable: u64,
    too_many: bool,
}

impl RejectedPerformers {
    /// How many names are kept: 20 MB of names of 200 bytes.
    pub const NAMES: usize = 100_000;

    /// Adds a rejected row: its performer as the table would have it, or `None` if that cannot be read.
    pub fn add(&mut self, performer: Option<&str>) {
        match performer {
            None => self.unreadable += 1,
            Some(performer) if !self.names.contains(performer) => self.insert(performer.to_owned()),
            Some(_) => {}
        }
    }

    /// Adds those of other rows of the file.
    pub fn fold(&mut self, other: Self) {
        self.unreadable += other.unreadable;
        self.too_many |= other.too_many;
        other.names.into_iter().for_each(|name| self.insert(name));
    }

    /// Whether a row of this performer was rejected.
    pub fn has(&self, performer: &str) -> bool {
        self.names.contains(performer)
    }

    /// Whether no row was rejected.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// How many rows were rejected whose performer cannot be read.
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    fn insert(&mut self, name: String) {
        if self.names.len() < Self::NAMES || self.names.contains(&name) {
            self.names.insert(name);
        } else {
            self.too_many = true;
        }
    }
}

/// Why nothing is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeptBecause {
    /// The planner said `--replace never`.
    Never,
    /// More than half of the performers of the version before are not in the file.
    MostPerformersGone {
        /// How many.
        gone: u64,
        /// Of how many.
        of: u64,
    },
    /// The performer of so many rejected rows cannot be read: any set may be theirs.
    UnreadablePerformers(u64),
    /// Rows of more than [`RejectedPerformers::NAMES`] performers were rejected.
    TooManyRejected,
}

impl KeptBecause {
    /// Whether `--replace always` removes all the same.
    pub fn yields_to_always(&self) -> bool {
        matches!(self, Self::MostPerformersGone { .. } | Self::Never)
    }
}

impl fmt::Display for KeptBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => write!(f, "nothing was to be removed (--replace never)"),
            Self::MostPerformersGone { gone, of } => write!(
                f,
                "{gone} of the {of} performers of the version before are not in this file, so it may be only a part of the lineup"
            ),
            Self::UnreadablePerformers(1) => {
                write!(f, "the performer of a rejected row cannot be read, so any set may be that row's")
            }
            Self::UnreadablePerformers(rows) => {
                write!(f, "the performers of {rows} rejected rows cannot be read, so any set may be theirs")
            }
            Self::TooManyRejected => write!(
                f,
                "rows of more than {} performers were rejected, too many to tell whose sets are still meant",
                RejectedPerformers::NAMES
            ),
        }
    }
}

/// Decides whether what the file does not have is removed. `Ok` means: of every performer but the rejected ones.
///
/// - With `never` nothing is.
/// - Nothing is where the performer of a rejected row cannot be read: also with `always`, because that row is a part of
///   the file, and its set is meant.
/// - Nothing is where more than half of the performers of the version before are gone, unless the planner said `always`.
///   A corrected file changes a few; half a file, or the file of another day, has lost most.
///
/// ```
/// use lineup_versions::{Differences, GonePerformers, KeptBecause, RejectedPerformers, ReplaceMode, guard};
///
/// let gone = |count| {
///     let gone = GonePerformers { of: 10, count, first: Vec::new() };
///     Differences { removed: count, gone, ..Differences::default() }
/// };
/// let none = RejectedPerformers::default();
/// assert_eq!(guard(ReplaceMode::Guarded, &gone(5), &none), Ok(()));
/// let held = guard(ReplaceMode::Guarded, &gone(6), &none);
/// assert_eq!(held, Err(KeptBecause::MostPerformersGone { gone: 6, of: 10 }));
/// assert_eq!(guard(ReplaceMode::Always, &gone(6), &none), Ok(()));
/// ```
///
/// # Errors
/// Why nothing is removed.
pub fn guard(
    mode: ReplaceMode,
    differences: &Differences,
    rejected: &RejectedPerformers,
) -> Result<(), KeptBecause> {
    let gone = &differences.gone;
    if mode == ReplaceMode::Never {
        Err(KeptBecause::Never)
    } else if rejected.unreadable > 0 {
        Err(KeptBecause::UnreadablePerformers(rejected.unreadable))
    } else if rejected.too_many {
        Err(KeptBecause::TooManyRejected)
    } else if mode == ReplaceMode::Guarded && gone.count > gone.of - gone.count.min(gone.of) {
        Err(KeptBecause::MostPerformersGone { gone: gone.count, of: gone.of })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::GonePerformers;

    fn gone(count: u64, of: u64) -> Differences {
        let gone = GonePerformers { of, count, first: Vec::new() };
        Differences { removed: count, gone, ..Differences::default() }
    }

    #[test]
    fn nothing_is_removed_where_more_than_half_of_the_performers_are_gone() {
        let none = RejectedPerformers::default();
        for (count, of, removes) in [
            (0, 0, true),
            (0, 1, true),
            (1, 1, false),
            (1, 2, true),
            (2, 3, false),
            (50, 100, true),
            (51, 100, false),
        ] {
            assert_eq!(
                guard(ReplaceMode::Guarded, &gone(count, of), &none).is_ok(),
                removes,
                "{count} of {of}"
            );
            assert_eq!(guard(ReplaceMode::Always, &gone(count, of), &none), Ok(()));
            assert_eq!(guard(ReplaceMode::Never, &gone(count, of), &none), Err(KeptBecause::Never));
        }
    }

    #[test]
    fn nothing_is_removed_where_the_performer_of_a_rejected_row_cannot_be_read_whatever_the_planner_says() {
        let mut rejected = RejectedPerformers::default();
        rejected.add(None);
        for mode in [ReplaceMode::Guarded, ReplaceMode::Always] {
            assert_eq!(guard(mode, &gone(0, 10), &rejected), Err(KeptBecause::UnreadablePerformers(1)));
        }
    }

    #[test]
    fn more_rejected_performers_than_can_be_kept_are_too_many_to_remove_anything() {
        let mut rejected = RejectedPerformers::default();
        for number in 0..RejectedPerformers::NAMES {
            rejected.add(Some(&number.to_string()));
        }
        rejected.add(Some("0"));
        assert_eq!(guard(ReplaceMode::Guarded, &gone(0, 10), &rejected), Ok(()));
        let mut one_more = RejectedPerformers::default();
        one_more.add(Some("one more"));
        rejected.fold(one_more);
        assert_eq!(guard(ReplaceMode::Always, &gone(0, 10), &rejected), Err(KeptBecause::TooManyRejected));
    }

    #[test]
    fn the_reason_says_what_a_planner_can_see_in_his_file() {
        let reason = KeptBecause::MostPerformersGone { gone: 412, of: 500 };
        let text = "412 of the 500 performers of the version before are not in this file, so it may be only a part of the lineup";
        assert_eq!((reason.to_string().as_str(), reason.yields_to_always()), (text, true));
    }

    #[test]
    fn what_ranges_and_chunks_leave_reads_back() {
        let mut rejected = RejectedPerformers::default();
        rejected.add(Some("Stormzy"));
        let json = serde_json::to_string(&(&rejected, ReplaceMode::Always, KeptBecause::Never)).unwrap();
        let back: (RejectedPerformers, ReplaceMode, KeptBecause) = serde_json::from_str(&json).unwrap();
        assert_eq!(back, (rejected, ReplaceMode::Always, KeptBecause::Never));
    }
}
