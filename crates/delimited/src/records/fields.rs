//! The fields of one record.

use csv_core::{Reader, ReaderBuilder};
use memchr::memchr_iter;

use crate::boundary::{self, ScanState};

/// The fields of a record, as bytes, without quotes and in the file's order.
///
/// ```
/// use delimited::Dialect;
/// use delimited::records::{Next, Records};
///
/// let mut records = Records::new(Dialect::default(), 0, 1);
/// records.push(b"1,\"Tyler, The Creator\"\n");
/// let Some(Next::Record(record)) = records.next_record() else { panic!("one whole record was pushed") };
/// assert_eq!((record.fields.len(), record.fields.get(2)), (2, None));
/// assert!(record.fields.iter().eq([&b"1"[..], b"Tyler, The Creator"]));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    text: &'a [u8],
    /// The end of each field in `text`.
    ends: &'a [usize],
    /// The bytes between two fields in `text`: 1 for a delimiter, or 0.
    gap: usize,
}

impl<'a> Fields<'a> {
    /// How many there are: at least one.
    #[allow(clippy::len_without_is_empty, reason = "a record is never empty")]
    pub fn len(self) -> usize {
        self.ends.len()
    }

    /// The field at `index`, from 0.
    pub fn get(self, index: usize) -> Option<&'a [u8]> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] + self.gap };
        Some(&self.text[start..end])
    }

    /// The fields in order.
    pub fn iter(self) -> impl ExactSizeIterator<Item = &'a [u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let field = &self.text[start..end];
            start = end + self.gap;
            field
        })
    }
}

/// Splits records into fields in buffers that it keeps, so that a record needs no allocation.
///
/// ```
/// use delimited::records::FieldSplitter;
///
/// let mut splitter = FieldSplitter::new(b',');
/// let fields = splitter.split_line(b"1,\"Tyler, The Creator\"").unwrap();
/// assert!(fields.iter().eq([&b"1"[..], b"Tyler, The Creator"]));
/// assert!(splitter.split_line(b"1,\"Tyler, The Creator").is_none());
/// ```
#[derive(Debug, Clone)]
pub struct FieldSplitter {
    delimiter: u8,
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl FieldSplitter {
    /// A splitter at `delimiter`, any byte except a quote, CR or LF.
    pub fn new(delimiter: u8) -> Self {
        let mut reader = ReaderBuilder::new().delimiter(delimiter).build();
        // csv-core drops a byte order mark from its first input. Here that would be wrong: the
        // caller has dropped the file's own, and any other is text. A blank line as first input
        // prevents it.
        reader.read_record(b"\n", &mut [0], &mut [0]);
        Self { delimiter, reader, text: Vec::new(), ends: Vec::new() }
    }

    /// Splits a line that stands alone; `None` if it is not one whole record: if it is
    /// empty, has a line break or a quote that is not closed.
    pub fn split_line<'a>(&'a mut self, line: &'a [u8]) -> Option<Fields<'a>> {
        let run = boundary::run_record(self.delimiter, ScanState::RecordStart, line);
        let whole = !line.is_empty() && run.end.is_none() && run.state != ScanState::Quoted;
        whole.then(|| self.split(line, run.opened.is_some()))
    }

    /// Splits `raw`, one record without its line break. `quoted`: whether one of its fields is quoted.
    // Inlined for the reader's sake: with `split_line` as a second caller it would not be, and a plain
    // record would take a twenty-fifth more instructions.
    #[inline(always)]
    pub(super) fn split<'a>(&'a mut self, raw: &'a [u8], quoted: bool) -> Fields<'a> {
        self.ends.clear();
        if quoted {
            return self.unquote(raw);
        }
        self.ends.extend(memchr_iter(self.delimiter, raw));
        self.ends.push(raw.len());
        Fields { text: raw, ends: &self.ends, gap: 1 }
    }

    /// csv-core writes at most as many bytes as it reads, and at most one field more than there
    /// are delimiters, so neither buffer is too small.
    #[inline(always)]
    fn unquote(&mut self, raw: &[u8]) -> Fields<'_> {
        self.text.resize(raw.len() + 1, 0);
        self.ends.resize(memchr_iter(self.delimiter, raw).count() + 2, 0);
        let (_, _, written, ended) = self.reader.read_record(raw, &mut self.text, &mut self.ends);
        // Empty input ends the record with its last field, and resets csv-core.
        let (_, _, _, last) = self.reader.read_record(b"", &mut [], &mut self.ends[ended..]);
        Fields { text: &self.text[..written], ends: &self.ends[..ended + last], gap: 0 }
    }
}
