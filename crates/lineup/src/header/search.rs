//! Where the header of a file is.

use std::str;

use delimited::records::{FieldSplitter, Next, Record, Records};
use delimited::{Dialect, LineEnd};
use memchr::memchr2;

use super::assign::count_required;
use super::error::{HeaderError, MAX_HEADER_RECORDS};
use super::known::KnownColumn;
use super::names::{NamedColumns, trimmed};
use crate::text::TextEncoding;

/// The delimiters that are tried. The one under which the most required columns are found is the file's; the
/// first of several that find equally many.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// So many required columns make a record a header. With fewer it may be a title or a row.
const ENOUGH: usize = 2;

/// The first bytes of a file, in which the header is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window<'a> {
    pub(super) bytes: &'a [u8],
    /// The index of the first byte behind byte order marks.
    pub(super) start: usize,
    /// Whether it ends where the file ends.
    pub(super) is_whole: bool,
    /// Whether more bytes are not to be had: it is whole, or as long as is searched.
    pub(super) is_last: bool,
}

/// A record that may be the header.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) delimiter: u8,
    /// The index of its first byte.
    pub(super) start: usize,
    /// The index of the byte after it.
    pub(super) end: usize,
    /// The index of the next record, or of a line break before it.
    pub(super) next: usize,
    pub(super) encoding: TextEncoding,
    pub(super) names: Vec<String>,
    /// How many required columns are among them.
    required: usize,
    /// How many of them have a letter or a digit.
    filled: usize,
}

/// The header of the file, or the record that an error is about. `None` asks for more bytes.
///
/// # Errors
/// [`HeaderError`] if no record of the window can be told.
pub(super) fn find(window: Window<'_>, named: &NamedColumns<'_>) -> Result<Option<Candidate>, HeaderError> {
    let fixed = delimiter_line(window);
    let delimiters = fixed.as_ref().map_or(&DELIMITERS[..], std::slice::from_ref);
    let scans: Vec<DelimiterScan> =
        delimiters.iter().map(|delimiter| DelimiterScan::read(window, *delimiter, named)).collect();
    if let Some(scan) = first_complete(&scans) {
        if !window.is_last && scans.iter().any(|other| other.could_precede(scan)) {
            return Ok(None);
        }
        return scan.unhidden();
    }
    if !window.is_last && scans.iter().any(|scan| scan.pending.is_some()) {
        return Ok(None);
    }
    let found = scans.iter().filter_map(|scan| Some((scan, scan.best.as_ref()?)));
    let found = found.filter(|(_, best)| best.required >= ENOUGH);
    // The earliest of those with the most: `reduce` keeps the one before where neither is better.
    let best = found.reduce(|one, other| {
        let is_better = (other.1.required, one.1.start) > (one.1.required, other.1.start);
        if is_better { other } else { one }
    });
    match best {
        Some((scan, _)) => scan.unhidden(),
        None => unlikely(&scans).map(Some),
    }
}

/// The delimiter that a first line `sep=;` fixes, as Excel reads and writes it.
fn delimiter_line(window: Window<'_>) -> Option<u8> {
    let bytes = &window.bytes[window.start..];
    let line = &bytes[..memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len())];
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    let (name, rest) = line.split_at_checked(4)?;
    let (delimiter, rest) = rest.split_first()?;
    let is_alone = rest.iter().all(|byte| DELIMITERS.contains(byte) || matches!(byte, b'"' | b' '));
    (name.eq_ignore_ascii_case(b"sep=") && is_alone && DELIMITERS.contains(delimiter)).then_some(*delimiter)
}

/// The scan whose complete header is first in the file.
fn first_complete(scans: &[DelimiterScan]) -> Option<&DelimiterScan> {
    let complete = scans.iter().filter(|scan| scan.complete().is_some());
    complete.min_by_key(|scan| scan.complete())
}

/// The record that is most likely meant as the header, where none is one.
fn unlikely(scans: &[DelimiterScan]) -> Result<Candidate, HeaderError> {
    let firsts = scans.iter().filter_map(|scan| scan.first.as_ref());
    let best = firsts.reduce(|one, other| {
        let is_better = (other.required, other.filled) > (one.required, one.filled);
        if is_better { other } else { one }
    });
    if let Some(hidden) = scans.iter().find_map(|scan| scan.hidden.as_ref()) {
        return Err(hidden.error());
    }
    let error = scans.iter().find_map(DelimiterScan::error);
    match (best, error) {
        (Some(best), error) if best.required > 0 || error.is_none() => Ok(best.clone()),
        (_, error) => Err(error.unwrap_or(HeaderError::Empty)),
    }
}

/// A line that looks like the header, in a quoted field of a record.
#[derive(Debug, Clone, Copy)]
struct HiddenLine {
    /// The index of the record's first byte.
    start: usize,
    /// The line on which the field begins, from 1.
    quote_line: u64,
    line: u64,
}

impl HiddenLine {
    /// The first such line of the record.
    fn of(record: &Record<'_>, delimiter: u8, named: &NamedColumns<'_>) -> Option<Self> {
        let first = record.quoted_lines().next()?;
        let mut splitter = FieldSplitter::new(delimiter);
        let mut is_header = |line: &[u8]| {
            splitter.split_line(line).is_some_and(|fields| required(fields.iter(), named) >= ENOUGH)
        };
        // The first line stands behind the quote: what begins there is a title.
        let found = record.quoted_lines().skip(1).find(|line| is_header(line.raw))?;
        Some(Self { start: record.start as usize, quote_line: first.line, line: found.line })
    }

