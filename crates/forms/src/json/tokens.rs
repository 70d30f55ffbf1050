//! The tokens of JSON (RFC 8259), read as a stream. Nothing is kept but the text of one token.

use std::io::Read;

use memchr::{memchr, memchr2};

use super::shape::JsonFault;
use crate::container::Stream;
use crate::error::{Amount, ConvertError};

/// The most arrays and objects within each other.
pub(super) const MAX_LEVELS: usize = 64;

/// The longest text, and the longest object that is a row, in bytes. It is the longest record that is read.
pub(super) const MAX_OBJECT_BYTES: usize = 1 << 20;

/// A token. The text of the last three is [`Tokens::text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    ObjectStart,
    ObjectEnd,
    ArrayStart,
    ArrayEnd,
    /// The key of a member.
    Key,
    /// A string.
    Text,
    /// A number as it is written, `true`, `false`, `null`, or Python's `NaN`.
    Literal,
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grammar {
    /// A value, or the end of the file.
    Document,
    /// A value; in an array that has none yet, also its end.
    Value,
    FirstValue,
    /// A key; in an object that has none yet, also its end.
    Key,
    FirstKey,
    /// A comma or the end of the array or object.
    Comma,
}

/// Reads tokens. Values follow each other with white space between them, as in JSON Lines.
pub(super) struct Tokens<'m> {
    stream: Stream<'m>,
    reader: Box<dyn Read + 'm>,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    /// How many bytes were read before the buffer.
    before: u64,
    line: u64,
    /// For each level, whether it is an object.
    levels: Vec<bool>,
    expected: Grammar,
    text: Vec<u8>,
}

impl<'m> Tokens<'m> {
    pub(super) fn open(stream: &Stream<'m>) -> Result<Self, ConvertError> {
        Ok(Self {
            reader: stream.open()?,
            stream: stream.clone(),
            buffer: vec![0; 1 << 16],
            at: 0,
            filled: 0,
            before: 0,
            line: 1,
            levels: Vec::new(),
            expected: Grammar::Document,
            text: Vec::new(),
        })
    }

    /// The line of the last token, from 1.
    pub(super) const fn line(&self) -> u64 {
        self.line
    }

    /// How many bytes were read.
    pub(super) const fn offset(&self) -> u64 {
        self.before + self.at as u64
    }

    /// The text of the last token.
    pub(super) fn text(&self) -> Result<&str, JsonFault> {
        std::str::from_utf8(&self.text).map_err(|_| self.broken("it is not in UTF-8: save the file in UTF-8"))
    }

