//! `lineup rejects --fix`: the rejected rows as a file of their own, to be corrected and imported.

use std::io::{self, Write};

use lineup::header::{Columns, HeaderOptions, Role};
use lineup::options::said;
use lineup::reject::{Reason, RejectedRow, read_rejects};
use lineup::text::TextEncoding;
use lineup_contracts::Manifest;
use notify::LineupCommand;
use notify::commands::word;

/// Writes rejected rows under the header of their file.
pub(super) struct FixWriter<'m, W> {
    manifest: &'m Manifest,
    output: W,
    rows: u64,
}

impl<'m, W: Write> FixWriter<'m, W> {
    /// Writes the header, in the file's words and with its delimiter.
    pub(super) fn new(manifest: &'m Manifest, mut output: W) -> anyhow::Result<Self> {
        let mut header =
            csv::WriterBuilder::new().delimiter(manifest.dialect.delimiter).from_writer(&mut output);
        header.write_record(manifest.columns.iter().map(|column| &column.name))?;
        header.flush()?;
        drop(header);
        Ok(Self { manifest, output, rows: 0 })
    }

    /// Adds the rows of a rejects file.
    pub(super) fn add(&mut self, file: &[u8]) -> anyhow::Result<()> {
        for row in read_rejects(file) {
            self.write(&row?)?;
        }
        Ok(())
    }

    fn write(&mut self, row: &RejectedRow) -> io::Result<()> {
        if row.reason == Reason::RecordTooLong.to_string() {
            let place = self.manifest.origin().place(row.line);
            eprintln!(
                "{place}: the record is longer than 1 MiB and is not here; take it from the file itself"
            );
            return Ok(());
        }
        // The file that is written is UTF-8, whatever the row was.
        let text = TextEncoding::Windows1252.decode(&row.row);
        let text = text.as_ref().map_or(&row.row[..], |text| text.as_bytes());
        // A record of converted text ends with CR, and line breaks within it are LF: the same row reads from LF.
        self.output.write_all(text)?;
        self.output.write_all(b"\n")?;
        self.rows += 1;
        Ok(())
    }

    /// Flushes. Returns how the corrected file is added to the lineup of this name; `None` if no row was written.
    pub(super) fn finish(mut self, command: &LineupCommand, lineup: &str) -> anyhow::Result<Option<String>> {
        self.output.flush()?;
        let (options, name) = (options(self.manifest), word(lineup));
        let command = format!("{command} import fix.csv --as {name} --replace never{options}");
        Ok((self.rows > 0).then(|| format!("Correct the {} rows, then: {command}", self.rows)))
    }
}

/// The options with which the rows are read as the file's others were.
fn options(manifest: &Manifest) -> String {
    let mut options: Vec<String> = said(&manifest.reading)
        .into_iter()
        .map(
            |(name, value)| {
                if value.is_empty() { format!("--{name}") } else { format!("--{name} {}", word(&value)) }
            },
        )
        .collect();
    let names = manifest.columns.iter().map(|column| column.name.clone());
    let header = HeaderOptions { has_stage: manifest.reading.stage.is_some(), ..HeaderOptions::default() };
    if Columns::read(names, header).ok().as_ref() != Some(&manifest.columns) {
        options.extend(manifest.columns.iter().filter_map(|column| match &column.role {
            Role::Known(known) => {
                Some(format!("--column {}", word(&format!("{}={}", known.name(), column.name))))
            }
            _ => None,
        }));
    }
    options.into_iter().map(|option| format!(" {option}")).collect()
}
