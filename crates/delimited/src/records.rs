//! Reading the records of a chunk.

mod fields;
mod quoted;

pub use fields::{FieldSplitter, Fields};
pub use quoted::{QuotedLine, QuotedLines};

use crate::Dialect;
use crate::boundary::{self, ScanState};

/// The longest record that is read, in bytes without its line break. A
/// DynamoDB item holds 400 KB (DynamoDB developer guide, "Quotas"), so no
/// longer one can be written; 1 MiB leaves room for quotes and column names.
pub const MAX_RECORD_BYTES: usize = 1 << 20;

/// How much of a longer record is kept, to show it.
pub const HEAD_BYTES: usize = 1 << 10;

/// The next record of the file, or why it cannot be read.
#[derive(Debug)]
pub enum Next<'a> {
    /// A record.
    Record(Record<'a>),
    /// A record longer than [`MAX_RECORD_BYTES`]; it was skipped.
    TooLong(TooLong<'a>),
    /// The last record ends inside a quoted field. A chunk of a
    /// [`crate::plan::Planner`] has no such record.
    UnclosedQuote {
        /// The line on which the quote opens.
        line: u64,
    },
}

/// A record, with its position in the file.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The file offset of its first byte.
    pub start: u64,
    /// The file offset of the byte after it: of its line break, or the end of the file.
    pub end: u64,
    /// The line of its first byte, from 1.
    pub line: u64,
    /// Its bytes, without the line break that ends it.
    pub raw: &'a [u8],
    /// Its fields.
    pub fields: Fields<'a>,
    dialect: Dialect,
    /// Whether one of its fields is quoted.
    quoted: bool,
    /// Whether anything but a delimiter stands behind a closing quote.
    behind_quote: bool,
}

impl<'a> Record<'a> {
    /// The line of its last byte. It is [`Record::line`] but for records with line breaks in quotes; only
    /// in those that have a quoted field are lines counted.
    pub fn last_line(&self) -> u64 {
        self.line_at(self.raw.len())
    }

    /// The line of the byte at the index `at` of [`Record::raw`].
    ///
    /// # Panics
    /// If `at` is greater than the length of `raw`.
    pub fn line_at(&self, at: usize) -> u64 {
        let lines = if self.quoted { boundary::lines(self.dialect.line_end, &self.raw[..at]) } else { 0 };
        self.line + lines
    }

    /// The index in [`Record::raw`] of the first text that stands behind the closing quote of a field, as
    /// in `"Cy Dow" live,Main Stage` and in `"Bea \"Flash\" Ash",Main Stage`.
    ///
    /// RFC 4180 has no such field. Csv readers append the text, so that a quote that
    /// was doubled in no way, or opened by mistake, changes the record without a word. Spaces and tabs
    /// between a closing quote and the delimiter or the end of the record are no text: they
    /// stay in the field, at its end, and whoever trims fields drops them.
    ///
    /// It costs nothing but for records that have something behind a closing quote.
    ///
    /// ```
    /// use delimited::Dialect;
    /// use delimited::records::{Next, Records};
    ///
    /// let mut records = Records::new(Dialect::default(), 0, 1);
    /// records.push(b"\"Nova,Dune\nAda,Dune\n\"Cy\",Dune\n\"Cy\" ,Dune\n");
    /// let Some(Next::Record(record)) = records.next_record() else { panic!("two whole records were pushed") };
    /// let at = record.text_behind_quote().unwrap();
    /// assert_eq!((at, record.line_at(at), &record.raw[at..]), (21, 3, &b"Cy\",Dune"[..]));
    /// assert_eq!((record.line, record.last_line()), (1, 3));
    /// let Some(Next::Record(record)) = records.next_record() else { panic!("two whole records were pushed") };
    /// assert_eq!((record.line, record.text_behind_quote()), (4, None));
    /// ```
    #[inline]
    pub fn text_behind_quote(&self) -> Option<usize> {
        self.behind_quote.then(|| quoted::text_behind_quote(self.dialect.delimiter, self.raw)).flatten()
    }

    /// The dialect in which it was read.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The lines of its quoted fields, of those alone that have a line break; blank lines are left
    /// out. As between records, CR, LF and CRLF are line breaks.
    ///
    /// A quote that was opened by mistake swallows the records up to the next quote. They are among these
    /// lines, whole, and [`FieldSplitter::split_line`] splits them. What stands before and behind the
    /// field on its first and last line is not part of a line: `Session",Main Stage,20:00` behind
    /// `"Night` is the rest of a record, no record of its own.
    ///
    /// For records without quotes it costs nothing, for those without a line break one search.
    ///
    /// ```
    /// use delimited::Dialect;
    /// use delimited::records::{Next, QuotedLine, Records};
    ///
    /// let mut records = Records::new(Dialect::default(), 0, 7);
    /// records.push(b"\"Nova,Dune\r\nAda,Dune\r\nCy\",Dune\r\n");
    /// let Some(Next::Record(record)) = records.next_record() else { panic!("a whole record was pushed") };
    /// let lines: Vec<_> = record.quoted_lines().map(|QuotedLine { line, raw }| (line, raw)).collect();
    /// assert_eq!(lines, [(7, &b"Nova,Dune"[..]), (8, b"Ada,Dune"), (9, b"Cy")]);
    /// ```
    #[inline]
    pub fn quoted_lines(&self) -> QuotedLines<'a> {
        QuotedLines::new(self.dialect, if self.quoted { self.raw } else { b"" }, self.line)
    }
}

