//! The commands about imports.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, value_parser};
use lineup_contracts::options::{MAX_CHUNK_BYTES, MIN_CHUNK_BYTES};
use lineup_versions::ReplaceMode;

use super::{FileOptionArgs, Format};
use crate::progress::Detail;

/// Imports files and waits for the end
///
/// Uploads FILE, follows the execution that the upload starts, and prints the message that the
/// subscribers get; of several files a line each. A file of the same name is a new version of the same lineup: it takes the place
/// of the one before, and what it does not have any more is removed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup import samples/lineup.csv
  lineup import corrected.csv --as lineup.csv
  lineup import sunday.csv --as lineup.csv --replace never
  lineup import saturday.csv sunday.csv
  curl https://example.org/lineup.csv | lineup import - --as lineup.csv
  lineup import big.csv --chunk-bytes 1048576 --concurrency 4
  lineup import big.csv --json | jq .rows.rejected

Exit codes: 0 succeeded, 3 partial (rows were rejected: see `lineup rejects`), 1 failed, 2 usage; of
several files the worst. Ctrl-C stops the execution; what is loaded stays loaded.")]
pub(crate) struct ImportArgs {
    /// The lineups: CSV, an Excel or OpenDocument workbook, or JSON; compressed or not. `-` is stdin, and needs --as
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub options: UploadOptions,
    /// Print one JSON object a file instead of the message
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub progress: ProgressArgs,
}

/// What an upload says about its import.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct UploadOptions {
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
    #[command(flatten)]
    pub file_options: FileOptionArgs,
}

/// How much a command says while it works.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct ProgressArgs {
    /// Say nothing on stderr while the import runs
    #[arg(short, long)]
    pub quiet: bool,
    /// Say each phase and each chunk on a line of its own
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,
}

/// What a command says that starts an import and waits for its end.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct WatchArgs {
    /// Print one JSON object instead of the message
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub progress: ProgressArgs,
}

impl ProgressArgs {
    /// How much.
    pub(crate) fn detail(self) -> Detail {
        match self {
            Self { quiet: true, .. } => Detail::Quiet,
            Self { verbose: true, .. } => Detail::Verbose,
            Self { .. } => Detail::Normal,
        }
    }
}

fn replace_mode() -> impl TypedValueParser<Value = ReplaceMode> {
    let modes = ReplaceMode::ALL.map(ReplaceMode::as_str);
    PossibleValuesParser::new(modes).try_map(|mode| mode.parse::<ReplaceMode>())
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
  lineup show 5f3c --json | jq '.chunk_states[] | select(.state != \"LOADED\")'

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

/// Prints the rejected rows of an import: line, column, value, reason, raw row
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup rejects 5f3c > rejects.csv
  lineup rejects 5f3c --fix > fix.csv
  lineup rejects 5f3c --json

Exit code 4 if there is no such import; an import without rejected rows gives the header alone.")]
pub(crate) struct RejectsArgs {
    /// Import id, or the beginning of one
    pub import_id: String,
    /// Print the rows alone, under the header of their file, to correct them; and, on stderr, the command that adds them
    #[arg(long, conflicts_with_all = ["format", "json"])]
    pub fix: bool,
    /// How to write them; a rejected row is no set, so not as a calendar
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}

impl RejectsArgs {
    /// How the rows are written.
    pub(crate) fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
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
    #[command(flatten)]
    pub watch: WatchArgs,
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
    #[command(flatten)]
    pub watch: WatchArgs,
}
