//! What stands between the quotes of a record, and behind them.

use std::iter::FusedIterator;
use std::ops::Range;

use memchr::{memchr, memchr2};

use crate::boundary::{self, QUOTE};
use crate::{Dialect, LineEnd};

/// A line of a quoted field that has more than one. See [`Record::quoted_lines`](super::Record::quoted_lines).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotedLine<'a> {
    /// The line of the file, from 1.
    pub line: u64,
    /// Its bytes: without the quotes around the field, its line break and what stands outside of
    /// the field. Two quotes that stand for one are still two.
    pub raw: &'a [u8],
}

/// The lines of the quoted fields of a record that have more than one, in order.
#[derive(Debug, Clone)]
pub struct QuotedLines<'a> {
    fields: QuotedFields<'a>,
    /// What is left of the present field.
    field: Option<Range<usize>>,
    line_end: LineEnd,
    /// The line of the byte at `counted`.
    line: u64,
    counted: usize,
}

impl<'a> QuotedLines<'a> {
    /// Those of `raw`, a record that begins on `line`, or nothing.
    #[inline]
    pub(super) fn new(dialect: Dialect, raw: &'a [u8], line: u64) -> Self {
        // A line break in a record is in quotes: any other ends it.
        let raw = if !raw.is_empty() && has_line_break(raw) { raw } else { b"" };
        let fields = QuotedFields::new(dialect.delimiter, raw);
        Self { fields, field: None, line_end: dialect.line_end, line, counted: 0 }
    }

    fn next_line(&mut self) -> Option<QuotedLine<'a>> {
        let raw = self.fields.raw;
        loop {
            if let Some(line) = self.next_range() {
                if line.is_empty() {
                    continue;
                }
                self.line += boundary::lines(self.line_end, &raw[self.counted..line.start]);
                self.counted = line.start;
                return Some(QuotedLine { line: self.line, raw: &raw[line] });
            }
            self.field = Some(self.fields.find(|field| has_line_break(&raw[field.clone()]))?);
        }
    }

    /// The next line of the present field, which may be blank.
    fn next_range(&mut self) -> Option<Range<usize>> {
        let field = self.field.take()?;
        match memchr2(b'\r', b'\n', &self.fields.raw[field.clone()]) {
            None => Some(field),
            Some(length) => {
                let end = field.start + length;
                self.field = Some(end + 1..field.end);
                Some(field.start..end)
            }
        }
    }
}

impl<'a> Iterator for QuotedLines<'a> {
    type Item = QuotedLine<'a>;

    #[inline]
    fn next(&mut self) -> Option<QuotedLine<'a>> {
        if self.fields.raw.is_empty() { None } else { self.next_line() }
    }
}

impl FusedIterator for QuotedLines<'_> {}

fn has_line_break(text: &[u8]) -> bool {
    memchr2(b'\r', b'\n', text).is_some()
}

/// The index in `raw`, a record, of the first text that stands behind the closing quote of a
/// field. Spaces and tabs there are no text.
pub(super) fn text_behind_quote(delimiter: u8, raw: &[u8]) -> Option<usize> {
    QuotedFields::new(delimiter, raw).find_map(|field| {
        let behind = raw.get(field.end + 1..)?;
        let blank = |byte: u8| matches!(byte, b' ' | b'\t') && byte != delimiter;
        let text = behind.iter().position(|byte| !blank(*byte))?;
        (behind[text] != delimiter).then_some(field.end + 1 + text)
    })
}

/// Where the text between the quotes of each quoted field of a record is. Searches for quotes alone.
#[derive(Debug, Clone)]
struct QuotedFields<'a> {
    delimiter: u8,
    raw: &'a [u8],
    /// The index behind the last quote that was looked at. It is outside quotes.
    at: usize,
}

impl<'a> QuotedFields<'a> {
    fn new(delimiter: u8, raw: &'a [u8]) -> Self {
        Self { delimiter, raw, at: 0 }
    }

    /// The index of the quote that closes the field whose text begins at `at`.
    fn close(&self, mut at: usize) -> usize {
        while let Some(found) = self.raw.get(at..).and_then(|rest| memchr(QUOTE, rest)) {
            if self.raw.get(at + found + 1) != Some(&QUOTE) {
                return at + found;
            }
            at += found + 2;
        }
        self.raw.len()
    }
}

impl Iterator for QuotedFields<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            let quote = self.at + memchr(QUOTE, self.raw.get(self.at..)?)?;
            self.at = quote + 1;
            // Any other quote is text.
            if quote == 0 || self.raw[quote - 1] == self.delimiter {
                let text = quote + 1..self.close(quote + 1);
                self.at = text.end + 1;
                return Some(text);
            }
        }
    }
}
