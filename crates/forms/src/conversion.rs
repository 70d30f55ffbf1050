//! From a file to its text: what it is, container by container, and what writes it.

use std::io::{Read, Write};

use lineup::format::FileFormat;
use lineup::origin::Origin;

use crate::container::{Archive, Codec, Stream, open_archive};
use crate::error::ConvertError;
use crate::json;
use crate::limits::ConversionLimits;
use crate::monitor::{Monitor, Output};
use crate::reopen::Reopen;
use crate::workbook::{self, BookForm};

/// How many containers may be within each other.
pub const MAX_CONTAINERS: usize = 3;

/// What came of a conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// What the file was, from the outside: "gzip", "zip > Excel workbook", "UTF-16". "text" if there was nothing to convert.
    pub form: String,
    /// Where the lines of the text stand in the file.
    pub origin: Origin,
    /// Sheets of the workbook, or arrays of the JSON, that were not read: "Stages (another header)", "Draft (hidden)".
    pub left_out: Vec<String>,
    /// How long the text is, in bytes.
    pub bytes: u64,
}

/// Writes what `source` holds to `output`, as text that can be split. Text without a container is copied.
///
/// # Errors
/// [`ConvertError`]. What was written until then is of no use.
pub fn convert<S: Reopen>(
    source: &S,
    output: &mut impl Write,
    limits: &ConversionLimits<'_>,
) -> Result<Converted, ConvertError> {
    let monitor = Monitor::new(limits);
    let mut output = Output::new(output, &monitor);
    let written = InnermostStream::find(Stream::of(source, &monitor), &monitor)
        .and_then(|contents| contents.write(&mut output, &monitor));
    let WrittenText { form, origin, left_out } = monitor.settle(written)?;
    Ok(Converted { form, origin, left_out, bytes: output.finish()? })
}

/// What is in the containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Innermost {
    Text,
    Json,
    Workbook(BookForm),
}

/// What was written.
struct WrittenText {
    form: String,
    origin: Origin,
    left_out: Vec<String>,
}

/// The innermost stream of a file.
struct InnermostStream<'m> {
    stream: Stream<'m>,
    /// What it is in, from the outside.
    codecs: Vec<Codec>,
    innermost: Innermost,
}

impl<'m> InnermostStream<'m> {
    fn find(mut stream: Stream<'m>, monitor: &'m Monitor<'m>) -> Result<Self, ConvertError> {
        let mut codecs: Vec<Codec> = Vec::new();
        loop {
            let format = FileFormat::of(&stream.head(FileFormat::HEAD_BYTES)?);
            use FileFormat::{Json, OpenDocument, Xls, Xlsx, Zip};
            if matches!(format, Some(Zip | Xlsx | OpenDocument | Xls)) {
                stream = stream.spooled()?;
            }
            let innermost = match format {
                None => Ok(Innermost::Text),
                Some(Json) => Ok(Innermost::Json),
                Some(Xls) => Ok(Innermost::Workbook(BookForm::Xls)),
                // Its entries decide: the first bytes are those of a workbook, too, if a zip holds one uncompressed.
                Some(Zip | Xlsx | OpenDocument) => match open_archive(stream.open_file()?, monitor)? {
                    Archive::File(entry) => Err(Codec::ZipEntry(entry)),
                    Archive::Excel => Ok(Innermost::Workbook(BookForm::Xlsx)),
                    Archive::OpenDocument => Ok(Innermost::Workbook(BookForm::Ods)),
                    Archive::Document => return unsupported(FileFormat::Document, &codecs),
                },
                Some(format) => match Codec::of(format) {
                    Some(codec) => Err(codec),
                    None => return unsupported(format, &codecs),
                },
            };
            match innermost {
                Ok(innermost) => return Ok(Self { stream, codecs, innermost }),
                Err(codec) => codecs.push(codec),
            }
            check_depth(&codecs)?;
            stream = stream.within(codecs[codecs.len() - 1]);
        }
    }

    fn write(&self, output: &mut Output<'_>, monitor: &'m Monitor<'m>) -> Result<WrittenText, ConvertError> {
        let (form, origin, left_out) = match self.innermost {
            Innermost::Text => (self.copy(output)?, Origin::Lines, Vec::new()),
            Innermost::Json => {
                let (form, left_out) = json::write(&self.stream, output)?;
                (form, Origin::Objects, left_out)
            }
            Innermost::Workbook(form) => {
                let (sheets, left_out) = workbook::write(&self.stream, form, output, monitor)?;
                (form.name(), Origin::Rows { sheets }, left_out)
            }
        };
        let forms: Vec<&str> = self.codecs.iter().map(|codec| codec.name()).chain([form]).collect();
        let named = if forms.len() > 1 && form == TEXT { &forms[..forms.len() - 1] } else { &forms[..] };
        Ok(WrittenText { form: named.join(" > "), origin, left_out })
    }

    fn copy(&self, output: &mut Output<'_>) -> Result<&'static str, ConvertError> {
        let mut reader = self.stream.open()?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = reader.read(&mut buffer);
            match self.stream.read_result(read)? {
                0 => return Ok(TEXT),
                count => output.put(&buffer[..count])?,
            }
        }
    }
}

const TEXT: &str = "text";

fn names(codecs: &[Codec]) -> String {
    codecs.iter().map(|codec| codec.name()).collect::<Vec<_>>().join(" > ")
}

fn unsupported<T>(format: FileFormat, codecs: &[Codec]) -> Result<T, ConvertError> {
    let within = if codecs.is_empty() { String::new() } else { format!(" in {}", names(codecs)) };
    Err(ConvertError::Unsupported { what: format!("{format}{within}"), advice: format.advice() })
}

/// UTF-16 is opened once: text that looks like it again is damaged, and no lineup.
fn check_depth(codecs: &[Codec]) -> Result<(), ConvertError> {
    let containers = codecs.iter().filter(|codec| codec.is_container()).count();
    if containers > MAX_CONTAINERS || codecs.len() > containers + 1 {
        return Err(ConvertError::TooDeep { form: names(codecs), limit: MAX_CONTAINERS });
    }
    Ok(())
}
