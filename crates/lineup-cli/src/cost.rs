//! `lineup cost`: what imports cost on AWS.

use std::path::Path;

use lineup_costs::{CostModel, CostQuestion, CostReport, LineupKind, Prices};

use crate::args::CostArgs;
use crate::exit::{CommandError, Exit};
use crate::{check, output, upload};

/// The volumes that are answered where neither a file nor a number is given.
const VOLUMES: [u64; 3] = [1_000, 10_000, 100_000];

/// Answers what imports cost.
pub(crate) fn run(args: &CostArgs) -> anyhow::Result<Exit> {
    let prices = args.prices.as_deref().map_or_else(|| Ok(Prices::list()), prices)?;
    let (kind, of_file) = kind(args)?;
    let rows_per_day = match (args.rows_per_day.as_slice(), of_file) {
        ([], Some(rows)) => vec![rows],
        ([], None) => VOLUMES.to_vec(),
        (asked, _) => asked.to_vec(),
    };
    let files_per_day = args.files_per_day;
    if let Some(rows) = rows_per_day.iter().find(|rows| **rows < files_per_day) {
        let what = format!(
            "{files_per_day} files a day have {rows} rows: a file has at least one; lower --files-per-day"
        );
        return Err(CommandError::Usage(what).into());
    }
    let question = CostQuestion { rows_per_day, files_per_day, kind };
    let report = CostReport::answer(&CostModel::of_this_version()?, &prices, &question)?;
    if args.json {
        output::json(&report)?;
    } else {
        output::line(report.text().trim_end())?;
    }
    Ok(Exit::Succeeded)
}

/// What the rows are like, and how many the file has.
fn kind(args: &CostArgs) -> anyhow::Result<(LineupKind, Option<u64>)> {
    let popularity = args.popularity;
    let Some(path) = &args.file else { return Ok((LineupKind::Sample { popularity }, None)) };
    upload::check(path)?;
    let file = check::check(path, &args.file_options.read_options)?.import_file;
    let file = if popularity { file.with_popularity() } else { file };
    // A file of rejects alone is imported, too; a month has at least a row a day.
    let rows = (file.rows as u64).max(1);
    Ok((LineupKind::Like(Box::new(file)), Some(rows)))
}

/// Reads a file of prices.
fn prices(path: &Path) -> anyhow::Result<Prices> {
    let usage =
        |why: String| CommandError::Usage(format!("cannot use the prices in {}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| usage(error.to_string()))?;
    let read = Prices::parse(&text).map_err(|error| match std::error::Error::source(&error) {
        Some(cause) => usage(format!("{error}: {cause}")),
        None => usage(error.to_string()),
    });
    Ok(read?)
}
