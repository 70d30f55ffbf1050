//! What each column of a file means, from its header.

use std::sync::Arc;

use crate::{
    contract::Columns,
    error::{ErrorName, Named},
    table::attribute,
};

/// A column that lineup knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Known {
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

impl Known {
    /// Every known column.
    pub const ALL: [Self; 6] =
        [Self::Performer, Self::Stage, Self::Start, Self::End, Self::Date, Self::Popularity];

    /// Its name in a header, and as an attribute of the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Performer => attribute::PERFORMER,
            Self::Stage => attribute::STAGE,
            Self::Start => attribute::START,
            Self::End => attribute::END,
            Self::Date => attribute::DATE,
            Self::Popularity => attribute::POPULARITY,
        }
    }

    /// Whether a header must have it.
    pub const fn required(self) -> bool {
        !matches!(self, Self::Popularity)
    }

    /// The column that a header calls `name`, in any case.
    fn named(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("PopularityScore") {
            return Some(Self::Popularity);
        }
        Self::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(name))
    }
}

/// What is done with a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It is read.
    Known(Known),
    /// It is kept as an attribute under its own name.
    Extra,
    /// It has the name of an attribute that is computed from the others, as
    /// in a file that `lineup export` wrote; it is left out.
    Derived,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The attribute's name of an extra column, else the header's.
    pub name: Arc<str>,
    /// What is done with it.
    pub role: Role,
}

/// Why rows cannot be read under a header.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// A required column is not there.
    #[error("the header has no column {}; it has {}. A lineup's first line names Performer, Stage, Start, End, Date",
        .missing.join(", "), list(.found))]
    Missing {
        /// The required columns that were not found.
        missing: Vec<&'static str>,
        /// The header's columns.
        found: Vec<String>,
    },
    /// A known column is there twice, and only one of the two can be meant.
    #[error("the header has the column {column} twice (columns {first} and {second}): rename one of them")]
    Repeated {
        /// The known column.
        column: &'static str,
        /// The number of the one, from 1.
        first: usize,
        /// The number of the other.
        second: usize,
    },
    /// A name that DynamoDB does not take.
    #[error(
        "the name of column {number} is {bytes} bytes, DynamoDB takes {}: shorten it",
        attribute::NAME_BYTES
    )]
    NameTooLong {
        /// The column's number, from 1.
        number: usize,
        /// The name's length.
        bytes: usize,
    },
}

impl Named for HeaderError {
    fn name(&self) -> ErrorName {
        match self {
            Self::Missing { .. } | Self::Repeated { .. } | Self::NameTooLong { .. } => {
                ErrorName::InvalidInput
            }
        }
    }
}

/// The columns of a header, in its order.
///
/// No extra column is lost: one without a name is `Column 7` (its number, from
/// 1), and one whose name an earlier extra column has is `Note (column 7)`.
pub fn read(header: &Columns) -> Result<Vec<Column>, HeaderError> {
    let mut columns: Vec<Column> = Vec::with_capacity(header.0.len());
    for (index, name) in header.0.iter().enumerate() {
        let column = column(name.trim(), index + 1, &columns);
        check(&column, index + 1, &columns)?;
        columns.push(column);
    }
    match missing(&columns) {
        missing if missing.is_empty() => Ok(columns),
        missing => Err(HeaderError::Missing { missing, found: header.0.clone() }),
    }
}

fn column(name: &str, number: usize, before: &[Column]) -> Column {
    if let Some(known) = Known::named(name) {
        return Column { name: name.into(), role: Role::Known(known) };
    }
    if attribute::DERIVED.iter().any(|derived| derived.eq_ignore_ascii_case(name)) {
        return Column { name: name.into(), role: Role::Derived };
    }
    let mut own = if name.is_empty() { format!("Column {number}") } else { name.to_owned() };
    while before.iter().any(|column| column.role == Role::Extra && *column.name == *own) {
        own = format!("{own} (column {number})");
    }
    Column { name: own.into(), role: Role::Extra }
}

