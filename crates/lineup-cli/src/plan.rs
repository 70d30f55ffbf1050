//! `lineup plan`: splits a local file and prints its chunks.

mod scan;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use anyhow::Context;
use delimited::Chunk;
use delimited::plan::FileTotals;
use lineup::options::ReadOptions;
use lineup::splitter::{Split, Splitter};
use lineup_contracts::options::DEFAULT_CHUNK_BYTES;

use crate::args::PlanArgs;
use crate::exit::Exit;
use crate::upload;
pub(crate) use scan::{BLOCK_BYTES, RANGE_BYTES, scan};

/// Prints the chunks that `split` would make of the file.
pub(crate) fn run(args: &PlanArgs) -> anyhow::Result<Exit> {
    upload::check(&args.file)?;
    let mut printer = Printer { output: BufWriter::new(io::stdout().lock()), json: args.json };
    let chunk_bytes = args.chunk_bytes.unwrap_or(DEFAULT_CHUNK_BYTES);
    let file = File::open(&args.file)?;
    plan(&file, chunk_bytes, &mut printer).with_context(|| error_text(&args.file))?;
    Ok(Exit::Succeeded)
}

fn error_text(file: &Path) -> String {
    format!("{} cannot be imported", file.display())
}

fn plan(file: &File, chunk_bytes: u64, printer: &mut Printer<impl Write>) -> anyhow::Result<()> {
    let mut splitter = Splitter::new(file.metadata()?.len(), chunk_bytes, &ReadOptions::default());
    while let Some(range) = splitter.next_in_order(BLOCK_BYTES as u64) {
        let mut block = vec![0; usize::try_from(range.end - range.start)?];
        file.read_exact_at(&mut block, range.start)?;
        let had_header = splitter.header().is_some();
        splitter.push(&block)?;
        if !had_header && splitter.header().is_some() {
            printer.begin()?;
        }
        splitter.take_chunks().try_for_each(|chunk| printer.chunk(chunk))?;
    }
    scan(file, splitter.ranges(RANGE_BYTES), |range| {
        splitter.advance(range);
        splitter.take_chunks().try_for_each(|chunk| printer.chunk(chunk))
    })?;
    let Split { chunks, totals, .. } = splitter.finish()?;
    chunks.into_iter().try_for_each(|chunk| printer.chunk(chunk))?;
    printer.end(totals)?;
    Ok(())
}

/// Prints chunks as they are found, as JSON or as a table with columns of fixed width.
struct Printer<W> {
    output: W,
    json: bool,
}

impl<W: Write> Printer<W> {
    fn begin(&mut self) -> io::Result<()> {
        if self.json {
            return Ok(());
        }
        writeln!(
            self.output,
            "{:>7} {:>15} {:>15} {:>13} {:>13}",
            "CHUNK", "START", "END", "BYTES", "FIRST LINE"
        )
    }

    fn chunk(&mut self, chunk: Chunk) -> io::Result<()> {
        if self.json {
            return self.json(&chunk);
        }
        let Chunk { chunk, start, end, first_line } = chunk;
        writeln!(self.output, "{chunk:>7} {start:>15} {end:>15} {:>13} {first_line:>13}", end - start)
    }

    fn end(&mut self, totals: FileTotals) -> io::Result<()> {
        if self.json {
            self.json(&totals)?;
        } else {
            let FileTotals { records, chunks, bytes, last_line } = totals;
            writeln!(
                self.output,
                "{}, {}, {bytes} bytes, {last_line} lines",
                count(u64::from(chunks), "chunk"),
                count(records, "record")
            )?;
        }
        self.output.flush()
    }

    fn json(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.output, value)?;
        self.output.write_all(b"\n")
    }
}

/// `1 chunk`, `2 chunks`.
fn count(number: u64, name: &str) -> String {
    format!("{number} {name}{}", if number == 1 { "" } else { "s" })
}
