//! The arguments of the commands that show pages.

use clap::Args;

/// The port of the pages, so that a bookmark stays right.
const PORT: u16 = 8420;
/// The port of all of AWS.
const AWS_PORT: u16 = 8421;

/// Keeps the embedded services up until Ctrl-C, with pages to look at, for the aws command line and other clients
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  lineup serve
  aws s3 cp big.csv s3://lineup-uploads/     (in another terminal, with the printed variables)

The line that begins with Web has the address of the timetable and of the imports. It is for whoever started
the command: nobody without its token gets a page.
An upload starts an import; the messages that subscribers get are printed as they are published.
Every other command on the same data joins it, from any terminal: import, query, redrive and the rest work beside it.")]
pub(crate) struct ServeArgs {
    /// Port of the pages, on this machine alone; 0 takes one that is free
    #[arg(long, value_name = "N", default_value_t = PORT)]
    pub port: u16,
    /// Port of all of AWS (AWS_ENDPOINT_URL), on this machine alone; 0 takes one that is free
    #[arg(long, env = "LINEUP_AWS_PORT", value_name = "N", default_value_t = AWS_PORT)]
    pub aws_port: u16,
}

/// Shows the pages of a deployed stack on this machine until Ctrl-C: its timetable, its imports, its lineups
///
/// They use the credentials of the environment, so that nothing new is exposed in the account. They only read, unless
/// --allow-changes is said. RUNBOOK.md has the policy that they need, and how many requests they make.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup --stack festival web
  lineup --stack festival web --allow-changes

The line that begins with Web has the address; nobody without its token gets a page.
Without --stack, `lineup serve` has the pages of the data on this machine.")]
pub(crate) struct WebArgs {
    /// Port of the pages, on this machine alone; 0 takes one that is free
    #[arg(long, value_name = "N", default_value_t = PORT)]
    pub port: u16,
    /// Let the pages import, redrive, re-run and restore
    #[arg(long)]
    pub allow_changes: bool,
}