    /// The next token; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Token>, JsonFault> {
        loop {
            let Some(byte) = self.skip_space()? else {
                return match self.expected {
                    Grammar::Document => Ok(None),
                    _ => Err(self.broken("the file ends within it: it was not copied or saved whole")),
                };
            };
            match (self.expected, byte) {
                (Grammar::Comma, b',') => {
                    self.at += 1;
                    self.expected = if self.in_object() { Grammar::Key } else { Grammar::Value };
                }
                (Grammar::Comma | Grammar::FirstKey, b'}') if self.in_object() => {
                    return self.end(Token::ObjectEnd);
                }
                (Grammar::Comma | Grammar::FirstValue, b']') if !self.in_object() => {
                    return self.end(Token::ArrayEnd);
                }
                (Grammar::Key | Grammar::FirstKey, b'"') => return self.key().map(Some),
                (Grammar::Document | Grammar::Value | Grammar::FirstValue, byte) => {
                    return self.value(byte).map(Some);
                }
                (_, byte) => return Err(self.unexpected(byte)),
            }
        }
    }

    fn in_object(&self) -> bool {
        self.levels.last() == Some(&true)
    }

    fn unexpected(&self, byte: u8) -> JsonFault {
        let wanted = match self.expected {
            Grammar::Comma if self.in_object() => "a comma or }",
            Grammar::Comma => "a comma or ]",
            Grammar::Key | Grammar::FirstKey => "a key in quotes",
            _ => "a value",
        };
        let found = if byte.is_ascii_graphic() {
            char::from(byte).to_string()
        } else {
            format!("the byte {byte:#04x}")
        };
        self.broken(format!("{wanted} should stand where {found} is"))
    }

    pub(super) fn broken(&self, reason: impl Into<String>) -> JsonFault {
        JsonFault::Broken { line: self.line, reason: reason.into() }
    }

    fn end(&mut self, token: Token) -> Result<Option<Token>, JsonFault> {
        self.at += 1;
        self.levels.pop();
        self.after_value();
        Ok(Some(token))
    }

    fn after_value(&mut self) {
        self.expected = if self.levels.is_empty() { Grammar::Document } else { Grammar::Comma };
    }

    fn begin(&mut self, token: Token) -> Result<Token, JsonFault> {
        self.at += 1;
        self.levels.push(token == Token::ObjectStart);
        if self.levels.len() > MAX_LEVELS {
            return Err(JsonFault::Failed(ConvertError::Limit {
                what: format!("the depth of the JSON at line {}", self.line),
                reached: Amount::Levels(self.levels.len() as u64),
                limit: Amount::Levels(MAX_LEVELS as u64),
                advice: "save it as one array of objects without others in them",
            }));
        }
        self.expected = if token == Token::ObjectStart { Grammar::FirstKey } else { Grammar::FirstValue };
        Ok(token)
    }

    fn key(&mut self) -> Result<Token, JsonFault> {
        self.string()?;
        match self.skip_space()? {
            Some(b':') => {
                self.at += 1;
                self.expected = Grammar::Value;
                Ok(Token::Key)
            }
            _ => Err(self.broken("a key has no colon behind it")),
        }
    }

    fn value(&mut self, first: u8) -> Result<Token, JsonFault> {
        let token = match first {
            b'{' => return self.begin(Token::ObjectStart),
            b'[' => return self.begin(Token::ArrayStart),
            b'"' => {
                self.string()?;
                Token::Text
            }
            b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                self.literal()?;
                Token::Literal
            }
            byte => return Err(self.unexpected(byte)),
        };
        self.after_value();
        Ok(token)
    }

    fn literal(&mut self) -> Result<(), JsonFault> {
        self.text.clear();
        while let Some(byte) = self.peek()? {
            if !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'-' | b'.') {
                break;
            }
            self.text.push(byte);
            self.at += 1;
            self.check_length()?;
        }
        match &self.text[..] {
            b"true" | b"false" | b"null" | b"NaN" => Ok(()),
            number if is_number(number) => Ok(()),
            other => {
                let other = String::from_utf8_lossy(&other[..other.len().min(40)]).into_owned();
                Err(self.broken(format!("{other} is no value")))
            }
        }
    }

    fn check_length(&self) -> Result<(), JsonFault> {
        if self.text.len() > MAX_OBJECT_BYTES {
            return Err(too_long("a text of the JSON", self.line, self.text.len() as u64));
        }
        Ok(())
    }

    /// Reads a string into `text`.
    fn string(&mut self) -> Result<(), JsonFault> {
        self.at += 1;
        self.text.clear();
        loop {
            if self.peek()?.is_none() {
                return Err(self.broken("the file ends within a text: it was not copied or saved whole"));
            }
            let rest = &self.buffer[self.at..self.filled];
            let length = memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
            let found = rest.get(length).copied();
            // A line break is not allowed, but does no harm.
            self.line += line_breaks(&rest[..length]);
            self.text.extend_from_slice(&rest[..length]);
            self.at += length + usize::from(found.is_some());
            self.check_length()?;
            match found {
                Some(b'"') => return Ok(()),
                Some(_) => self.escape()?,
                None => {}
            }
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Result<(), JsonFault> {
        let byte = self.peek()?.unwrap_or(b' ');
        self.at += 1;
        let character = match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            byte => return Err(self.broken(format!("\\{} is no escape", char::from(byte).escape_default()))),
        };
        self.push(character);
        Ok(())
    }

    fn push(&mut self, character: char) {
        self.text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// Reads the digits of `\u`, and of a second one where the two are a pair. One without the other is U+FFFD.
    fn unicode(&mut self) -> Result<(), JsonFault> {
        let mut unit = self.digits()?;
        while (0xd800..0xdc00).contains(&unit) {
            if !(self.peek()? == Some(b'\\') && self.peek_second()? == Some(b'u')) {
                break;
            }
            self.at += 2;
            let second = self.digits()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x1_0000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
                self.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                return Ok(());
            }
            self.push(char::REPLACEMENT_CHARACTER);
            unit = second;
        }
        self.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
        Ok(())
    }

    fn digits(&mut self) -> Result<u32, JsonFault> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek()?.and_then(|byte| char::from(byte).to_digit(16));
            code = code * 16 + digit.ok_or_else(|| self.broken("\\u needs four hexadecimal digits"))?;
            self.at += 1;
        }
        Ok(code)
    }

    /// Skips white space, and marks at the start of the file.
    fn skip_space(&mut self) -> Result<Option<u8>, JsonFault> {
        while let Some(byte) = self.peek()? {
            match byte {
                b' ' | b'\t' | b'\r' => {}
                b'\n' => self.line += 1,
                0xef if self.expected == Grammar::Document && self.offset() < 6 => self.skip_mark()?,
                byte => return Ok(Some(byte)),
            }
            self.at += 1;
        }
        Ok(None)
    }

    /// Skips two of the three bytes of a byte order mark.
    fn skip_mark(&mut self) -> Result<(), JsonFault> {
        for expected in [0xef, 0xbb] {
            if self.peek()? != Some(expected) {
                return Err(self.broken("a value should stand here"));
            }
            self.at += 1;
        }
        match self.peek()? {
            Some(0xbf) => Ok(()),
            _ => Err(self.broken("a value should stand here")),
        }
    }

    fn peek(&mut self) -> Result<Option<u8>, JsonFault> {
        if self.at == self.filled {
            self.before += self.filled as u64;
            self.at = 0;
            self.filled = 0;
            self.fill()?;
        }
        Ok(self.buffer[..self.filled].get(self.at).copied())
    }

    /// The byte behind the next, which is buffered.
    fn peek_second(&mut self) -> Result<Option<u8>, JsonFault> {
        if self.at + 1 == self.filled {
            self.buffer.copy_within(self.at..self.filled, 0);
            self.before += self.at as u64;
            (self.at, self.filled) = (0, 1);
            self.fill()?;
        }
        Ok(self.buffer[..self.filled].get(self.at + 1).copied())
    }

    fn fill(&mut self) -> Result<(), JsonFault> {
        let read = self.reader.read(&mut self.buffer[self.filled..]);
        self.filled += self.stream.read_result(read).map_err(JsonFault::Failed)?;
        Ok(())
    }
}