fn check(column: &Column, number: usize, before: &[Column]) -> Result<(), HeaderError> {
    if column.name.len() > attribute::NAME_BYTES {
        return Err(HeaderError::NameTooLong { number, bytes: column.name.len() });
    }
    let Role::Known(known) = column.role else { return Ok(()) };
    match before.iter().position(|other| other.role == column.role) {
        Some(index) => Err(HeaderError::Repeated { column: known.name(), first: index + 1, second: number }),
        None => Ok(()),
    }
}

fn missing(columns: &[Column]) -> Vec<&'static str> {
    let has = |known: Known| columns.iter().any(|column| column.role == Role::Known(known));
    Known::ALL.into_iter().filter(|known| known.required() && !has(*known)).map(Known::name).collect()
}

/// Names as an error message shows them: cut, for a binary file's "header" can be long.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 20;
    const LENGTH: usize = 40;
    let mut shown: Vec<String> =
        names.iter().take(SHOWN).map(|name| name.chars().take(LENGTH).collect()).collect();
    if names.len() > SHOWN {
        shown.push(format!("and {} more", names.len() - SHOWN));
    }
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Columns {
        Columns(names.iter().map(|name| (*name).to_owned()).collect())
    }

    fn names(columns: &[Column]) -> Vec<&str> {
        columns.iter().map(|column| &*column.name).collect()
    }

    #[test]
    fn known_columns_are_found_in_any_case_order_and_space() {
        let columns =
            read(&header(&["DATE", " end ", "start", "sTaGe", "popularityscore", "Performer"])).unwrap();
        let roles: Vec<Role> = columns.iter().map(|column| column.role).collect();
        use Known::*;
        assert_eq!(roles, [Date, End, Start, Stage, Popularity, Performer].map(Role::Known));
    }

    #[test]
    fn every_other_column_keeps_its_own_name() {
        let columns = read(&header(&[
            "Performer",
            "Stage",
            "Start",
            "End",
            "Date",
            " Genre ",
            "",
            "Note",
            "Note",
            "note",
        ]))
        .unwrap();
        assert_eq!(names(&columns)[5..], ["Genre", "Column 7", "Note", "Note (column 9)", "note"]);
        assert!(columns[5..].iter().all(|column| column.role == Role::Extra));
    }

    #[test]
    fn names_made_up_for_a_column_are_never_taken_already() {
        let columns = read(&header(&[
            "Performer",
            "Stage",
            "Start",
            "End",
            "Date",
            "Column 7",
            "",
            "a",
            "a (column 10)",
            "a",
        ]))
        .unwrap();
        assert_eq!(
            names(&columns)[5..],
            ["Column 7", "Column 7 (column 7)", "a", "a (column 10)", "a (column 10) (column 10)"]
        );
    }

    #[test]
    fn computed_attributes_of_an_exported_file_are_left_out() {
        let columns = read(&header(&[
            "Performer",
            "Performance",
            "Stage",
            "Date",
            "Start",
            "End",
            "stageday",
            "StartPerformer",
            "POPULARITYSHARD",
        ]))
        .unwrap();
        let derived = columns.iter().filter(|column| column.role == Role::Derived).count();
        assert_eq!(derived, 4);
    }

    #[test]
    fn a_header_without_a_required_column_says_which_and_what_it_has() {
        let error = read(&header(&["Performer", "Begin", "Date"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the header has no column Stage, Start, End; it has Performer, Begin, Date. \
             A lineup's first line names Performer, Stage, Start, End, Date"
        );
        assert_eq!(error.name(), ErrorName::InvalidInput);
        assert!(read(&header(&[])).unwrap_err().to_string().contains("it has none"));
    }

    #[test]
    fn a_known_column_that_is_there_twice_is_refused() {
        let error =
            read(&header(&["Performer", "Stage", "Start", "End", "Date", "Popularity", "PopularityScore"]))
                .unwrap_err();
        assert_eq!(error, HeaderError::Repeated { column: "Popularity", first: 6, second: 7 });
    }

    #[test]
    fn a_name_that_dynamodb_does_not_take_is_refused() {
        let long = "n".repeat(65_536);
        let error = read(&header(&["Performer", "Stage", "Start", "End", "Date", &long])).unwrap_err();
        assert_eq!(error, HeaderError::NameTooLong { number: 6, bytes: 65_536 });
    }
}