/// A record that is too long to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong<'a> {
    /// See [`Record::start`].
    pub start: u64,
    /// See [`Record::end`].
    pub end: u64,
    /// See [`Record::line`].
    pub line: u64,
    /// See [`Record::last_line`].
    pub last_line: u64,
    /// Its first [`HEAD_BYTES`] bytes.
    pub head: &'a [u8],
}

/// Reads records from bytes that are pushed in slices of any size.
///
/// Take every record before the next [`Records::push`]. The memory is then
/// one slice and at most [`MAX_RECORD_BYTES`] of an incomplete record.
/// Nothing is allocated per record or field.
///
/// ```
/// use delimited::Dialect;
/// use delimited::records::{Next, Records};
///
/// let mut records = Records::new(Dialect::default(), 0, 1);
/// let mut performers = Vec::new();
/// for slice in [&b"Stormzy,Pyr"[..], b"amid\n\"Tyler, The Creator\",Other\n"] {
///     records.push(slice);
///     while let Some(Next::Record(record)) = records.next_record() {
///         performers.push(String::from_utf8_lossy(record.fields.get(0).unwrap()).into_owned());
///     }
/// }
/// records.finish();
/// assert!(records.next_record().is_none());
/// assert_eq!(performers, ["Stormzy", "Tyler, The Creator"]);
/// assert_eq!((records.next_start(), records.next_line()), (43, 3));
/// ```
#[derive(Debug, Clone)]
pub struct Records {
    dialect: Dialect,
    limit: usize,
    splitter: FieldSplitter,
    buffer: Vec<u8>,
    /// The index in `buffer` of the first byte after the records that were returned.
    read: usize,
    /// The file offset of that byte.
    offset: u64,
    /// Its line.
    line: u64,
    /// How many bytes from there were scanned. All of them belong to one record.
    scanned: usize,
    /// The state after them.
    state: ScanState,
    /// The last quote that opened a field among them.
    opened: Option<usize>,
    /// Whether anything but a delimiter stands behind a closing quote among them.
    behind_quote: bool,
    /// The incomplete record, if it is too long already.
    long: Option<Long>,
    head: Vec<u8>,
    finished: bool,
}

/// The part of a record that is too long which was scanned so far. Only `Records::head` of it is kept.
#[derive(Debug, Clone, Copy)]
struct Long {
    bytes: u64,
    lines: u64,
    /// The lines from its first byte to the last quote that opened.
    lines_to_quote: u64,
    ended: bool,
}

impl Records {
    /// A reader of the records from the file offset `start` on. No record may have begun before
    /// `start` that ends after it. `first_line` is the line of that byte, from 1.
    pub fn new(dialect: Dialect, start: u64, first_line: u64) -> Self {
        Self {
            dialect,
            limit: MAX_RECORD_BYTES,
            splitter: FieldSplitter::new(dialect.delimiter),
            buffer: Vec::new(),
            read: 0,
            offset: start,
            line: first_line,
            scanned: 0,
            state: ScanState::RecordStart,
            opened: None,
            behind_quote: false,
            long: None,
            head: Vec::new(),
            finished: false,
        }
    }

    /// Takes the next bytes of the file.
    pub fn push(&mut self, bytes: &[u8]) {
        let rest = self.skip(bytes);
        self.compact();
        self.buffer.extend_from_slice(rest);
    }