pub(super) fn too_long(what: &str, line: u64, reached: u64) -> JsonFault {
    JsonFault::Failed(ConvertError::Limit {
        what: format!("{what} at line {line}"),
        reached: Amount::Bytes(reached),
        limit: Amount::Bytes(MAX_OBJECT_BYTES as u64),
        advice: "shorten it",
    })
}

fn line_breaks(bytes: &[u8]) -> u64 {
    let (mut count, mut rest) = (0, bytes);
    while let Some(at) = memchr(b'\n', rest) {
        count += 1;
        rest = &rest[at + 1..];
    }
    count
}

/// RFC 8259, section 6.
fn is_number(text: &[u8]) -> bool {
    fn digits(text: &[u8]) -> Option<&[u8]> {
        let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        (count > 0).then(|| &text[count..])
    }
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let leading_zero = text.len() > 1 && text[0] == b'0' && text[1].is_ascii_digit();
    let Some(mut rest) = digits(text).filter(|_| !leading_zero) else { return false };
    if let Some(fraction) = rest.strip_prefix(b".") {
        let Some(after) = digits(fraction) else { return false };
        rest = after;
    }
    if let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        let exponent =
            exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent);
        let Some(after) = digits(exponent) else { return false };
        rest = after;
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_standard() {
        for number in ["0", "-0", "10", "1.50", "-1e5", "2E+10", "0.1e-3"] {
            assert!(is_number(number.as_bytes()), "{number}");
        }
        for text in ["", "-", "01", "1.", ".5", "1e", "+1", "0x1", "1a", "Infinity"] {
            assert!(!is_number(text.as_bytes()), "{text}");
        }
    }
}
