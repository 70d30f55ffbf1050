//! Text in UTF-16.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, Encoding};

/// Reads text in UTF-16 as UTF-8. Its mark is dropped; surrogates without their other half, and half a character at
/// the end, are U+FFFD.
pub(super) struct Utf8Reader<R> {
    source: R,
    decoder: Decoder,
    input: Vec<u8>,
    /// The part of `input` that is not decoded.
    rest: std::ops::Range<usize>,
    text: String,
    given: usize,
    ended: bool,
}

const INPUT_BYTES: usize = 1 << 15;

impl<R: Read> Utf8Reader<R> {
    pub(super) fn new(source: R, encoding: &'static Encoding) -> Self {
        Self {
            source,
            decoder: encoding.new_decoder_with_bom_removal(),
            input: vec![0; INPUT_BYTES],
            rest: 0..0,
            // Three bytes for every two.
            text: String::with_capacity(2 * INPUT_BYTES),
            given: 0,
            ended: false,
        }
    }

    /// Decodes more text. False at the end.
    fn fill(&mut self) -> io::Result<bool> {
        self.text.clear();
        self.given = 0;
        while self.text.is_empty() && !self.ended {
            let mut last = false;
            if self.rest.is_empty() {
                let count = self.source.read(&mut self.input)?;
                self.rest = 0..count;
                last = count == 0;
            }
            let input = &self.input[self.rest.clone()];
            let (result, read, _) = self.decoder.decode_to_string(input, &mut self.text, last);
            self.rest.start += read;
            self.ended = last && result == CoderResult::InputEmpty;
        }
        Ok(!self.text.is_empty())
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() && !self.fill()? {
            return Ok(0);
        }
        let text = &self.text.as_bytes()[self.given..];
        let count = text.len().min(buffer.len());
        buffer[..count].copy_from_slice(&text[..count]);
        self.given += count;
        Ok(count)
    }
}
