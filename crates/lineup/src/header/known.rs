//! The columns that lineup reads.

use serde::{Deserialize, Serialize};

/// A column whose values are read. A header may call it by a synonym, in any of ten languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KnownColumn {
    /// Who plays.
    Performer,
    /// Where.
    Stage,
    /// From when: a time, a date and time, or a range of times.
    Start,
    /// Until when.
    End,
    /// On which day it starts.
    Date,
    /// From 1 to 100; optional.
    Popularity,
    /// How many minutes, in place of [`KnownColumn::End`].
    Duration,
}

impl KnownColumn {
    /// Every known column.
    pub const ALL: [Self; 7] =
        [Self::Performer, Self::Stage, Self::Start, Self::End, Self::Date, Self::Popularity, Self::Duration];

    /// The columns of a lineup, as messages list them.
    pub(super) const USUAL: &str = "Performer, Stage, Start, End, Date";

    /// Its name in a header, and as an attribute of the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Performer => "Performer",
            Self::Stage => "Stage",
            Self::Start => "Start",
            Self::End => "End",
            Self::Date => "Date",
            Self::Popularity => "Popularity",
            Self::Duration => "Duration",
        }
    }

    /// Whether a header must have it. The date may stand in [`KnownColumn::Start`], and the end there too or
    /// in [`KnownColumn::Duration`]: whether they do is known only from the rows.
    pub const fn required(self) -> bool {
        matches!(self, Self::Performer | Self::Stage | Self::Start)
    }

    /// Whether it is stored as an attribute of this name, so that no other column can be.
    pub(super) const fn is_stored(self) -> bool {
        !matches!(self, Self::Duration)
    }
}
