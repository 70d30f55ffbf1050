//! The columns of a file with their roles: the header, typed once.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::assign::{Assigned, assign};
use super::error::{HeaderError, HeaderPlace, MAX_COLUMNS, MAX_NAME_BYTES};
use super::grid::is_grid;
use super::known::KnownColumn;
use super::names::{NamedColumns, trimmed};
use super::options::HeaderOptions;
use super::suggest::missing_columns;
use super::synonyms::Rank;

/// The names of the values that are computed from a row and stored beside its columns. An extra column
/// with such a name is kept as `Performance (file)`, and so is one with the name of a known column that
/// another column is.
pub const COMPUTED_NAMES: [&str; 5] =
    ["Performance", "StageDay", "StartPerformer", "PopularityShard", "Lineup"];

/// The suffix that such a name gets.
pub const OF_FILE: &str = " (file)";

/// A column of a file. In JSON `{"name": "Artist", "known": "Performer"}`, `{"name": "Genre", "extra": "Genre"}`
/// or `{"name": "Day", "weekday": "Day"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name in the header, without space around it.
    pub name: String,
    /// What it is used for.
    #[serde(flatten)]
    pub role: Role,
}

/// What a column is used for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It is read as a field of the performance.
    Known(KnownColumn),
    /// It is kept as text, under this name. That is its own name unless that is empty, repeated or the name
    /// of another value that is stored.
    Extra(String),
    /// It is kept like [`Role::Extra`], and where it is a weekday, it is to be that of the date.
    Weekday(String),
}

impl Role {
    /// The name under which the column is kept as text.
    pub fn kept_as(&self) -> Option<&str> {
        match self {
            Self::Known(_) => None,
            Self::Extra(name) | Self::Weekday(name) => Some(name),
        }
    }
}

/// The columns of a file, in its order. There are at most [`MAX_COLUMNS`]. Performer, Stage and Start are
/// among them (Stage not if the planner said it), no known column stands twice, and no two others are kept under one name.
///
/// ```
/// use lineup::header::{Columns, KnownColumn, Role};
///
/// let columns = Columns::from_names(["Datum", "Artist", "Bühne", "start_time", "Genre", "Genre"])?;
/// let roles: Vec<&Role> = columns.iter().map(|column| &column.role).collect();
/// assert_eq!(roles[0], &Role::Known(KnownColumn::Date));
/// assert_eq!(roles[5], &Role::Extra("Genre (column 6)".into()));
/// assert!(columns.has(KnownColumn::Start) && !columns.has(KnownColumn::End));
/// # Ok::<_, lineup::header::HeaderError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ColumnsJson")]
pub struct Columns(Vec<Column>);

impl Columns {
    /// The columns that a header on line 1 names, by their own names or by synonyms.
    ///
    /// No other column is lost. One without a name is kept as `Column 7` (its number, from 1), one that
    /// repeats an earlier name as `Note (column 7)`, and one with the name of another value that is stored as
    /// `Performance (file)`.
    ///
    /// # Errors
    /// [`HeaderError`] if there are too many, a required one is missing, two could be one column, or a name is
    /// too long.
    pub fn from_names<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Result<Self, HeaderError> {
        Self::read(names, HeaderOptions::default())
    }

    /// As [`Columns::from_names`], of a header about which the planner said something.
    ///
    /// ```
    /// use lineup::header::{Columns, HeaderOptions};
    ///
    /// let options = HeaderOptions { has_stage: true, ..HeaderOptions::default() };
    /// assert_eq!(Columns::read(["Performer", "Start"], options)?.len(), 2);
    /// # Ok::<_, lineup::header::HeaderError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Columns::from_names`].
    pub fn read<N: Into<String>>(
        names: impl IntoIterator<Item = N>,
        options: HeaderOptions<'_>,
    ) -> Result<Self, HeaderError> {
        Self::on_line(1, names.into_iter().map(Into::into).collect(), &NamedColumns::new(options))
    }

    /// As [`Columns::from_names`], of a header on this line, of which the planner named some.
    pub(super) fn on_line(
        line: u64,
        names: Vec<String>,
        named: &NamedColumns<'_>,
    ) -> Result<Self, HeaderError> {
        Self::assigned(line, names, named, Rank::Last)
    }

