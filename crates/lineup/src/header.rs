//! The header of a lineup: finding it, its columns, and the dialect of the file.
//!
//! Above it there may be titles, comments, a line `sep=;` and empty rows. Its columns have their own names, or
//! synonyms in ten languages.

mod assign;
mod columns;
mod error;
mod grid;
mod known;
mod names;
mod options;
mod search;
mod suggest;
mod synonyms;

pub use columns::{COMPUTED_NAMES, Column, Columns, OF_FILE, Role};
pub use error::{
    HeaderError, HeaderPlace, MAX_COLUMNS, MAX_HEADER_BYTES, MAX_HEADER_RECORDS, MAX_NAME_BYTES,
};
pub use known::KnownColumn;
pub use options::HeaderOptions;
pub use synonyms::synonyms_of;

use delimited::{Dialect, LineEnd};
use memchr::memchr_iter;

use crate::format::FileFormat;
use crate::text::TextEncoding;
use names::NamedColumns;
use search::{Candidate, Window};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// So many byte order marks are skipped: a program that adds one reads files that have one.
const MAX_MARKS: usize = 2;

/// How many of the columns that a lineup must have (Performer, Stage and Start) these names could be. Several names
/// for one column count once.
///
/// ```
/// use lineup::header::count_required;
///
/// assert_eq!(count_required(["Artist", "Band", "Time", "Genre"]), 2);
/// ```
pub fn count_required<'n>(names: impl IntoIterator<Item = &'n str>) -> usize {
    assign::count_required(names.into_iter(), &NamedColumns::none())
}

/// The header of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// How the file is written.
    pub dialect: Dialect,
    /// The encoding of the file down to the end of the header. Rows may show another.
    pub encoding: TextEncoding,
    /// The columns.
    pub columns: Columns,
    /// The line of its first byte, from 1.
    pub line: u64,
    /// The file offset at which to continue: that of the next record or, if
    /// the head ends before it, of a line break before that record.
    pub next_start: u64,
    /// The line of that byte, from 1.
    pub next_line: u64,
}

impl Header {
    /// Finds the header in `head`, the first bytes of a file, or all of them if it is `whole`. `None` asks for
    /// more bytes. It is never returned for [`MAX_HEADER_BYTES`].
    ///
    /// The header is the record with the most of Performer, Stage and Start, and with two of them at least, among
    /// the first [`MAX_HEADER_RECORDS`]. The first with all three is accepted without reading on. Where the planner
    /// said the stage, only Performer and Start count.
    ///
    /// ```
    /// use lineup::header::{Header, HeaderOptions, KnownColumn};
    ///
    /// let options = HeaderOptions::default();
    /// assert_eq!(Header::read(b"Performer;Stage;St", false, options)?, None);
    ///
    /// let header = Header::read(b"Summer Sands\nArtist;Venue;Time;Date\r\nStormzy;", false, options)?.unwrap();
    /// assert_eq!((header.dialect.delimiter, header.next_start, header.next_line), (b';', 37, 3));
    ///
    /// let file = b"Artist,Band,Stage,Start,Date\n";
    /// let error = Header::read(file, true, options).unwrap_err();
    /// assert!(error.to_string().ends_with("--column Performer=Artist or --column Performer=Band"));
    /// let named = [(KnownColumn::Performer, "Band".to_owned())];
    /// let options = HeaderOptions { columns: &named, ..options };
    /// assert!(Header::read(file, true, options)?.is_some());
    /// # Ok::<_, lineup::header::HeaderError>(())
    /// ```
    ///
    /// # Errors
    /// [`HeaderError`]: the file is not a lineup.
    pub fn read(head: &[u8], whole: bool, options: HeaderOptions<'_>) -> Result<Option<Self>, HeaderError> {
        if let Some(format) = FileFormat::of(head) {
            let is_final = whole || head.len() >= FileFormat::HEAD_BYTES;
            return if is_final { Err(HeaderError::NotCsv { format }) } else { Ok(None) };
        }
        let window = window(head, whole);
        let named = NamedColumns::new(options);
        let Some(found) = search::find(window, &named)? else { return Ok(None) };
        let Some(line_end) = line_end(window, found.end) else { return Ok(None) };
        Self::of(window, found, line_end, &named).map(Some)
    }

    fn of(
        window: Window<'_>,
        found: Candidate,
        line_end: LineEnd,
        named: &NamedColumns<'_>,
    ) -> Result<Self, HeaderError> {
        let line_of = |index: usize| {
            let bytes = &window.bytes[window.start..index];
            1 + memchr_iter(line_end.byte(), bytes).count() as u64
        };
        let line = line_of(found.start);
        Ok(Self {
            dialect: Dialect { delimiter: found.delimiter, byte_order_mark: window.start > 0, line_end },
            encoding: found.encoding,
            columns: Columns::on_line(line, found.names, named)?,
            line,
            next_start: found.next as u64,
            next_line: line_of(found.next),
        })
    }
}

/// The part of the head that is searched. It does not depend on how much more of the file is there.
fn window(head: &[u8], whole: bool) -> Window<'_> {
    let bytes = &head[..head.len().min(MAX_HEADER_BYTES)];
    let is_whole = whole && bytes.len() == head.len();
    let is_last = is_whole || bytes.len() == MAX_HEADER_BYTES;
    let marks =
        (0..MAX_MARKS).take_while(|mark| bytes[mark * BYTE_ORDER_MARK.len()..].starts_with(BYTE_ORDER_MARK));
    Window { bytes, start: marks.count() * BYTE_ORDER_MARK.len(), is_whole, is_last }
}

/// The byte by which lines are counted: CR if the header ends with a CR alone. `None` if the byte after the CR
/// is not in the window yet.
fn line_end(window: Window<'_>, end: usize) -> Option<LineEnd> {
    match (window.bytes.get(end), window.bytes.get(end + 1)) {
        (Some(b'\r'), None) if !window.is_last => None,
        (Some(b'\r'), next) if next != Some(&b'\n') => Some(LineEnd::Cr),
        _ => Some(LineEnd::Lf),
    }
}
