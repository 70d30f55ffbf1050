//! `lineup check`: what an import would read of a local file.

mod report;
mod rows;
mod text;

use anyhow::Context;
use lineup::options::ReadOptions;
use lineup::origin::Origin;
use lineup::reading::Reading;
use lineup::splitter::Split;
use lineup::survey::{Facts, decide, notes, warnings};

use crate::args::CheckArgs;
use crate::exit::Exit;
use crate::{output, upload};
use report::{CheckReport, CheckedRows};
use rows::FileRows;
use text::Text;

/// Checks the file and prints the report.
pub(crate) fn run(args: &CheckArgs) -> anyhow::Result<Exit> {
    upload::check(&args.file)?;
    let checked = check(args).with_context(|| format!("{} cannot be imported", args.file.display()));
    match checked {
        Ok(report) => {
            report.print(args.json)?;
            Ok(if report.rows.rejected > 0 { Exit::Partial } else { Exit::Succeeded })
        }
        Err(error) if args.json => {
            output::json(&serde_json::json!({ "file": args.file, "error": format!("{error:#}") }))?;
            Err(error)
        }
        Err(error) => Err(error),
    }
}

fn check(args: &CheckArgs) -> anyhow::Result<CheckReport> {
    let options = &args.file_options.read_options;
    let (text, split) = Text::open(&args.file, options)?;
    let Split { header, chunks, .. } = split;
    let file_rows = FileRows { file: text.file(), header: &header, chunks: &chunks };
    let (reading, facts) = decided(&file_rows, options, text.origin())?;
    anyhow::ensure!(facts.rows > 0, "it has a header but no rows: add at least one row");
    let rows = file_rows.read(&reading)?;
    let conversion = text.conversion();
    Ok(CheckReport {
        file: args.file.clone(),
        form: conversion.map_or_else(|| "text".to_owned(), |conversion| conversion.form.clone()),
        header_line: header.line,
        delimiter: char::from(header.dialect.delimiter),
        notes: conversion
            .map(|conversion| conversion.notes())
            .into_iter()
            .flatten()
            .chain(notes(&header.columns, header.encoding, &reading, &facts, text.origin()))
            .collect(),
        columns: header.columns.clone(),
        warnings: warnings(&facts, &reading, text.origin()),
        rejects: rows.samples(text.origin()),
        rows: CheckedRows { read: rows.read, rejected: rows.rejected, repeated: rows.repeated },
        reading,
    })
}

/// How the file is read, and what its rows say. Looks through them again if they were read in another
/// order or encoding at first.
fn decided(rows: &FileRows<'_>, options: &ReadOptions, origin: &Origin) -> anyhow::Result<(Reading, Facts)> {
    let assumed = options.reading();
    let facts = rows.survey(&assumed)?;
    let reading = decide(&facts, options, &rows.header.columns, origin)?;
    if reading == assumed {
        return Ok((reading, facts));
    }
    let facts = rows.survey(&reading)?;
    Ok((reading, facts))
}