    const fn error(&self) -> HeaderError {
        HeaderError::HiddenHeader { line: self.quote_line, header_line: self.line }
    }
}

/// How many required columns these fields could be.
fn required<'f>(fields: impl Iterator<Item = &'f [u8]>, named: &NamedColumns<'_>) -> usize {
    let names: Vec<_> =
        fields.map(|field| TextEncoding::Windows1252.decode(field).unwrap_or_default()).collect();
    count_required(names.iter().map(AsRef::as_ref), named)
}

/// What was found with one of the delimiters.
struct DelimiterScan {
    delimiter: u8,
    /// The first record of those with the most required columns.
    best: Option<Candidate>,
    /// The first record with more than one name, or else the first that is not empty.
    first: Option<Candidate>,
    /// The index of the record that does not end in the window.
    pending: Option<usize>,
    /// The first line that looks like a header and is in quotes.
    hidden: Option<HiddenLine>,
    /// The line of the quote that is open at the end of the file.
    unclosed: Option<u64>,
    /// How many required columns a complete header has.
    wanted: usize,
}

impl DelimiterScan {
    fn read(window: Window<'_>, delimiter: u8, named: &NamedColumns<'_>) -> Self {
        let dialect = Dialect { delimiter, byte_order_mark: window.start > 0, line_end: LineEnd::Lf };
        let mut records = Records::new(dialect, window.start as u64, 1);
        records.push(&window.bytes[window.start..]);
        if window.is_whole {
            records.finish();
        }
        let wanted = KnownColumn::ALL.into_iter().filter(|known| named.requires(*known)).count();
        let mut scan =
            Self { delimiter, best: None, first: None, pending: None, hidden: None, unclosed: None, wanted };
        for _ in 0..MAX_HEADER_RECORDS {
            match records.next_record() {
                Some(Next::Record(record)) => scan.take(window, &record, named),
                Some(Next::UnclosedQuote { line }) => {
                    scan.unclosed = Some(line);
                    break;
                }
                Some(Next::TooLong(_)) | None => {
                    scan.pending = (!window.is_whole).then(|| records.next_start() as usize);
                    break;
                }
            }
            if scan.complete().is_some() {
                break;
            }
        }
        scan
    }

    /// Keeps the record if it is better than those before.
    fn take(&mut self, window: Window<'_>, record: &Record<'_>, named: &NamedColumns<'_>) {
        let any = TextEncoding::Windows1252;
        let names = || record.fields.iter().map(|field| any.decode(field).unwrap_or_default());
        let filled = names().filter(|name| name.contains(char::is_alphanumeric)).count();
        let required = required(record.fields.iter(), named);
        if self.hidden.is_none() {
            self.hidden = HiddenLine::of(record, self.delimiter, named);
        }
        // A line of notes is no header, whatever commas are in it.
        let filled = if is_comment(record.raw) { filled.min(1) } else { filled };
        let is_best = self.best.as_ref().is_none_or(|best| required > best.required);
        let is_first = self.first.as_ref().is_none_or(|first| first.filled < 2 && filled >= 2);
        if filled == 0 || !(is_best || is_first) {
            return;
        }
        let end = record.end as usize;
        let candidate = Candidate {
            delimiter: self.delimiter,
            start: record.start as usize,
            end,
            next: end + line_breaks(&window.bytes[end..]),
            encoding: encoding(record.raw, &window.bytes[window.start..end]),
            names: names().map(|name| trimmed(&name).to_owned()).collect(),
            required,
            filled,
        };
        if is_first {
            self.first = Some(candidate.clone());
        }
        if is_best {
            self.best = Some(candidate);
        }
    }

    /// Where the header begins, if it has every required column. No later record can be better.
    fn complete(&self) -> Option<usize> {
        self.best.as_ref().filter(|best| best.required == self.wanted).map(|best| best.start)
    }

    /// The best record, unless one above it hides a header.
    fn unhidden(&self) -> Result<Option<Candidate>, HeaderError> {
        match (&self.best, &self.hidden) {
            (Some(best), Some(hidden)) if hidden.start < best.start => Err(hidden.error()),
            (best, _) => Ok(best.clone()),
        }
    }

    /// Whether more bytes could show a complete header in front of that of `other`.
    fn could_precede(&self, other: &Self) -> bool {
        let order = |delimiter: u8| DELIMITERS.iter().position(|own| *own == delimiter);
        match (self.pending, other.complete()) {
            (Some(pending), Some(start)) => {
                (pending, order(self.delimiter)) < (start, order(other.delimiter))
            }
            _ => false,
        }
    }

    /// Why its first record with several names cannot be told.
    fn error(&self) -> Option<HeaderError> {
        let unclosed = self.unclosed.map(|line| HeaderError::UnclosedQuote { line });
        let too_long = self.pending.map(|_| HeaderError::TooLong);
        // A title may stand above the header with the quote.
        let is_told = self.first.as_ref().is_some_and(|first| first.filled >= 2);
        if is_told { None } else { unclosed.or(too_long) }
    }
}

fn is_comment(record: &[u8]) -> bool {
    let record = record.trim_ascii_start();
    record.starts_with(b"#") || record.starts_with(b"//")
}

fn line_breaks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
}

/// The encoding of a header, and of what is above it where the header is ASCII.
fn encoding(header: &[u8], to_its_end: &[u8]) -> TextEncoding {
    let told_by = if header.is_ascii() { to_its_end } else { header };
    if str::from_utf8(told_by).is_ok() { TextEncoding::Utf8 } else { TextEncoding::Windows1252 }
}
