//! `lineup rejects`.

use std::io::{self, Write};

use csv::ByteRecord;
use lineup::reject::RejectsWriter;

use crate::args::RejectsArgs;
use crate::catalog::Catalog;
use crate::exit::Exit;
use crate::target::Target;

/// Prints the rejects files of an import as one, in the order of the imported file.
pub(crate) async fn run(target: &Target, args: &RejectsArgs) -> anyhow::Result<Exit> {
    let catalog = Catalog::new(target);
    let import_id = catalog.resolve(&args.import_id).await?;
    let mut keys = Vec::new();
    catalog.imports.results(import_id, |result| keys.extend(result.rejects)).await?;
    let header_written = RejectsWriter::new(io::stdout().lock())?.finish()?;
    let mut output = csv::Writer::from_writer(header_written);
    for key in keys {
        copy(&catalog.imports.rejects(&key).await?, &mut output)?;
    }
    output.flush()?;
    Ok(Exit::Succeeded)
}

/// Copies the records of a rejects file, without its header.
fn copy(file: &[u8], output: &mut csv::Writer<impl Write>) -> csv::Result<()> {
    let mut record = ByteRecord::new();
    let mut reader = csv::Reader::from_reader(file);
    while reader.read_byte_record(&mut record)? {
        output.write_byte_record(&record)?;
    }
    Ok(())
}
