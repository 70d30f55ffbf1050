//! Items as the JSON of a `BatchWriteItem` request.
//!
//! The JSON is written directly from the row. A map of attribute values in between would
//! cost a dozen allocations a row.

use crate::item::Value;

/// How each put ends.
const PUT_END: &[u8] = b"}}}";

/// The puts of one request: JSON objects, `{"PutRequest":{"Item":{…}}}`, separated by commas.
///
/// ```
/// use lineup_table::{Puts, Value};
///
/// let mut puts = Puts::default();
/// puts.push([("Entry", Value::S("days")), ("Value", Value::S("2025-07-12"))]);
/// let json = r#"{"PutRequest":{"Item":{"Entry":{"S":"days"},"Value":{"S":"2025-07-12"}}}}"#;
/// assert_eq!(puts.json(), json.as_bytes());
/// assert_eq!(puts.iter().count(), 1);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Puts {
    json: Vec<u8>,
    /// The end of each put in `json`.
    ends: Vec<usize>,
}

impl Puts {
    /// No puts, with capacity for `bytes` bytes of JSON and `puts` puts.
    pub fn with_capacity(bytes: usize, puts: usize) -> Self {
        Self { json: Vec::with_capacity(bytes), ends: Vec::with_capacity(puts) }
    }

    /// How many puts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no puts.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All puts: the content of a table's array in `RequestItems`.
    pub fn json(&self) -> &[u8] {
        &self.json
    }

    /// The JSON of each put.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let put = &self.json[start..end];
            start = end + 1;
            put
        })
    }

    /// Adds the put of an item with these attributes.
    pub fn push<'a>(&mut self, attributes: impl IntoIterator<Item = (&'a str, Value<'a>)>) {
        self.separate();
        self.json.extend_from_slice(br#"{"PutRequest":{"Item":{"#);
        for (index, (name, value)) in attributes.into_iter().enumerate() {
            if index > 0 {
                self.json.push(b',');
            }
            push_attribute(&mut self.json, name, value);
        }
        self.json.extend_from_slice(PUT_END);
        self.ends.push(self.json.len());
    }

    /// Adds a put that is JSON already: an element of another [`Puts::iter`].
    pub fn push_put(&mut self, put: &[u8]) {
        self.separate();
        self.json.extend_from_slice(put);
        self.ends.push(self.json.len());
    }

    fn separate(&mut self) {
        if !self.is_empty() {
            self.json.push(b',');
        }
    }

    /// The index of the first put whose attributes begin with these. A value ends with a brace, so none is found that is only longer.
    pub(crate) fn beginning_with<'a>(
        &self,
        attributes: impl IntoIterator<Item = (&'a str, Value<'a>)>,
    ) -> Option<usize> {
        let mut first = Self::default();
        first.push(attributes);
        let first = first.json.strip_suffix(PUT_END)?;
        self.iter().position(|put| put.starts_with(first))
    }

    /// Removes the last put, and returns its JSON.
    pub(crate) fn pop(&mut self) -> Option<Vec<u8>> {
        let put = self.iter().last()?.to_vec();
        self.ends.pop();
        self.json.truncate(self.ends.last().copied().unwrap_or_default());
        Some(put)
    }

    /// All puts except the one at `index`.
    pub(crate) fn without(&self, index: usize) -> Self {
        let others = self.iter().enumerate().filter(|(at, _)| *at != index);
        others.map(|(_, put)| put).collect()
    }
}

impl<'p> FromIterator<&'p [u8]> for Puts {
    fn from_iter<I: IntoIterator<Item = &'p [u8]>>(puts: I) -> Self {
        let mut all = Self::default();
        puts.into_iter().for_each(|put| all.push_put(put));
        all
    }
}

fn push_attribute(json: &mut Vec<u8>, name: &str, value: Value<'_>) {
    push_text(json, name);
    match value {
        Value::S(text) => {
            json.extend_from_slice(br#":{"S":"#);
            push_text(json, text);
        }
        Value::N(number) => {
            json.extend_from_slice(br#":{"N":""#);
            push_number(json, number);
            json.push(b'"');
        }
    }
    json.push(b'}');
}

fn push_number(json: &mut Vec<u8>, number: u8) {
    let digits = [number / 100, number / 10 % 10, number % 10];
    let zeros = digits[..2].iter().take_while(|digit| **digit == 0).count();
    json.extend(digits[zeros..].iter().map(|digit| b'0' + digit));
}

/// A string (RFC 8259, section 7). Most have nothing to escape; one vectorised pass finds that out.
fn push_text(json: &mut Vec<u8>, text: &str) {
    json.push(b'"');
    if text.bytes().fold(false, |found, byte| found | needs_escape(byte)) {
        text.bytes().for_each(|byte| push_escaped(json, byte));
    } else {
        json.extend_from_slice(text.as_bytes());
    }
    json.push(b'"');
}

fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn push_escaped(json: &mut Vec<u8>, byte: u8) {
    const HEX: [u8; 16] = *b"0123456789abcdef";
    match byte {
        b'"' | b'\\' => json.extend_from_slice(&[b'\\', byte]),
        0..0x20 => {
            let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 0xf)]];
            json.extend_from_slice(br"\u00");
            json.extend_from_slice(&digits);
        }
        _ => json.push(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    fn parsed(puts: &Puts) -> Json {
        serde_json::from_str(&format!("[{}]", String::from_utf8(puts.json().to_vec()).unwrap())).unwrap()
    }

    #[test]
    fn puts_are_what_stands_in_a_request() {
        let mut puts = Puts::default();
        puts.push([("Entry", Value::S("days")), ("Value", Value::S("2025-07-12"))]);
        puts.push([("a", Value::N(0)), ("b", Value::N(255))]);
        assert_eq!(puts.len(), 2);
        assert_eq!(
            String::from_utf8_lossy(puts.json()),
            r#"{"PutRequest":{"Item":{"Entry":{"S":"days"},"Value":{"S":"2025-07-12"}}}},{"PutRequest":{"Item":{"a":{"N":"0"},"b":{"N":"255"}}}}"#
        );
        assert_eq!(puts.iter().collect::<Puts>(), puts);
        assert_eq!(parsed(&puts.without(0))[0], parsed(&puts)[1]);
    }

    #[test]
    fn any_number_is_written_without_zeros_before_it() {
        for number in 0..=u8::MAX {
            let mut json = Vec::new();
            push_number(&mut json, number);
            assert_eq!(json, number.to_string().into_bytes());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(texts in proptest::collection::vec((any::<String>(), any::<String>()), 0..5)) {
            let mut puts = Puts::default();
            for (name, text) in &texts {
                puts.push([(name.as_str(), Value::S(text))]);
            }
            let expected: Vec<Json> =
                texts.iter().map(|(name, text)| json!({"PutRequest": {"Item": {name: {"S": text}}}})).collect();
            prop_assert_eq!(parsed(&puts), Json::Array(expected));
        }
    }
}
