//! The command line: commands, arguments and options. Docstrings here are the help texts.

mod file_options;
mod format;
mod lineups;
mod query;
mod timetable;

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};
use lineup_contracts::options::{MAX_CHUNK_BYTES, MIN_CHUNK_BYTES};
use lineup_versions::ReplaceMode;

pub(crate) use file_options::FileOptionArgs;
pub(crate) use format::{ExportFormat, Format};
pub(crate) use lineups::{DiffArgs, LineupsArgs, PruneArgs, RemoveArgs, RestoreArgs};
pub(crate) use query::{QueryArgs, QueryCommand};
pub(crate) use timetable::TimetableArgs;

/// More rows than this are in no file that S3 takes.
const MOST_ROWS_A_DAY: u64 = 1_000_000_000_000;

const AFTER_HELP: &str = "\
Exit codes:
  0    succeeded
  1    failed: the import, or the command itself
  2    usage: the command line makes no sense, or the file cannot be read
  3    partial: the file is imported, some of its rows were rejected
  4    nothing found
  130  interrupted by Ctrl-C

Examples:
  lineup import samples/lineup.csv
  lineup query performer 'Megan Thee Stallion'
  lineup export --format csv > performances.csv
  lineup --stack festival import samples/lineup.csv

RUST_LOG=info (or debug) tells on stderr what happens inside.";

/// Imports festival lineups into DynamoDB, in parallel, and answers questions about them.
///
/// Everything runs on this machine: the same state machine and the same functions that a
/// deployment has, on embedded S3, DynamoDB, SNS, Lambda and Step Functions. With --stack, the
/// commands work on a deployment.
#[derive(Debug, Parser)]
#[command(name = "lineup", version, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub place: Place,
    #[command(subcommand)]
    pub command: Command,
}

/// Where the data lies: in a deployed stack, or in a folder.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Folder of the embedded services' data
    #[arg(
        long,
        global = true,
        env = "LINEUP_DATA",
        default_value = ".lineup",
        value_name = "DIR",
        hide_env_values = true
    )]
    pub data: PathBuf,
    /// Work on this CloudFormation stack, with the credentials of the environment, instead
    #[arg(long, global = true, env = "LINEUP_STACK", value_name = "NAME", hide_env_values = true)]
    pub stack: Option<String>,
}

/// The commands, by what they need to run.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Service(ServiceCommand),
    #[command(flatten)]
    Local(LocalCommand),
}

/// Commands that work on services: the embedded ones, or those of a deployed stack.
#[derive(Debug, Subcommand)]
pub(crate) enum ServiceCommand {
    Import(ImportArgs),
    Diff(DiffArgs),
    Lineups(LineupsArgs),
    Remove(RemoveArgs),
    Restore(RestoreArgs),
    Query(QueryArgs),
    Timetable(TimetableArgs),
    Export(ExportArgs),
    Imports(ImportsArgs),
    Show(ShowArgs),
    Rejects(RejectsArgs),
    Redrive(RedriveArgs),
    Rerun(RerunArgs),
    Prune(PruneArgs),
    Serve(ServeArgs),
}

/// Commands that need no services.
#[derive(Debug, Subcommand)]
pub(crate) enum LocalCommand {
    // First in the help, beside `import`.
    #[command(display_order = 1)]
    Check(CheckArgs),
    // Beside `rerun` in the help, where it would stand if this were one list.
    #[command(display_order = 15)]
    Plan(PlanArgs),
    #[command(display_order = 15)]
    Cost(CostArgs),
    /// The functions of the state machine, as the embedded Lambda service starts them
    #[command(hide = true)]
    Function {
        /// Which function
        name: FunctionName,
    },
}

/// Imports a file and waits for its end
///
/// Uploads FILE, follows the execution that the upload starts, and prints the message that the
/// subscribers get. A file of the same name is a new version of the same lineup: it takes the place of the one before,
/// and what it does not have any more is removed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup import samples/lineup.csv
  lineup import corrected.csv --as lineup.csv
  lineup import sunday.csv --as lineup.csv --replace never
  curl https://example.org/lineup.csv | lineup import - --as lineup.csv
  lineup import big.csv --chunk-bytes 1048576 --concurrency 4
  lineup import big.csv --json | jq .rows.rejected

