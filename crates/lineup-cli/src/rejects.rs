//! `lineup rejects`.

mod fix;

use std::io::{self, Write};

use csv::ByteRecord;
use lineup::origin::Origin;
use lineup::reject::RejectsWriter;
use lineup_contracts::Manifest;

use crate::args::{Format, RejectsArgs};
use crate::catalog::Catalog;
use crate::exit::{CommandError, Exit};
use crate::render::{self, Cell, OutputRow};
use crate::target::Target;
use uuid::Uuid;

/// Prints the rejects files of an import as one, in the order of the imported file.
pub(crate) async fn run(target: &Target, args: &RejectsArgs) -> anyhow::Result<Exit> {
    if args.format() == Format::Ics {
        let text = "a rejected row is no set, and cannot be put into a calendar; choose another --format";
        return Err(CommandError::Usage(text.to_owned()).into());
    }
    let catalog = Catalog::new(target);
    let import_id = catalog.resolve(&args.import_id).await?;
    if args.format() != Format::Csv {
        let mut csv = Vec::new();
        write(&catalog, import_id, &target.uploads_prefix, false, &mut csv).await?;
        render_rows(&csv, args.format())?;
        return Ok(Exit::Succeeded);
    }
    if let Some(next) =
        write(&catalog, import_id, &target.uploads_prefix, args.fix, io::stdout().lock()).await?
    {
        eprintln!("{next}");
    }
    Ok(Exit::Succeeded)
}

/// Prints rejects, which are CSV, in another format.
fn render_rows(rejects: &[u8], format: Format) -> anyhow::Result<()> {
    let mut reader = csv::Reader::from_reader(rejects);
    let columns: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let mut rows = Vec::new();
    for record in reader.byte_records() {
        let record = record?;
        // A rejected row need not be UTF-8.
        let cells = record.iter().map(|cell| Cell::Text(String::from_utf8_lossy(cell).into_owned().into()));
        rows.push(OutputRow(columns.iter().map(|name| name.clone().into()).zip(cells).collect()));
    }
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    render::rows(&mut stdout, format, &columns, &rows)?;
    Ok(stdout.flush()?)
}

/// Writes the rejects files of an import as one; with `fix`, the rows alone under the header of their file. Returns how
/// the corrected rows are added to their lineup, if there are any. `uploads_prefix` is what the keys of all uploads begin with.
pub(crate) async fn write(
    catalog: &Catalog<'_>,
    import_id: Uuid,
    uploads_prefix: &str,
    fix: bool,
    output: impl Write,
) -> anyhow::Result<Option<String>> {
    let mut keys = Vec::new();
    catalog.imports.results(import_id, |result| keys.extend(result.rejects)).await?;
    let manifest = catalog.imports.manifest(import_id).await?;
    if let (true, Some(manifest)) = (fix, &manifest) {
        let mut fix = fix::FixWriter::new(manifest, output)?;
        for key in keys {
            fix.add(&catalog.imports.rejects(&key).await?)?;
        }
        let key = &manifest.source.key;
        return fix.finish(catalog.lineup(), key.strip_prefix(uploads_prefix).unwrap_or(key));
    }
    let origin = manifest.as_ref().map_or(&Origin::Lines, Manifest::origin);
    let header_written = RejectsWriter::new(output)?.finish()?;
    let mut output = csv::Writer::from_writer(header_written);
    for key in keys {
        copy(&catalog.imports.rejects(&key).await?, origin, &mut output)?;
    }
    output.flush()?;
    Ok(None)
}

/// Copies the records of a rejects file, without its header. Of a workbook or JSON, the line becomes the
/// place in the file that was uploaded.
fn copy(file: &[u8], origin: &Origin, output: &mut csv::Writer<impl Write>) -> csv::Result<()> {
    let mut record = ByteRecord::new();
    let mut reader = csv::Reader::from_reader(file);
    while reader.read_byte_record(&mut record)? {
        let line = record.get(0).and_then(|line| std::str::from_utf8(line).ok()?.parse().ok());
        match line.filter(|_| *origin != Origin::Lines) {
            Some(line) => {
                let place = origin.place(line);
                output.write_record(std::iter::once(place.as_bytes()).chain(record.iter().skip(1)))?;
            }
            None => output.write_byte_record(&record)?,
        }
    }
    Ok(())
}
