//! A message within the limits of SNS.

use std::fmt::Write;

use lineup::shown::{LINE, one_line};

/// A subject has fewer than 100 characters of printable ASCII and does not
/// begin with a space (SNS API reference, "Publish").
pub const SUBJECT_CHARACTERS: usize = 99;
/// A message has at most 256 KiB, including its subject (SNS API reference,
/// "Publish"). The rest is reserved for the JSON in which SNS wraps it.
pub const BODY_BYTES: usize = 240 * 1024;

/// A subject and a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The subject of the e-mail.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

impl Message {
    /// Shortens subject and body to the limits.
    pub(crate) fn new(subject: &str, body: String) -> Self {
        Self { subject: printable(subject), body: cut(body) }
    }
}

/// The subject, cut to the limit, with `?` for each character that is not printable ASCII.
fn printable(subject: &str) -> String {
    let printable = |c: char| if c == ' ' || c.is_ascii_graphic() { c } else { '?' };
    let subject: String = subject.chars().map(printable).collect();
    if subject.len() <= SUBJECT_CHARACTERS {
        return subject;
    }
    format!("{}...", &subject[..SUBJECT_CHARACTERS - 3])
}

fn cut(mut body: String) -> String {
    const NOTE: &str = "\n[The message is cut here: it was too long for SNS.]\n";
    if body.len() > BODY_BYTES {
        body.truncate(body.floor_char_boundary(BODY_BYTES - NOTE.len()));
        body.push_str(NOTE);
    }
    body
}

/// The number with its digits in groups, such as `3,315`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The lines of a message. Whatever is put into a line, it stays one line: a cell or a file's name may have line breaks, and must
/// not add a command to the message.
#[derive(Debug, Default)]
pub(crate) struct Lines(String);

impl Lines {
    /// A line of text.
    pub(crate) fn text(&mut self, text: impl AsRef<str>) -> &mut Self {
        self.0.push_str(&one_line(text.as_ref(), LINE));
        self.0.push('\n');
        self
    }

    /// An empty line.
    pub(crate) fn gap(&mut self) -> &mut Self {
        self.text("")
    }

    /// A name and its value, in two columns.
    pub(crate) fn field(&mut self, name: &str, value: impl AsRef<str>) -> &mut Self {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{name:<12}{}", one_line(value.as_ref(), LINE));
        self
    }

    /// An indented line, such as a command to paste.
    pub(crate) fn item(&mut self, text: impl AsRef<str>) -> &mut Self {
        self.text(format!("  {}", text.as_ref()))
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_printable_ascii_and_short_enough_for_sns() {
        assert_eq!(printable("lineup: fête\n.csv"), "lineup: f?te?.csv");
        let long = printable(&"x".repeat(500));
        assert_eq!((long.len(), long.ends_with("...")), (SUBJECT_CHARACTERS, true));
    }

    #[test]
    fn a_body_is_cut_between_characters_and_says_so() {
        let body = cut("é".repeat(BODY_BYTES));
        assert!(body.len() <= BODY_BYTES && body.contains("cut here"));
    }

    #[test]
    fn numbers_are_grouped_in_threes() {
        let cases = [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")];
        for (number, text) in cases {
            assert_eq!(grouped(number), text);
        }
    }
}