Exit codes: 0 succeeded, 3 partial (rows were rejected: see `lineup rejects`), 1 failed, 2 usage.
Ctrl-C stops the execution; what is loaded stays loaded.")]
pub(crate) struct ImportArgs {
    /// The lineup: CSV, an Excel or OpenDocument workbook, or JSON; compressed or not. `-` is stdin, and needs --as
    pub file: PathBuf,
    /// Aim at chunks of this many bytes, from 16 KiB to 16 MiB
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(MIN_CHUNK_BYTES..=MAX_CHUNK_BYTES))]
    pub chunk_bytes: Option<u64>,
    /// Load this many chunks at a time
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=lineup_contracts::options::MAX_CONCURRENCY))]
    pub concurrency: Option<u64>,
    /// The name of the lineup; the name of the file if this is not said. What is imported under a name takes the place of what
    /// was imported under it before
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    /// What becomes of what only the version before has: `guarded` removes it unless the file seems to be a part of the
    /// lineup, `always` removes it also then, `never` lets the file add to the lineup
    #[arg(long, value_name = "WHEN", value_parser = replace_mode())]
    pub replace: Option<ReplaceMode>,
    /// Read the file and report, but write no row (`lineup check` does the same faster, on this machine alone)
    #[arg(long)]
    pub dry_run: bool,
    /// Print one JSON object instead of the message
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub file_options: FileOptionArgs,
}

fn replace_mode() -> impl TypedValueParser<Value = ReplaceMode> {
    let modes = ReplaceMode::ALL.map(ReplaceMode::as_str);
    PossibleValuesParser::new(modes).try_map(|mode| mode.parse::<ReplaceMode>())
}

/// Says what an import would read of a file, and writes nothing
///
/// Reads the whole file on this machine, with no services: its form and encoding, the meaning of its columns,
/// the order of its dates, the rows that would be rejected and those that look wrong.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup check lineup.xlsx
  lineup check lineup.csv --dates dmy --day-starts 06:00
  lineup check lineup.csv --json | jq .warnings

Exit codes: 0 every row can be read, 3 some rows would be rejected, 1 the file cannot be imported, 2 usage.")]
pub(crate) struct CheckArgs {
    /// The lineup, as for `lineup import`
    pub file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub file_options: FileOptionArgs,
}

/// Prints every performance in the table
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup export > performances.csv
  lineup export --lineup lineup.csv
  lineup export --format jsonl | jq -r .Performer | sort -u

Exit code 4 if there is no such lineup.")]
pub(crate) struct ExportArgs {
    /// Only what this lineup has: what was imported under this name, and under no other one since
    #[arg(long, value_name = "NAME")]
    pub lineup: Option<String>,
    /// How to write it; the names in JSON are the attribute names of the table
    #[arg(long, value_enum, default_value_t = ExportFormat::Csv)]
    pub format: ExportFormat,
}

/// Lists the imports, newest first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup imports
  lineup imports --json | jq -r '.[0].import_id'

Exit code 4 if there is none.")]
pub(crate) struct ImportsArgs {
    /// Print one JSON array
    #[arg(long)]
    pub json: bool,
}

/// Shows one import with its chunks: rows, time and state of each
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup show 5f3c
  lineup show 5f3c --replaced
  lineup show 5f3c --json | jq '.chunks[] | select(.state != \"LOADED\")'

