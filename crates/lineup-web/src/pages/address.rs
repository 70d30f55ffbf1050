//! The addresses of pages whose names are in them.

use lineup::row::Performance;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a value of a query escapes: all but the unreserved characters of RFC 3986.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, QUERY).to_string()
}

/// The address of a performer's page.
pub(super) fn performer(name: &str) -> String {
    format!("/performer?name={}", encoded(name))
}

/// The address of a set's page.
pub(super) fn set(set: &Performance) -> String {
    let Performance { performer, stage, date, start, .. } = set;
    format!("/set?name={}&stage={}&date={date}&start={start}", encoded(performer), encoded(stage))
}

/// The address of a lineup's page.
pub(super) fn lineup(name: &str) -> String {
    format!("/lineup?name={}", encoded(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_value_of_the_address() {
        assert_eq!(performer("R&B #1 + ü"), "/performer?name=R%26B%20%231%20%2B%20%C3%BC");
    }
}
