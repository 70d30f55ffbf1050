//! Writes to stdout and stderr, and handles readers that close stdout early.

use std::error::Error;
use std::io::{self, Write};

use console::{Term, truncate_str};
use lineup::shown::{LINE, one_line};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

/// Prints `text` and a line break to stdout. A closed pipe (`lineup import … | head -1`) is not an
/// error, because the work itself was done.
pub(crate) fn line(text: impl std::fmt::Display) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Prints `value` as one line of JSON.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    Ok(line(serde_json::to_string(value)?)?)
}

/// Prints a table with aligned columns to stdout.
pub(crate) fn table(columns: &[&str], rows: Vec<Vec<String>>) -> io::Result<()> {
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    write_table(&mut stdout, columns, rows)?;
    stdout.flush()
}

/// The most characters of a table's cell: an error with its cause.
const CELL: usize = lineup_contracts::Summary::CAUSE_CHARACTERS + 100;

/// Writes a table. Each column is as wide as its widest cell, with two spaces between columns, as far as the terminal is wide
/// enough: else long cells are cut. Text from a file stays in its line, and does not control the terminal: see
/// [`lineup::shown`].
pub(crate) fn write_table(
    output: &mut impl Write,
    columns: &[&str],
    rows: Vec<Vec<String>>,
) -> io::Result<()> {
    let mut table = TableWriter::measuring(output, columns, usize::MAX);
    rows.into_iter().try_for_each(|row| table.write(row))?;
    table.finish()
}

/// The space between two columns.
const GAP: usize = 2;
/// No column is cut to fewer characters: numbers, times and short ids have no more.
const LEAST_WIDTH: usize = 16;
/// How many rows decide how wide the columns of a long table are.
const MEASURED: usize = 1_000;

/// Writes a table of any length. The first 1,000 rows decide how wide its columns are; a wider cell further down pushes the
/// rest of its line to the right, or is cut on a terminal that is too narrow for the others.
pub(crate) struct TableWriter<W> {
    output: W,
    /// The rows that are not written yet, the head first.
    waiting: Vec<Vec<String>>,
    widths: Vec<usize>,
    /// How many rows are measured.
    measured: usize,
    /// How many characters a line of the terminal has, if stdout is one.
    terminal: Option<usize>,
    /// Whether cells are cut, because the terminal is too narrow.
    cut: bool,
}

impl<W: Write> TableWriter<W> {
    /// A table with these columns.
    pub(crate) fn new(output: W, columns: &[&str]) -> Self {
        Self::measuring(output, columns, MEASURED)
    }

    fn measuring(output: W, columns: &[&str], measured: usize) -> Self {
        let head: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
        let widths = head.iter().map(|cell| cell.width()).collect();
        let terminal = Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
        Self { output, waiting: vec![head], widths, measured, terminal, cut: false }
    }

    /// Where it writes to.
    #[cfg(test)]
    pub(crate) fn output(&self) -> &W {
        &self.output
    }

    /// Writes the next row, as wide as the columns.
    pub(crate) fn write(&mut self, row: Vec<String>) -> io::Result<()> {
        let row: Vec<String> = row.iter().map(|cell| one_line(cell, CELL).into_owned()).collect();
        if self.measured == 0 {
            return self.line(&row);
        }
        self.widths.iter_mut().zip(&row).for_each(|(width, cell)| *width = cell.width().max(*width));
        self.waiting.push(row);
        self.measured -= 1;
        if self.measured == 0 { self.flush() } else { Ok(()) }
    }

    /// Writes what is left.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(terminal) = self.terminal.take() {
            self.cut = narrow(&mut self.widths, terminal);
        }
        let waiting = std::mem::take(&mut self.waiting);
        waiting.iter().try_for_each(|row| self.line(row))?;
        self.output.flush()
    }

    fn line(&mut self, row: &[String]) -> io::Result<()> {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&self.widths) {
            let shown = if self.cut { truncate_str(cell, *width, "…") } else { cell.into() };
            line.push_str(&shown);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(shown.width()) + GAP));
        }
        writeln!(self.output, "{}", line.trim_end())
    }
}

