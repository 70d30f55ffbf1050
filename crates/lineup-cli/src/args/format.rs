//! The output formats.

use clap::ValueEnum;

/// How to write rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns
    Table,
    /// One array
    Json,
    /// An object a line
    Jsonl,
    /// A header, then a record a row
    Csv,
    /// A calendar (iCalendar) of the sets
    Ics,
}

/// How `export` writes performances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// A header, then a record a performance
    Csv,
    /// One array
    Json,
    /// An object a line
    Jsonl,
    /// A calendar (iCalendar) of the sets
    Ics,
}
