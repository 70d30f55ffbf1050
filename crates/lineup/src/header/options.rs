//! The options that a message gives to paste.

use super::known::KnownColumn;

/// `--column Stage=Ort2`, quoted where a shell needs it.
pub(super) fn column_option(known: KnownColumn, name: &str) -> String {
    let plain =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '+' | ':' | '@' | '%' | ',');
    let argument = format!("{}={name}", known.name());
    if name.chars().all(plain) {
        format!("--column {argument}")
    } else if !name.contains(['"', '$', '`', '\\', '!']) {
        format!("--column \"{argument}\"")
    } else {
        format!("--column '{}'", argument.replace('\'', "'\\''"))
    }
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
