//! The columns that lineup reads.

use serde::{Deserialize, Serialize};

/// A column whose values are read. The header may write its name in other case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KnownColumn {
    /// Who plays.
    Performer,
    /// Where.
    Stage,
    /// From when.
    Start,
    /// Until when.
    End,
    /// On which day it starts.
    Date,
    /// From 1 to 100; optional.
    Popularity,
}

impl KnownColumn {
    /// Every known column.
    pub const ALL: [Self; 6] =
        [Self::Performer, Self::Stage, Self::Start, Self::End, Self::Date, Self::Popularity];

    /// The required columns, as messages list them.
    pub(super) const REQUIRED: &str = "Performer, Stage, Start, End, Date";

    /// Its name in a header, and as an attribute of the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Performer => "Performer",
            Self::Stage => "Stage",
            Self::Start => "Start",
            Self::End => "End",
            Self::Date => "Date",
            Self::Popularity => "Popularity",
        }
    }

    /// Whether a header must have it.
    pub const fn required(self) -> bool {
        !matches!(self, Self::Popularity)
    }

    /// The column that a header calls `name`, in any case and with any space around it.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        if name.eq_ignore_ascii_case("PopularityScore") {
            return Some(Self::Popularity);
        }
        Self::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(name))
    }
}
