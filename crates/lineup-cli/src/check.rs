//! `lineup check`: what an import would read of a local file.

mod report;
mod rows;
mod text;

use std::path::Path;

use anyhow::Context;
use lineup::options::ReadOptions;
use lineup::origin::Origin;
use lineup::reading::Reading;
use lineup::splitter::Split;
use lineup::survey::{Facts, decide, notes, warnings};
use lineup_costs::ImportFile;
use lineup_versions::{DoubleBookingFinder, DoubleBookings, merge_in_memory};

use crate::args::CheckArgs;
use crate::exit::{CommandError, Exit};
use crate::{output, upload};
use report::{CheckReport, CheckedCost, CheckedRows};
use rows::FileRows;
use text::Text;

/// Checks the files and prints a report of each.
pub(crate) fn run(args: &CheckArgs) -> anyhow::Result<Exit> {
    args.files.iter().try_for_each(|file| upload::check(file))?;
    let [file] = &args.files[..] else { return run_several(args) };
    run_one(file, args)
}

/// A file that cannot be imported does not keep the others from being checked.
fn run_several(args: &CheckArgs) -> anyhow::Result<Exit> {
    let mut worst = Exit::Succeeded;
    for (number, file) in args.files.iter().enumerate() {
        if number > 0 && !args.json {
            output::line("")?;
        }
        let exit = run_one(file, args).unwrap_or_else(|error| {
            output::report(&error);
            CommandError::exit(&error)
        });
        worst = worst.worse(exit);
    }
    Ok(worst)
}

fn run_one(file: &Path, args: &CheckArgs) -> anyhow::Result<Exit> {
    match check(file, &args.file_options.read_options) {
        Ok(CheckedFile { report, .. }) => {
            report.print(args.json)?;
            Ok(if report.rows.rejected > 0 { Exit::Partial } else { Exit::Succeeded })
        }
        Err(error) => {
            if args.json {
                output::json(&serde_json::json!({ "file": file, "error": format!("{error:#}") }))?;
            }
            Err(error)
        }
    }
}

/// A file that was read whole.
pub(crate) struct CheckedFile {
    /// What an import would read of it.
    pub(crate) report: CheckReport,
    /// The file, as far as the cost of its import depends on it.
    pub(crate) import_file: ImportFile,
}

/// Reads the file as an import would. Writes nothing.
///
/// # Errors
/// The file cannot be imported.
pub(crate) fn check(file: &Path, options: &ReadOptions) -> anyhow::Result<CheckedFile> {
    read(file, options).with_context(|| format!("{} cannot be imported", file.display()))
}

fn read(path: &Path, options: &ReadOptions) -> anyhow::Result<CheckedFile> {
    let (text, split) = Text::open(path, options)?;
    let Split { header, chunks, .. } = split;
    let file_rows = FileRows { file: text.file(), header: &header, chunks: &chunks };
    let Decision { reading, facts, surveys } = decided(&file_rows, options, text.origin())?;
    anyhow::ensure!(facts.rows > 0, "it has a header but no rows: add at least one row");
    let rows = file_rows.read(&reading)?;
    let double_bookings = match text.file().metadata()?.len() {
        ..=COMPARED_BYTES => double_bookings(&file_rows.runs(&reading)?)?.warning(),
        _ => None,
    };
    let import_file = ImportFile {
        upload_bytes: std::fs::metadata(path)?.len(),
        is_converted: text.conversion().is_some(),
        chunks_with_rejects: rows.chunks_with_rejects,
        surveys,
        ..ImportFile::measured(&rows.measure, text.file().metadata()?.len(), chunks.len() as u64)
    };
    let conversion = text.conversion();
    let report = CheckReport {
        file: path.to_owned(),
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
        warnings: warnings(&facts, &reading, text.origin()).into_iter().chain(double_bookings).collect(),
        rejects: rows.samples(text.origin()),
        rows: CheckedRows { read: rows.read, rejected: rows.rejected, repeated: rows.repeated },
        cost: CheckedCost::of(&import_file)?,
        reading,
    };
    Ok(CheckedFile { report, import_file })
}

/// The keys of all rows of a file, as the runs of its chunks.
///
/// # Errors
/// The file cannot be imported.
pub(crate) fn runs(file: &Path, options: &ReadOptions) -> anyhow::Result<Vec<Vec<u8>>> {
    let read = || {
        let (text, split) = Text::open(file, options)?;
        let Split { header, chunks, .. } = split;
        let file_rows = FileRows { file: text.file(), header: &header, chunks: &chunks };
        file_rows.runs(&decided(&file_rows, options, text.origin())?.reading)
    };
    read().with_context(|| format!("{} cannot be imported", file.display()))
}

/// The largest text of which an import compares all keys with each other.
const COMPARED_BYTES: u64 = 1 << 30;

/// Performers that are on two stages at once.
fn double_bookings(runs: &[Vec<u8>]) -> anyhow::Result<DoubleBookings> {
    let mut finder = DoubleBookingFinder::default();
    merge_in_memory(runs, |entry, _| finder.add(entry))?;
    Ok(finder.finish())
}

/// How a file is read, and why.
struct Decision {
    reading: Reading,
    facts: Facts,
    /// How often its rows were looked through.
    surveys: u64,
}

/// How the file is read, and what its rows say. Looks through them again if they were read in another
/// order or encoding at first.
fn decided(rows: &FileRows<'_>, options: &ReadOptions, origin: &Origin) -> anyhow::Result<Decision> {
    let assumed = options.reading();
    let facts = rows.survey(&assumed)?;
    let reading = decide(&facts, options, &rows.header.columns, origin)?;
    if reading == assumed {
        return Ok(Decision { reading, facts, surveys: 1 });
    }
    let facts = rows.survey(&reading)?;
    Ok(Decision { reading, facts, surveys: 2 })
}
