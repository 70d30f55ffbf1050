//! The arguments of the commands about lineups and their versions.

use std::path::PathBuf;

use clap::Args;

use super::WatchArgs;
use super::file_options::FileOptionArgs;

/// Says what a file would change of its lineup, and writes nothing
///
/// Compares the file on this machine with the current version of the lineup: sets that were added, removed or moved, and
/// those of which another column changed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup diff lineup.csv
  lineup diff corrected.csv --as lineup.csv
  lineup diff lineup.csv --json | jq .moved

Exit codes: 0 nothing would change, 3 something would, 1 the file cannot be imported, 2 usage.")]
pub(crate) struct DiffArgs {
    /// The lineup, as for `lineup import`
    pub file: PathBuf,
    /// The name of the lineup; the name of the file if this is not said
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub file_options: FileOptionArgs,
}

/// Lists the lineups, each with its current version, or the versions of one
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup lineups
  lineup lineups lineup.csv
  lineup lineups --json | jq -r '.[].name'

Exit code 4 if there is none.")]
pub(crate) struct LineupsArgs {
    /// List the versions of this lineup, newest first, and which can be restored
    pub name: Option<String>,
    /// Print one JSON array
    #[arg(long)]
    pub json: bool,
}

/// Takes a lineup out of the table
///
/// Removes every set that was imported under NAME, and under no other name since. It is an import of a file without rows, and its
/// message says how many are gone. Earlier versions stay: see `lineup restore`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup remove lineup.csv
  lineup remove lineup.csv --yes --json | jq .changes.differences.removed

Exit codes: 0 removed, 1 failed or not wanted, 2 usage (also without --yes where nobody can be asked), 4 no such lineup.")]
pub(crate) struct RemoveArgs {
    /// The name of the lineup, as `lineup lineups` lists it
    pub name: String,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub watch: WatchArgs,
}

/// Brings an earlier version of a lineup back
///
/// Imports the file of that version once more: what the version does not have is removed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup lineups lineup.csv
  lineup restore lineup.csv --version 5f3c

Exit codes: as `lineup import`; 4 if there is no such lineup or version.")]
pub(crate) struct RestoreArgs {
    /// The name of the lineup, as `lineup lineups` lists it
    pub name: String,
    /// The import of that version, or the beginning of its id
    #[arg(long, value_name = "ID")]
    pub version: String,
    #[command(flatten)]
    pub watch: WatchArgs,
}

/// Deletes imports that are no longer needed, which frees their disk
///
/// Of every lineup the current version stays, with whatever the next one is compared with. Earlier versions, dry runs and
/// imports that a newer upload took over go: what they left, and their files. They cannot be shown or restored then; the table
/// stays as it is. A deployed stack does the same by itself, after ImportRetentionDays.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup prune
  lineup prune --keep 3 --yes

Exit codes: 0 deleted, or nothing to delete, 1 failed or not wanted, 2 usage (also without --yes where nobody can be asked).")]
pub(crate) struct PruneArgs {
    /// Keep so many earlier versions of each lineup, which can be restored
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub keep: usize,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}
