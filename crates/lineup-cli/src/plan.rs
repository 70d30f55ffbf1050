//! `lineup plan`: the split alone, on a local file.

mod scan;

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::Path;

use anyhow::Context;
use lineup::contract::Chunk;
use lineup::header::Header;
use lineup::plan::{DEFAULT_CHUNK_BYTES, Planner, Totals};

use crate::args::PlanArgs;
use crate::exit::Exit;
use crate::upload;
use scan::BLOCK_BYTES;

/// Prints where `split` would cut the file.
pub fn run(args: &PlanArgs) -> anyhow::Result<Exit> {
    upload::check(&args.file)?;
    let mut printer = Printer { output: BufWriter::new(io::stdout().lock()), json: args.json };
    let chunk_bytes = args.chunk_bytes.unwrap_or(DEFAULT_CHUNK_BYTES);
    let file = File::open(&args.file)?;
    plan(file, chunk_bytes, &mut printer).with_context(|| cannot(&args.file))?;
    Ok(Exit::Succeeded)
}

fn cannot(file: &Path) -> String {
    format!("{} cannot be imported", file.display())
}

fn plan(mut file: File, chunk_bytes: u64, printer: &mut Printer<impl Write>) -> anyhow::Result<()> {
    let size = file.metadata()?.len();
    let (head, header) = read_header(&mut file)?;
    let mut planner = Planner::new(header.dialect, header.next_start, header.next_line, chunk_bytes);
    printer.begin()?;
    let behind_header = usize::try_from(header.next_start)?.min(head.len());
    push(&mut planner, &head[behind_header..], printer)?;
    let read = read_to_first_record(&mut file, &mut planner, printer)?;
    if let Some(grid) = planner.grid() {
        scan::scan(&file, read..size.max(read), (header.dialect, grid), |range| {
            printing(|emit| planner.advance(range, emit), printer)
        })?;
    }
    let (last, totals) = planner.finish()?;
    printer.chunk(last)?;
    printer.end(totals)?;
    Ok(())
}

/// Reads on until a record begins, which fixes the grid: no range can be
/// scanned by itself before. Gives the offset up to which the file is read.
fn read_to_first_record(
    file: &mut File,
    planner: &mut Planner,
    printer: &mut Printer<impl Write>,
) -> io::Result<u64> {
    let mut block = vec![0; BLOCK_BYTES];
    while planner.grid().is_none() {
        match file.read(&mut block)? {
            0 => break,
            length => push(planner, &block[..length], printer)?,
        }
    }
    file.stream_position()
}

/// The header, and the bytes that were read to find it.
fn read_header(file: &mut File) -> anyhow::Result<(Vec<u8>, Header)> {
    let mut head = Vec::new();
    loop {
        // Twice as much each time: a header that is long is not read over and over.
        let more = head.len().max(BLOCK_BYTES) as u64;
        let whole = Read::by_ref(file).take(more).read_to_end(&mut head)? == 0;
        if let Some(header) = Header::read(&head, whole)? {
            return Ok((head, header));
        }
    }
}

fn push(planner: &mut Planner, bytes: &[u8], printer: &mut Printer<impl Write>) -> io::Result<()> {
    printing(|emit| planner.push(bytes, emit), printer)
}

/// Prints the chunks that `cut` emits, up to the first that cannot be printed.
fn printing(cut: impl FnOnce(&mut dyn FnMut(Chunk)), printer: &mut Printer<impl Write>) -> io::Result<()> {
    let mut printed = Ok(());
    cut(&mut |chunk| {
        if printed.is_ok() {
            printed = printer.chunk(chunk);
        }
    });
    printed
}

/// Prints chunks as they come: a table whose columns do not depend on the rows, or JSON.
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

    fn end(&mut self, totals: Totals) -> io::Result<()> {
        if self.json {
            self.json(&totals)?;
        } else {
            let Totals { records, chunks, bytes, last_line } = totals;
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
