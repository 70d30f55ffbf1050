//! Arguments that a message gives to paste into a shell.

use std::borrow::Cow;

/// The argument in quotes, where a shell needs them.
pub(crate) fn argument(text: &str) -> Cow<'_, str> {
    let plain = |c: char| {
        c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '+' | ':' | '@' | '%' | ',' | '=')
    };
    if text.chars().all(plain) {
        text.into()
    } else if !text.contains(['"', '$', '`', '\\', '!']) {
        format!("\"{text}\"").into()
    } else {
        format!("'{}'", text.replace('\'', "'\\''")).into()
    }
}