/// Takes from the widest columns what is too much for the terminal. Returns whether there was something to take.
fn narrow(widths: &mut [usize], terminal: usize) -> bool {
    let gaps = GAP * widths.len().saturating_sub(1);
    let too_much = (widths.iter().sum::<usize>() + gaps).saturating_sub(terminal);
    for _ in 0..too_much {
        let Some(widest) = widths.iter_mut().filter(|width| **width > LEAST_WIDTH).max() else { break };
        *widest -= 1;
    }
    too_much > 0
}

/// Whether `error` means that the reader closed stdout. Looks at the outermost error only, because
/// an inner broken pipe is a broken connection to a service.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>().map(io::Error::kind);
    let csv = error.downcast_ref::<csv::Error>().and_then(|error| match error.kind() {
        csv::ErrorKind::Io(io) => Some(io.kind()),
        _ => None,
    });
    let json = error.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
    [io, csv, json].contains(&Some(io::ErrorKind::BrokenPipe))
}

/// Prints `error` to stderr: its message on one line, then each cause that adds something on a
/// line of its own.
pub(crate) fn report(error: &anyhow::Error) {
    let mut text = format!("error: {}\n", one_line(&error.to_string(), LINE));
    for cause in causes(error.as_ref()) {
        text.push_str(&format!("  because: {}\n", one_line(&cause, LINE)));
    }
    // If stderr is closed, the error cannot be shown anywhere.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// The messages of the sources of `error`, except those that an outer message contains.
fn causes(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut said = error.to_string();
    let mut causes = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !said.contains(&text) {
            said.push_str(&text);
            causes.push(text);
        }
        source = cause.source();
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_told_from_a_broken_connection() {
        let closed = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(is_closed_pipe(&closed().into()));
        assert!(is_closed_pipe(&csv::Error::from(closed()).into()));
        assert!(is_closed_pipe(&serde_json::Error::io(closed()).into()));

        #[derive(Debug, thiserror::Error)]
        #[error("the service did not answer")]
        struct Service(#[source] io::Error);
        assert!(!is_closed_pipe(&Service(closed()).into()));
        assert!(!is_closed_pipe(&io::Error::from(io::ErrorKind::NotFound).into()));
    }

    #[test]
    fn columns_are_aligned_by_width_not_by_bytes() {
        let rows = vec![vec!["Björk".to_owned(), "x".to_owned()], vec!["東京".to_owned(), "y".to_owned()]];
        let mut output = Vec::new();
        write_table(&mut output, &["A", "B"], rows).unwrap();
        assert_eq!(String::from_utf8(output).unwrap(), "A      B\nBjörk  x\n東京   y\n");
    }

    #[test]
    fn long_cells_are_cut_where_the_terminal_is_narrow() {
        let row =
            ["2026-07-12 20:30", "12,345", "Main Stage of the whole festival", "Godspeed You! Black Emperor"];
        let written = |terminal| {
            let mut output = Vec::new();
            let columns = ["WHEN", "ROWS", "STAGE", "PERFORMER"];
            let mut table = TableWriter { terminal, ..TableWriter::new(&mut output, &columns) };
            table.write(row.map(str::to_owned).to_vec()).unwrap();
            table.finish().unwrap();
            String::from_utf8(output).unwrap().lines().nth(1).unwrap().to_owned()
        };
        assert_eq!(written(None), row.join("  "));
        assert_eq!(written(Some(100)), row.join("  "));
        let narrow = written(Some(80));
        assert_eq!(
            narrow,
            "2026-07-12 20:30  12,345  Main Stage of the whole f…  Godspeed You! Black Emper…"
        );
        assert_eq!(narrow.width(), 80);
        // It is cut no further than to what numbers and times need.
        assert_eq!(written(Some(20)), "2026-07-12 20:30  12,345  Main Stage of t…  Godspeed You! B…");
    }

    #[test]
    fn causes_do_not_repeat_what_was_said() {
        let error = anyhow::anyhow!("disk full").context("cannot write x: disk full").context("no upload");
        assert_eq!(causes(error.as_ref()), ["cannot write x: disk full"]);
    }
}
