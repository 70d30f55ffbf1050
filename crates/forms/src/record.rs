//! Writing the records of workbooks and JSON.

use crate::error::ConvertError;
use crate::monitor::Output;

/// Writes delimited text whose lines are rows: fields in quotes where they must be, a comma between them, and a lone
/// CR at the end of each record. A line break in a field is LF. So a line, which `delimited` counts by CR where the
/// header ends with one, is a record, whatever the fields hold.
pub(crate) struct RecordWriter<'o, 'w> {
    output: &'o mut Output<'w>,
    /// The line of the next record, from 1.
    line: u64,
    begun: bool,
    quoted: Vec<u8>,
}

impl<'o, 'w> RecordWriter<'o, 'w> {
    pub(crate) const fn new(output: &'o mut Output<'w>) -> Self {
        Self { output, line: 1, begun: false, quoted: Vec::new() }
    }

    /// The line of the next record, from 1.
    pub(crate) const fn line(&self) -> u64 {
        self.line
    }

    pub(crate) fn field(&mut self, text: &str) -> Result<(), ConvertError> {
        if self.begun {
            self.output.put(b",")?;
        }
        self.begun = true;
        if !text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n')) {
            return self.output.put(text.as_bytes());
        }
        self.quote(text);
        self.output.put(&self.quoted)
    }

    fn quote(&mut self, text: &str) {
        self.quoted.clear();
        self.quoted.push(b'"');
        let mut bytes = text.bytes().peekable();
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' => self.quoted.extend_from_slice(b"\"\""),
                b'\r' if bytes.peek() == Some(&b'\n') => {}
                b'\r' => self.quoted.push(b'\n'),
                byte => self.quoted.push(byte),
            }
        }
        self.quoted.push(b'"');
    }

    /// Ends the record. One without a field is a blank line: no record, but counted.
    pub(crate) fn end(&mut self) -> Result<(), ConvertError> {
        self.begun = false;
        self.line += 1;
        self.output.put(b"\r")
    }
}