    fn assigned(
        line: u64,
        names: Vec<String>,
        named: &NamedColumns<'_>,
        lowest: Rank,
    ) -> Result<Self, HeaderError> {
        if names.len() > MAX_COLUMNS {
            return Err(HeaderError::TooManyColumns { place: HeaderPlace::on(line), count: names.len() });
        }
        let names: Vec<String> = names.iter().map(|name| trimmed(name).to_owned()).collect();
        let assigned = match assign(line, &names, named, lowest) {
            Ok(assigned) if !lacks_required(&assigned, named) => assigned,
            _ if is_grid(&names, named) => {
                return Err(HeaderError::Grid { place: HeaderPlace::on(line), found: names });
            }
            Ok(assigned) => return Err(missing_columns(line, &names, &assigned, named)),
            Err(error) => return Err(error),
        };
        let mut kept = KeptNames::default();
        let columns = names.into_iter().zip(assigned).enumerate().map(|(index, (name, assigned))| {
            let role = match assigned {
                Assigned::Known(known) => Role::Known(known),
                Assigned::Extra => Role::Extra(kept.take(&name, index + 1)?),
                Assigned::Weekday => Role::Weekday(kept.take(&name, index + 1)?),
            };
            Ok(Column { name, role })
        });
        columns.collect::<Result<_, _>>().map(Self)
    }

    /// Whether a column is this one.
    pub fn has(&self, known: KnownColumn) -> bool {
        self.iter().any(|column| column.role == Role::Known(known))
    }

    /// Each column, in the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, Column> {
        self.0.iter()
    }

    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "the required columns are always there")]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

fn lacks_required(assigned: &[Assigned], named: &NamedColumns<'_>) -> bool {
    KnownColumn::ALL
        .iter()
        .any(|known| named.requires(*known) && !assigned.contains(&Assigned::Known(*known)))
}

/// The names under which columns are kept so far.
#[derive(Default)]
struct KeptNames(HashSet<String>);

impl KeptNames {
    /// A name that no other column and no stored value has, for the column of this number, from 1.
    fn take(&mut self, name: &str, number: usize) -> Result<String, HeaderError> {
        let is_stored = |known: &KnownColumn| known.is_stored() && known.name() == name;
        let mut own = match name {
            "" => format!("Column {number}"),
            stored if COMPUTED_NAMES.contains(&stored) || KnownColumn::ALL.iter().any(is_stored) => {
                format!("{stored}{OF_FILE}")
            }
            name => name.to_owned(),
        };
        while self.0.contains(&own) {
            own = format!("{own} (column {number})");
        }
        if own.len() > MAX_NAME_BYTES {
            return Err(HeaderError::NameTooLong { number, bytes: own.len() });
        }
        self.0.insert(own.clone());
        Ok(own)
    }
}

/// Columns in JSON: typed, or the names of the header, as version 0.1 wrote them.
#[derive(Deserialize)]
#[serde(untagged)]
enum ColumnsJson {
    Typed(Vec<Column>),
    Names(Vec<String>),
}

impl TryFrom<ColumnsJson> for Columns {
    type Error = HeaderError;