    /// Marks the end of the bytes. The rest is the last record, with or without a line break.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// The next record; `None` if it needs more bytes than were pushed, or if there is none after [`Records::finish`].
    pub fn next_record(&mut self) -> Option<Next<'_>> {
        if self.long.is_some() {
            return self.next_long();
        }
        if self.scanned == 0 {
            self.advance(boundary::line_breaks(self.unread()));
        }
        let length = match self.scan() {
            Some(length) => length,
            None if self.unread().len() > self.limit => {
                self.begin_long();
                return self.next_long();
            }
            None if !self.finished || self.scanned == 0 => return None,
            None if self.state == ScanState::Quoted => return Some(self.unclosed()),
            None => self.scanned,
        };
        Some(self.take(length))
    }

    /// The file offset at which another reader can continue after the last record that was
    /// returned: that of the next record, or of a line break before it.
    pub fn next_start(&self) -> u64 {
        self.offset
    }

    /// The line of the byte at [`Records::next_start`].
    pub fn next_line(&self) -> u64 {
        self.line
    }

    fn unread(&self) -> &[u8] {
        &self.buffer[self.read..]
    }

    /// Scans more of the incomplete record. Returns its length once its end is found.
    fn scan(&mut self) -> Option<usize> {
        let unread = &self.buffer[self.read..];
        let run = boundary::run_record(self.dialect.delimiter, self.state, &unread[self.scanned..]);
        self.opened = run.opened.map(|opened| self.scanned + opened).or(self.opened);
        self.behind_quote |= run.behind_quote;
        self.state = run.state;
        let length = run.end.map(|end| self.scanned + end);
        self.scanned = length.unwrap_or(unread.len());
        length
    }

    /// Returns the scanned record of `length` bytes.
    fn take(&mut self, length: usize) -> Next<'_> {
        let (start, line, first) = (self.offset, self.line, self.read);
        let (dialect, quoted, behind_quote) = (self.dialect, self.opened.is_some(), self.behind_quote);
        let breaks = boundary::line_breaks(&self.unread()[length..]);
        self.advance(length + breaks);
        self.begin_record();
        let raw = &self.buffer[first..first + length];
        let end = start + length as u64;
        if length > self.limit {
            let last_line = line + boundary::lines(dialect.line_end, raw);
            return Next::TooLong(TooLong {
                start,
                end,
                line,
                last_line,
                head: &raw[..length.min(HEAD_BYTES)],
            });
        }
        let fields = self.splitter.split(raw, quoted);
        Next::Record(Record { start, end, line, raw, fields, dialect, quoted, behind_quote })
    }

    /// Reports the open quote of the last record, once. The position stays before that record.
    fn unclosed(&mut self) -> Next<'static> {
        let lines = match self.long {
            Some(long) => long.lines_to_quote,
            None => boundary::lines(self.dialect.line_end, &self.unread()[..self.opened.unwrap_or(0)]),
        };
        self.buffer.truncate(self.read);
        self.begin_record();
        Next::UnclosedQuote { line: self.line + lines }
    }

    fn begin_record(&mut self) {
        (self.scanned, self.state, self.opened, self.long) = (0, ScanState::RecordStart, None, None);
        self.behind_quote = false;
    }

    /// Moves the position by `count` unread bytes.
    fn advance(&mut self, count: usize) {
        self.line += boundary::lines(self.dialect.line_end, &self.unread()[..count]);
        self.offset += count as u64;
        self.read += count;
    }

    /// Drops the bytes of returned records once they are at least half of the buffer, so
    /// that the bytes moved in total are never more than the bytes returned.
    fn compact(&mut self) {
        if self.read >= self.buffer.len() - self.read {
            self.buffer.drain(..self.read);
            self.read = 0;
        }
    }

    /// Drops the incomplete record, except its head.
    fn begin_long(&mut self) {
        let unread = &self.buffer[self.read..];
        self.head.clear();
        self.head.extend_from_slice(&unread[..unread.len().min(HEAD_BYTES)]);
        self.long = Some(Long {
            bytes: unread.len() as u64,
            lines: boundary::lines(self.dialect.line_end, unread),
            lines_to_quote: boundary::lines(self.dialect.line_end, &unread[..self.opened.unwrap_or(0)]),
            ended: false,
        });
        self.buffer.clear();
        self.read = 0;
    }

    /// Skips the bytes of an incomplete record that is too long, and returns the rest.
    fn skip<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let Dialect { delimiter, line_end, .. } = self.dialect;
        let Some(long) = self.long.as_mut().filter(|long| !long.ended) else { return bytes };
        let run = boundary::run_record(delimiter, self.state, bytes);
        if let Some(opened) = run.opened {
            long.lines_to_quote = long.lines + boundary::lines(line_end, &bytes[..opened]);
        }
        let (skipped, rest) = bytes.split_at(run.end.unwrap_or(bytes.len()));
        long.bytes += skipped.len() as u64;
        long.lines += boundary::lines(line_end, skipped);
        long.ended = run.end.is_some();
        self.state = run.state;
        rest
    }

    fn next_long(&mut self) -> Option<Next<'_>> {
        let long = self.long.filter(|long| long.ended || self.finished)?;
        if self.state == ScanState::Quoted {
            return Some(self.unclosed());
        }
        let (start, line, last_line) = (self.offset, self.line, self.line + long.lines);
        self.offset += long.bytes;
        self.line = last_line;
        self.begin_record();
        self.advance(boundary::line_breaks(self.unread()));
        Some(Next::TooLong(TooLong { start, end: start + long.bytes, line, last_line, head: &self.head }))
    }
}

#[cfg(test)]
mod tests;
