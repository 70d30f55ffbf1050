//! The arguments of `lineup export`.

use clap::Args;
use jiff::tz::TimeZone;

use super::format::ExportFormat;
use super::query::time_zone;

/// Prints every performance in the table
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup export > performances.csv
  lineup export --lineup lineup.csv
  lineup export --format jsonl | jq -r .Performer | sort -u
  lineup export --format ics --zone Europe/London > festival.ics

The header of CSV names the columns of the imports whose rows may be in the table. Without their records (a stack deletes them after
ImportRetentionDays) every row is read before the first line is written, as with --all-columns.
Exit codes: 3 if something is left out, which is named: an item of the table that is no performance, or a column that no import names; 4 if there
is no such lineup.")]
pub(crate) struct ExportArgs {
    /// Only what this lineup has: what was imported under this name, and under no other one since
    #[arg(long, value_name = "NAME")]
    pub lineup: Option<String>,
    /// How to write it; the names in JSON are the attribute names of the table
    #[arg(long, value_enum, default_value_t = ExportFormat::Csv)]
    pub format: ExportFormat,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// Read every row before the first line of CSV, so that its header also names columns that no import names
    #[arg(long)]
    pub all_columns: bool,
    /// The zone of the festival's clock, such as Europe/Berlin: the times of --format ics are in UTC then
    #[arg(long, value_name = "ZONE", value_parser = time_zone)]
    pub zone: Option<TimeZone>,
}

impl ExportArgs {
    /// How the performances are written.
    pub(crate) fn format(&self) -> ExportFormat {
        if self.json { ExportFormat::Json } else { self.format }
    }
}
