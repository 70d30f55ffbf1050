//! The second pass: writes the rows.

use super::shape::{JsonFault, RowsAt};
use super::survey::Keys;
use super::tokens::{MAX_OBJECT_BYTES, Token, Tokens, too_long};
use crate::container::Stream;
use crate::error::ConvertError;
use crate::monitor::Output;
use crate::record::RecordWriter;

/// Writes the keys and the rows.
pub(super) fn write(
    stream: &Stream<'_>,
    rows_at: &RowsAt,
    keys: &Keys,
    output: &mut Output<'_>,
) -> Result<(), ConvertError> {
    let mut writer = RecordWriter::new(output);
    for key in keys.names() {
        writer.field(key)?;
    }
    writer.end()?;
    let values = vec![String::new(); keys.names().len()];
    let mut rows = Rows { tokens: Tokens::open(stream)?, keys, values, number: 0 };
    let written = rows.write(rows_at, &mut writer);
    written.map_err(|fault| fault.in_object(rows.number))
}

struct Rows<'k, 'm> {
    tokens: Tokens<'m>,
    keys: &'k Keys,
    /// The values of the object, by column.
    values: Vec<String>,
    /// The number of the object, from 1.
    number: u64,
}

impl Rows<'_, '_> {
    fn write(&mut self, rows_at: &RowsAt, writer: &mut RecordWriter<'_, '_>) -> Result<(), JsonFault> {
        match rows_at {
            RowsAt::Lines => {}
            RowsAt::Array => self.array_start()?,
            RowsAt::Member(name) => self.member(name)?,
        }
        let lines = *rows_at == RowsAt::Lines;
        while let Some(token) = self.tokens.next()? {
            if token == Token::ArrayEnd && !lines {
                return Ok(());
            }
            self.number += 1;
            if token != Token::ObjectStart {
                return Err(self.tokens.broken("it is no object, as each row must be"));
            }
            self.object()?;
            for value in &self.values {
                writer.field(value)?;
            }
            writer.end()?;
        }
        Ok(())
    }

    fn array_start(&mut self) -> Result<(), JsonFault> {
        match self.tokens.next()? {
            Some(Token::ArrayStart) => Ok(()),
            _ => Err(self.tokens.broken("the file has changed while it was read")),
        }
    }

    /// Goes to the first element of the array that is this member.
    fn member(&mut self, name: &str) -> Result<(), JsonFault> {
        let mut token = self.tokens.next()?;
        while token.is_some() {
            token = self.tokens.next()?;
            if token == Some(Token::Key) {
                let found = self.tokens.text()? == name;
                token = self.tokens.next()?;
                if found && token == Some(Token::ArrayStart) {
                    return Ok(());
                }
                self.skip(token)?;
            }
        }
        Err(self.tokens.broken("the file has changed while it was read"))
    }

    /// Skips the rest of a value that begins with this token.
    fn skip(&mut self, mut token: Option<Token>) -> Result<(), JsonFault> {
        let mut level = 0_usize;
        while let Some(found) = token {
            match found {
                Token::ObjectStart | Token::ArrayStart => level += 1,
                Token::ObjectEnd | Token::ArrayEnd => level = level.saturating_sub(1),
                _ => {}
            }
            if level == 0 {
                break;
            }
            token = self.tokens.next()?;
        }
        Ok(())
    }

    /// Reads the members of an object. Of several with one key, the last counts.
    fn object(&mut self) -> Result<(), JsonFault> {
        let (start, line) = (self.tokens.offset(), self.tokens.line());
        self.values.iter_mut().for_each(String::clear);
        let mut hint = 0;
        while let Some(Token::Key) = self.tokens.next()? {
            let column = self.keys.find(self.tokens.text()?, hint);
            let Some(column) = column else {
                return Err(self.tokens.broken("the file has changed while it was read"));
            };
            hint = column + 1;
            let mut value = std::mem::take(&mut self.values[column]);
            value.clear();
            self.value(&mut value)?;
            self.values[column] = value;
            let bytes = self.tokens.offset() - start;
            if bytes > MAX_OBJECT_BYTES as u64 {
                return Err(too_long(&format!("object {}", self.number), line, bytes));
            }
        }
        Ok(())
    }

    /// The value as text: an array or object as JSON without white space.
    fn value(&mut self, text: &mut String) -> Result<(), JsonFault> {
        match self.tokens.next()? {
            Some(Token::Text) => text.push_str(self.tokens.text()?),
            Some(Token::Literal) => match self.tokens.text()? {
                "null" | "NaN" => {}
                literal => text.push_str(literal),
            },
            Some(token @ (Token::ObjectStart | Token::ArrayStart)) => self.nested(token, text)?,
            _ => {}
        }
        Ok(())
    }

    fn nested(&mut self, first: Token, text: &mut String) -> Result<(), JsonFault> {
        let (mut level, mut token, mut comma) = (0_usize, first, false);
        loop {
            if comma && !matches!(token, Token::ObjectEnd | Token::ArrayEnd) {
                text.push(',');
            }
            comma = !matches!(token, Token::ObjectStart | Token::ArrayStart | Token::Key);
            match token {
                Token::ObjectStart | Token::ArrayStart => {
                    text.push(if token == Token::ObjectStart { '{' } else { '[' });
                    level += 1;
                }
                Token::ObjectEnd | Token::ArrayEnd => {
                    text.push(if token == Token::ObjectEnd { '}' } else { ']' });
                    level -= 1;
                }
                Token::Key => {
                    quote(self.tokens.text()?, text);
                    text.push(':');
                }
                Token::Text => quote(self.tokens.text()?, text),
                Token::Literal => text.push_str(self.tokens.text()?),
            }
            if text.len() > MAX_OBJECT_BYTES {
                return Err(too_long(
                    &format!("object {}", self.number),
                    self.tokens.line(),
                    text.len() as u64,
                ));
            }
            if level == 0 {
                return Ok(());
            }
            match self.tokens.next()? {
                Some(next) => token = next,
                None => return Ok(()),
            }
        }
    }
}

/// A string of JSON.
fn quote(value: &str, text: &mut String) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            control if control < ' ' => text.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => text.push(other),
        }
    }
    text.push('"');
}
