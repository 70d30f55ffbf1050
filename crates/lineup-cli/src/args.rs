//! The command line: commands, arguments and options. Docstrings here are the help texts.

mod access;
mod export;
mod file_options;
mod format;
mod imports;
mod lineups;
mod query;
mod timetable;
mod web;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue};
use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};
use clap_complete::Shell;
use lineup_contracts::options::{MAX_CHUNK_BYTES, MIN_CHUNK_BYTES};
use notify::LineupCommand;

pub(crate) use access::FolderAccess;
pub(crate) use export::ExportArgs;
pub(crate) use file_options::FileOptionArgs;
pub(crate) use format::{ExportFormat, Format};
pub(crate) use imports::{
    ImportArgs, ImportsArgs, RedriveArgs, RejectsArgs, RerunArgs, ShowArgs, UploadOptions, WatchArgs,
};
pub(crate) use lineups::{DiffArgs, LineupsArgs, PruneArgs, RemoveArgs, RestoreArgs};
pub(crate) use query::{QueryArgs, QueryCommand};
pub(crate) use timetable::TimetableArgs;
pub(crate) use web::{ServeArgs, WebArgs};

/// Where the embedded services keep their data if nothing else is said.
const DEFAULT_DATA: &str = ".lineup";
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
        default_value = DEFAULT_DATA,
        value_name = "DIR",
        hide_env_values = true
    )]
    pub data: PathBuf,
    /// Work on this CloudFormation stack, with the credentials of the environment, instead
    #[arg(long, global = true, env = "LINEUP_STACK", value_name = "NAME", hide_env_values = true)]
    pub stack: Option<String>,
    /// Fail at once where another command has the data, instead of waiting for its end
    #[arg(long, global = true)]
    pub no_wait: bool,
}

/// Takes away the tip to write `--data`, which is in every command, for a `--date` where there is none.
pub(crate) fn without_wrong_tip(mut error: clap::Error) -> clap::Error {
    let is = |kind, text: &str| matches!(error.get(kind), Some(ContextValue::String(found)) if found == text);
    if is(ContextKind::InvalidArg, "--date") && is(ContextKind::SuggestedArg, "--data") {
        error.remove(ContextKind::SuggestedArg);
    }
    error
}

impl Place {
    /// `lineup` with the option that says where the data lies, if the environment does not say it.
    pub(crate) fn command(&self) -> LineupCommand {
        let said = |name: &str, value: &OsStr| std::env::var_os(name).is_some_and(|said| said == value);
        match &self.stack {
            Some(stack) if !said("LINEUP_STACK", stack.as_ref()) => LineupCommand::on_stack(stack),
            None if self.data != Path::new(DEFAULT_DATA) && !said("LINEUP_DATA", self.data.as_ref()) => {
                LineupCommand::on_folder(&self.data)
            }
            _ => LineupCommand::default(),
        }
    }
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
    Web(WebArgs),
}

impl ServiceCommand {
    /// The command's name, and what it wants of the data folder.
    pub(crate) fn access(&self) -> (&'static str, FolderAccess) {
        use FolderAccess::{Read, Write};
        match self {
            Self::Import(_) => ("import", Write),
            Self::Diff(_) => ("diff", Read),
            Self::Lineups(_) => ("lineups", Read),
            Self::Remove(_) => ("remove", Write),
            Self::Restore(_) => ("restore", Write),
            Self::Query(_) => ("query", Read),
            Self::Timetable(_) => ("timetable", Read),
            Self::Export(_) => ("export", Read),
            Self::Imports(_) => ("imports", Read),
            Self::Show(_) => ("show", Read),
            Self::Rejects(_) => ("rejects", Read),
            Self::Redrive(_) => ("redrive", Write),
            Self::Rerun(_) => ("rerun", Write),
            Self::Prune(_) => ("prune", Write),
            Self::Serve(args) => ("serve", FolderAccess::Serve { aws_port: args.aws_port }),
            Self::Web(_) => ("web", Read),
        }
    }
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
    #[command(display_order = 30)]
    Completions(CompletionsArgs),
    #[command(display_order = 31)]
    Man(ManArgs),
    /// The functions of the state machine, as the embedded Lambda service starts them
    #[command(hide = true)]
    Function {
        /// Which function
        name: FunctionName,
    },
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
  lineup check saturday.csv sunday.csv
  lineup check lineup.csv --json | jq .warnings

Exit codes: 0 every row can be read, 3 some rows would be rejected, 1 the file cannot be imported, 2 usage; of several files
the worst.")]
pub(crate) struct CheckArgs {
    /// The lineups, as for `lineup import`
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Print one JSON object a file
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub file_options: FileOptionArgs,
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

/// Prints what a shell needs to complete the words of `lineup`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup completions bash > ~/.local/share/bash-completion/completions/lineup
  lineup completions zsh > ~/.zfunc/_lineup
  lineup completions fish > ~/.config/fish/completions/lineup.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Prints the manual page, or writes one a command into a folder
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup man > lineup.1
  lineup man --dir ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Write the pages into this folder, which is made if need be
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
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