Exit code 4 if there is no such import.")]
pub(crate) struct ShowArgs {
    /// Import id, or the beginning of one
    pub import_id: String,
    /// Add the rows that were not written, because a row further down the file has the same performer, stage, date and start; it
    /// reads the file again
    #[arg(long)]
    pub replaced: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Prints the rejected rows of an import as CSV: line, column, value, reason, raw row
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup rejects 5f3c > rejects.csv
  lineup rejects 5f3c --fix > fix.csv

Exit code 4 if there is no such import; an import without rejected rows gives the header alone.")]
pub(crate) struct RejectsArgs {
    /// Import id, or the beginning of one
    pub import_id: String,
    /// Print the rows alone, under the header of their file, to correct them; and, on stderr, the command that adds them
    #[arg(long)]
    pub fix: bool,
}

/// Redrives the last failed execution of an import, which loads what is missing
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  lineup redrive 5f3c

Step Functions allows a redrive for 14 days; `lineup rerun` has no such limit.
Exit codes: as `lineup import`.")]
pub(crate) struct RedriveArgs {
    /// Import id, or the beginning of one
    pub import_id: String,
    /// Print one JSON object instead of the message
    #[arg(long)]
    pub json: bool,
}

/// Starts a new execution for chunks of an earlier import
///
/// Loads the chunks that are missing, or the ones that are named, also where they are loaded
/// already. With --replace it loads nothing, and removes what an import kept because its file seemed to be a part.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup rerun 5f3c
  lineup rerun 5f3c --chunk 17 --chunk 40
  lineup rerun 5f3c --replace

Exit codes: as `lineup import`.")]
pub(crate) struct RerunArgs {
    /// Import id, or the beginning of one
    pub import_id: String,
    /// A chunk to load again; may be given more than once
    #[arg(long = "chunk", value_name = "N")]
    pub chunks: Vec<NonZeroU32>,
    /// Say that the file is the whole lineup: what it does not have is removed, and nothing is loaded
    #[arg(long, conflicts_with = "chunks")]
    pub replace: bool,
    /// Print one JSON object instead of the message
    #[arg(long)]
    pub json: bool,
}

/// Shows the chunks that a file would be split into; writes nothing
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup plan big.csv
  lineup plan big.csv --chunk-bytes 65536 --json

Exit codes: 0, 1 if the file is no lineup, 2 if it cannot be read.")]
pub(crate) struct PlanArgs {
    /// CSV file with a header
    pub file: PathBuf,
    /// Aim at chunks of this many bytes, from 16 KiB to 16 MiB
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(MIN_CHUNK_BYTES..=MAX_CHUNK_BYTES))]
    pub chunk_bytes: Option<u64>,
    /// Print an object a chunk, then one with the totals
    #[arg(long)]
    pub json: bool,
}

/// Says what imports cost on AWS, by line of the bill
///
/// A month of 30 days at list prices, without the free tier: the variable part, which grows with the imports, and
/// the fixed part. With FILE, also what its import costs: its rows are read, as by `lineup check`, and nothing is
/// written. docs/costs.md explains the lines.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup cost
  lineup cost lineup.xlsx
  lineup cost --rows-per-day 500,20000 --popularity --files-per-day 10
  lineup cost --json | jq '.volumes[] | {rows_per_day, variable_per_month}'

FILE of --prices has the form of crates/lineup-costs/prices.json.
Exit codes: 0, 1 if the file cannot be imported, 2 usage.")]
pub(crate) struct CostArgs {
    /// A lineup, as for `lineup import`: rows like its own are counted
    pub file: Option<PathBuf>,
    /// Numbers of rows a day, separated by commas [default: 1000,10000,100000, or as many as FILE has]
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = rows_per_day)]
    pub rows_per_day: Vec<u64>,
    /// Count every row with a popularity, which puts it into an index more
    #[arg(long)]
    pub popularity: bool,
    /// In how many files the rows of a day come
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u64).range(1..=1_000_000))]
    pub files_per_day: u64,
    /// Other prices than the list prices of us-east-1
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub file_options: FileOptionArgs,
}

/// Reads a number of rows a day.
fn rows_per_day(text: &str) -> Result<u64, String> {
    match text.trim().parse() {
        Ok(rows) if (1..=MOST_ROWS_A_DAY).contains(&rows) => Ok(rows),
        _ => Err(format!(
            "this is no number of rows: write digits alone, such as 1000, from 1 to {MOST_ROWS_A_DAY}"
        )),
    }
}

/// Keeps the embedded services up until Ctrl-C, with pages to look at, for the aws command line and other clients
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  lineup serve
  aws s3 cp big.csv s3://lineup-uploads/     (in another terminal, with the printed variables)

The line that begins with Web has the address of the timetable and of the imports. It is for whoever started
the command: nobody without its token gets a page.
An upload starts an import; the messages that subscribers get are printed as they are published.")]
pub(crate) struct ServeArgs {
    /// Port of the pages, on this machine alone; one that is free without it
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    pub port: Option<u16>,
}

/// A function of the state machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FunctionName {
    Convert,
    Split,
    Survey,
    Hold,
    Load,
    Remove,
    Summarize,
    Notify,
    Recover,
}
