//! What the planner says about a header, and the options that a message gives him to paste.

use super::known::KnownColumn;
use crate::shell;

/// What the planner said about a header.
///
/// ```
/// use lineup::header::{Header, HeaderOptions};
///
/// let file = b"Performer,Start,End,Date\n";
/// let error = Header::read(file, true, HeaderOptions::default()).unwrap_err();
/// assert!(error.to_string().ends_with(r#"or, if there is one stage, --stage "Main Stage""#));
/// let options = HeaderOptions { has_stage: true, ..HeaderOptions::default() };
/// assert!(Header::read(file, true, options)?.is_some());
/// # Ok::<_, lineup::header::HeaderError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeaderOptions<'o> {
    /// The columns that he named: `(Performer, "Artist")` says that the column `Artist` is Performer, whatever
    /// other columns there are.
    pub columns: &'o [(KnownColumn, String)],
    /// Whether he said the stage of rows without one, so that the header need not have it.
    pub has_stage: bool,
}

/// `--column Stage=Ort2`, quoted where a shell needs it.
pub(super) fn column_option(known: KnownColumn, name: &str) -> String {
    format!("--column {}", shell::argument(&format!("{}={name}", known.name())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_quoted_as_a_shell_needs_it() {
        let cases = [
            ("Künstler", "--column Performer=Künstler"),
            ("Act (live)", "--column \"Performer=Act (live)\""),
            ("Who's on", "--column \"Performer=Who's on\""),
            ("Who's $on", "--column 'Performer=Who'\\''s $on'"),
        ];
        for (name, option) in cases {
            assert_eq!(column_option(KnownColumn::Performer, name), option);
        }
    }
}
