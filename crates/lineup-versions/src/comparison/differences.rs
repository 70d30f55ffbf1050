//! What a comparison found, and how ranges add up.

use lineup::survey::{SHOWN, Warning, WarningKind};
use serde::{Deserialize, Serialize};

/// How a file differs from the version before. Those of several ranges of performers, in their order, fold in any
/// grouping.
///
/// ```
/// use lineup_versions::Differences;
///
/// let mut all = Differences { added: 12, ..Differences::default() };
/// all.fold(Differences { changed: 3, removed: 1, unchanged: 50, ..Differences::default() });
/// assert_eq!((all.items(), all.items_before()), (65, 54));
/// assert_eq!(all.to_string(), "12 added, 3 changed, 1 removed, 50 unchanged");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differences {
    /// Items that only the new file has.
    pub added: u64,
    /// Items of which another attribute than the key changed.
    pub changed: u64,
    /// Sets of one performer on one day that have another start or stage: one removed and one added key each.
    pub moved: u64,
    /// Items that only the version before has.
    pub removed: u64,
    /// Items that are the same in both.
    pub unchanged: u64,
    /// Keys that neither has, but another import whose rows may be in the table.
    pub left_over: u64,
    /// Rows of the new file that a row of another chunk replaces.
    pub replaced: u64,
    /// The performers of the version before that the new file does not have.
    pub gone: GonePerformers,
    /// Sets of the new file that start while their performer is still on at another stage.
    pub double_bookings: DoubleBookings,
}

/// Performers of the version before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GonePerformers {
    /// How many performers the version before has.
    pub of: u64,
    /// How many of them the new file has no set of.
    pub count: u64,
    /// The first [`SHOWN`] of these, by name.
    pub first: Vec<String>,
}

/// Sets that start while their performer is still on at another stage.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoubleBookings {
    /// How many.
    pub count: u64,
    /// The first [`SHOWN`], by performer and time.
    pub first: Vec<DoubleBooking>,
}

/// Two sets of one performer on two stages at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoubleBooking {
    /// The performer.
    pub performer: String,
    /// The sort key of the set that is on, `2025-07-12#20:00#Main Stage`.
    pub on: String,
    /// The sort key of the set that starts meanwhile.
    pub starts: String,
}

impl DoubleBookings {
    /// Adds those of the performers behind.
    pub fn fold(&mut self, next: Self) {
        self.count += next.count;
        extend(&mut self.first, next.first);
    }

    /// The warning about them, if there are any.
    pub fn warning(&self) -> Option<Warning> {
        let count = self.count;
        let starts = if count == 1 { "1 set starts".to_owned() } else { format!("{count} sets start") };
        (count > 0).then(|| Warning {
            kind: WarningKind::DoubleBookings,
            count,
            text: format!("{starts} while the performer is still on at another stage"),
            first: self.first.iter().map(DoubleBooking::to_string).collect(),
        })
    }
}

impl std::fmt::Display for DoubleBooking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let spaced = |performance: &str| performance.splitn(3, '#').collect::<Vec<_>>().join(" ");
        write!(f, "{}: {} and {}", self.performer, spaced(&self.on), spaced(&self.starts))
    }
}

impl Differences {
    /// Adds what was found in the range behind.
    pub fn fold(&mut self, next: Self) {
        self.added += next.added;
        self.changed += next.changed;
        self.moved += next.moved;
        self.removed += next.removed;
        self.unchanged += next.unchanged;
        self.left_over += next.left_over;
        self.replaced += next.replaced;
        self.gone.of += next.gone.of;
        self.gone.count += next.gone.count;
        extend(&mut self.gone.first, next.gone.first);
        self.double_bookings.fold(next.double_bookings);
    }

    /// How many items the new file has.
    pub fn items(&self) -> u64 {
        self.added + self.changed + self.moved + self.unchanged
    }

    /// How many items the version before has.
    pub fn items_before(&self) -> u64 {
        self.removed + self.changed + self.moved + self.unchanged
    }

    /// How many keys do not belong into the table any more.
    pub fn obsolete(&self) -> u64 {
        self.removed + self.moved + self.left_over
    }
}

fn extend<T>(first: &mut Vec<T>, next: Vec<T>) {
    first.extend(next);
    first.truncate(SHOWN);
}

impl std::fmt::Display for Differences {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { added, changed, moved, removed, unchanged, .. } = self;
        write!(f, "{added} added, {changed} changed, ")?;
        if *moved > 0 {
            write!(f, "{moved} moved, ")?;
        }
        write!(f, "{removed} removed, {unchanged} unchanged")
    }
}