    fn try_from(json: ColumnsJson) -> Result<Self, HeaderError> {
        let columns = match json {
            // Version 0.1 knew no synonyms. Its extra columns are extra columns still.
            ColumnsJson::Names(names) => {
                return Self::assigned(1, names, &NamedColumns::none(), Rank::Exact);
            }
            ColumnsJson::Typed(columns) => columns,
        };
        let assigned = columns.iter().map(|column| match column.role {
            Role::Known(known) => Assigned::Known(known),
            Role::Weekday(_) => Assigned::Weekday,
            Role::Extra(_) => Assigned::Extra,
        });
        let assigned: Vec<Assigned> = assigned.collect();
        for known in KnownColumn::ALL {
            let count = assigned.iter().filter(|assigned| **assigned == Assigned::Known(known)).count();
            if count > 1 {
                return Err(HeaderError::repeated(1, known.name(), count));
            }
        }
        // Whether the planner said the stage, the header did not keep.
        let named = NamedColumns::new(HeaderOptions { has_stage: true, ..HeaderOptions::default() });
        if lacks_required(&assigned, &named) {
            let names: Vec<String> = columns.into_iter().map(|column| column.name).collect();
            return Err(missing_columns(1, &names, &assigned, &named));
        }
        Ok(Self(columns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use KnownColumn::*;

    const FIVE: [&str; 5] = ["Performer", "Stage", "Start", "End", "Date"];

    /// The names under which the columns after the first five are kept.
    fn extras(more: &[&str]) -> Vec<String> {
        let columns = Columns::from_names(FIVE.iter().chain(more).copied()).unwrap();
        let extra = |column: &Column| match &column.role {
            Role::Extra(name) => name.clone(),
            other => panic!("{other:?} is no extra column"),
        };
        columns.iter().skip(5).map(extra).collect()
    }

    #[test]
    fn known_columns_are_found_in_any_case_order_and_space() {
        let names = ["DATE", " end ", "start", "sTaGe", "popularityscore", "Performer"];
        let columns = Columns::from_names(names).unwrap();
        let roles: Vec<Role> = columns.iter().map(|column| column.role.clone()).collect();
        assert_eq!(roles, [Date, End, Start, Stage, Popularity, Performer].map(Role::Known));
        assert_eq!(columns.iter().next().unwrap().name, "DATE");
    }

    #[test]
    fn every_other_column_keeps_its_own_name() {
        let expected = ["Genre", "Column 7", "Note", "Note (column 9)", "note"];
        assert_eq!(extras(&[" Genre ", "", "Note", "Note", "note"]), expected);
    }

    #[test]
    fn names_made_up_for_a_column_are_never_taken_already() {
        assert_eq!(
            extras(&["Column 7", "", "a", "a (column 10)", "a"]),
            ["Column 7", "Column 7 (column 7)", "a", "a (column 10)", "a (column 10) (column 10)"]
        );
    }

    /// They were dropped without a word.
    #[test]
    fn a_column_with_the_name_of_a_computed_value_is_kept_under_another() {
        assert_eq!(
            extras(&["Performance", "StageDay", "StartPerformer", "PopularityShard", "performance"]),
            [
                "Performance (file)",
                "StageDay (file)",
                "StartPerformer (file)",
                "PopularityShard (file)",
                "performance"
            ]
        );
        assert_eq!(
            extras(&["Performance (file)", "Performance"]),
            ["Performance (file)", "Performance (file) (column 7)"]
        );
    }

    #[test]
    fn a_header_without_a_required_column_says_which_and_what_it_has() {
        let error = Columns::from_names(["Performer", " Zelte ", "Date"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the header on line 1 has no column Stage, Start. It has \"Performer\", \"Zelte\", \"Date\": if this is \
             what is meant, say so with --column Stage=Zelte; or, if there is one stage, --stage \"Main Stage\""
        );
        let error = Columns::from_names(["Performer", "x", "Date"]).unwrap_err();
        assert!(
            error.to_string().contains("if one of these is meant, name it, as in --column Stage=NAME; or")
        );
        let error = Columns::from_names(["Performer", "Stage", "x"]).unwrap_err().to_string();
        assert!(error.ends_with("as in --column Start=NAME"), "{error}");
        let error = Columns::from_names(["x", "y", "z"]).unwrap_err().to_string();
        assert!(!error.contains("--stage"), "{error}");
    }

    #[test]
    fn a_known_column_that_is_there_twice_is_refused() {
        let error = Columns::from_names(FIVE.iter().chain(&["Artist", "performer"]).copied());
        assert_eq!(error, Err(HeaderError::repeated(1, "Performer", 2)));
    }

    #[test]
    fn a_name_that_dynamodb_does_not_take_is_refused() {
        let long = "n".repeat(65_536);
        let error = Columns::from_names(FIVE.iter().copied().chain([long.as_str()])).unwrap_err();
        assert_eq!(error, HeaderError::NameTooLong { number: 6, bytes: 65_536 });
    }

    /// Every column was compared with every one before it.
    #[test]
    fn as_many_columns_as_a_spreadsheet_has_are_read_and_one_more_is_refused() {
        let wide = |count: usize| {
            Columns::from_names(FIVE.iter().copied().chain(std::iter::repeat_n("Note", count - FIVE.len())))
        };
        assert_eq!(wide(MAX_COLUMNS).unwrap().len(), MAX_COLUMNS);
        assert_eq!(
            wide(MAX_COLUMNS + 1).unwrap_err().to_string(),
            "the header on line 1 has 16385 columns, and 16384 are the most that are read: is the file's \
             delimiter a comma, a semicolon, a tab or a bar?"
        );
    }

    #[test]
    fn json_holds_the_columns_typed() {
        let columns =
            Columns::from_names(["PERFORMER", "Stage", "Start", "End", "Date", "StageDay"]).unwrap();
        let json = serde_json::to_value(&columns).unwrap();
        assert_eq!(json[0], serde_json::json!({"name": "PERFORMER", "known": "Performer"}));
        assert_eq!(json[5], serde_json::json!({"name": "StageDay", "extra": "StageDay (file)"}));
        assert_eq!(serde_json::from_value::<Columns>(json).unwrap(), columns);
    }

    #[test]
    fn columns_without_a_stage_come_back_from_json() {
        let options = HeaderOptions { has_stage: true, ..HeaderOptions::default() };
        assert!(Columns::read(["Performer", "Start", "Stage name"], options).unwrap().has(Stage));
        let columns = Columns::read(["Performer", "Start"], options).unwrap();
        assert!(!columns.has(Stage));
        let json = serde_json::to_value(&columns).unwrap();
        assert_eq!(serde_json::from_value::<Columns>(json).unwrap(), columns);
    }

    #[test]
    fn a_manifest_of_version_0_1_has_the_names_alone() {
        let names = ["PERFORMER", "Stage", "Start", "End", "Date", "Genre"];
        let columns: Columns = serde_json::from_value(serde_json::json!(names)).unwrap();
        assert_eq!(columns, Columns::from_names(names).unwrap());
        assert!(serde_json::from_value::<Columns>(serde_json::json!(["Performer"])).is_err());
        assert!(serde_json::from_value::<Columns>(serde_json::json!([])).is_err());
    }
}
