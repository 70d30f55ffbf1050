//! The names of the tables, their indexes and their attributes.

/// The name of the table of performances, where there is no stack.
pub const PERFORMANCES: &str = "Performances";
/// The table of the stages of each day and the days of each stage.
pub const CALENDAR: &str = "Calendar";

/// The global secondary indexes of [`PERFORMANCES`].
pub mod index {
    /// [`super::attribute::STAGE_DAY`], sorted by [`super::attribute::START_PERFORMER`].
    pub const BY_STAGE_DAY: &str = "ByStageDay";
    /// [`super::attribute::POPULARITY_SHARD`], sorted by [`super::attribute::POPULARITY`];
    /// only rows that have a popularity.
    pub const BY_POPULARITY: &str = "ByPopularity";
}

/// The attributes.
pub mod attribute {
    use lineup::header::KnownColumn;

    /// Partition key of the table.
    pub const PERFORMER: &str = KnownColumn::Performer.name();
    /// Sort key of the table: `2025-07-12#20:00#Main Stage`.
    pub const PERFORMANCE: &str = "Performance";
    /// The stage.
    pub const STAGE: &str = KnownColumn::Stage.name();
    /// The day on which it starts, `2025-07-12`.
    pub const DATE: &str = KnownColumn::Date.name();
    /// `20:00`.
    pub const START: &str = KnownColumn::Start.name();
    /// `21:30`.
    pub const END: &str = KnownColumn::End.name();
    /// Partition key of `ByStageDay`: `Main Stage#2025-07-12`.
    pub const STAGE_DAY: &str = "StageDay";
    /// Sort key of `ByStageDay`: `20:00#Megan Thee Stallion`.
    pub const START_PERFORMER: &str = "StartPerformer";
    /// Partition key of `ByPopularity`: `POP#0` to `POP#15`.
    pub const POPULARITY_SHARD: &str = "PopularityShard";
    /// Sort key of `ByPopularity`, a number from 1 to 100.
    pub const POPULARITY: &str = KnownColumn::Popularity.name();
    /// The lineup of which the row is a part: only it may remove the row.
    pub const LINEUP: &str = "Lineup";
    /// How long the value of [`LINEUP`] is, in bytes.
    pub const LINEUP_BYTES: usize = 16;
    /// Partition key of the calendar: `day#2025-07-12`, `stage#Main Stage` or `days`.
    pub const ENTRY: &str = "Entry";
    /// Sort key of the calendar.
    pub const VALUE: &str = "Value";
    /// Present on an entry of the calendar of which rows were removed, perhaps the last: a question looks whether there is one.
    pub const MARKED: &str = "Marked";

    /// The attributes that no column of a file sets.
    pub const COMPUTED: [&str; 5] = [PERFORMANCE, STAGE_DAY, START_PERFORMER, POPULARITY_SHARD, LINEUP];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_extra_column_is_kept_under_the_name_of_a_computed_attribute() {
        assert_eq!(attribute::COMPUTED, lineup::header::COMPUTED_NAMES);
    }
}
