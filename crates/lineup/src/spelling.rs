//! How names and numbers are spelled: one spelling for what readers take for the same name.
//!
//! Performers and stages are keys of the table. [`key`] gives them the spelling under which they are
//! stored and asked for, so that a no-break space out of a web page makes no second stage. [`fold`] goes
//! further and is for comparing alone. [`popularity`] reads the number in the forms in which files have it.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// A name has a control character, which nobody sees and nobody types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("has a control character (U+{:04X}): remove it", u32::from(*.0))]
pub struct ControlCharacter(pub char);

/// The spelling of a performer or stage under which it is stored and asked for.
///
/// - The text is in NFC (Unicode Standard Annex 15): `é` is one character, however it was typed.
/// - Every space of Unicode is a space, the no-break ones too, and so is a tab or a line break in a
///   cell. Runs of spaces are one, and those around the text go.
/// - Characters without width and meaning go: the zero-width space, word joiner and byte order mark, the
///   soft hyphen, and the marks that only direct the order of display.
/// - The joiners U+200C and U+200D stay between two characters of a script that uses them: Persian
///   and Indic words and composed emoji need them. Elsewhere, as in Latin text, they go.
///
/// Nothing else changes: case, accents, punctuation, and U+FFFD, which the file itself has, stay. Text
/// that has this spelling already is borrowed; ASCII text takes about as long as [`str::trim`].
///
/// # Errors
/// The first control character (category Cc) that is no space, tab or line break. The C1 controls
/// are among them, U+0085 too: text has them where it was decoded wrongly.
///
/// ```
/// use lineup::spelling::{ControlCharacter, key};
///
/// assert_eq!(key(" Main\u{a0} Stage\u{200b}"), Ok("Main Stage".into()));
/// assert_eq!(key("Beyonce\u{301}"), Ok("Beyonc\u{e9}".into()));
/// let error = key("Nova\0Rye").unwrap_err();
/// assert_eq!(error, ControlCharacter('\0'));
/// assert_eq!(error.to_string(), "has a control character (U+0000): remove it");
/// ```
pub fn key(text: &str) -> Result<Cow<'_, str>, ControlCharacter> {
    let trimmed = text.trim_matches(' ');
    if is_plain(trimmed.as_bytes()) || is_spelled(trimmed) {
        return Ok(Cow::Borrowed(trimmed));
    }
    let mut key = respelled(trimmed)?;
    // What goes can bring together what composes, and that can stand beside a joiner.
    while !is_spelled(&key) {
        let again = respelled(&key)?;
        if again == key {
            break;
        }
        key = again;
    }
    Ok(Cow::Owned(key))
}

/// The spelling of a name that is asked for. A name with a control character is in no table; it stays as it is.
pub fn asked(text: &str) -> Cow<'_, str> {
    key(text).unwrap_or_else(|_| Cow::Borrowed(text.trim()))
}

/// Whether `text` is printable ASCII without two spaces in a row. Looks at 8 bytes at a time.
fn is_plain(text: &[u8]) -> bool {
    let Some(last) = text.last_chunk() else {
        // Seven bytes at most.
        let printable = text.iter().all(|byte| matches!(byte, b' '..=b'~'));
        return printable && !text.windows(2).any(|pair| pair == b"  ");
    };
    let (words, _) = text.as_chunks();
    let mut spaces = 0;
    for word in words {
        match plain_spaces(word) {
            // The space before the word, the last byte of the one before it.
            Some(here) if here & (here << 8 | spaces >> 56) == 0 => spaces = here,
            _ => return false,
        }
    }
    // What is left is in the last 8 bytes, some of them for the second time.
    plain_spaces(last).is_some_and(|spaces| spaces & spaces << 8 == 0)
}

/// The high bit of each byte that is a space; `None` if one is not printable ASCII.
fn plain_spaces(word: &[u8; 8]) -> Option<u64> {
    const fn every(byte: u8) -> u64 {
        u64::from_le_bytes([byte; 8])
    }
    let (word, high) = (u64::from_le_bytes(*word), every(0x80));
    // Of ASCII, no sum or difference below reaches from one byte into the next.
    if word & high != 0 {
        return None;
    }
    let not_below_space = (word | high) - every(b' ');
    let delete = word + every(1);
    let spaces = (high - (word ^ every(b' '))) & high;
    (!not_below_space & high | delete & high == 0).then_some(spaces)
}

/// Whether `text` has the spelling of [`key`]; false also where only [`respelled`] can tell.
fn is_spelled(text: &str) -> bool {
    let (mut before, mut highest) = (' ', ' ');
    for character in text.chars() {
        let space = character.is_whitespace() && (character != ' ' || before == ' ');
        if space || character.is_control() || is_joiner(character) || is_invisible(character) {
            return false;
        }
        highest = highest.max(character);
        before = character;
    }
    // Below the combining marks every character composes with nothing before it (Annex 15, NFC_QC).
    let composed = highest < '\u{300}' || is_nfc_quick(text.chars()) == IsNormalized::Yes;
    (before != ' ' || text.is_empty()) && composed
}

/// One pass of [`key`].
fn respelled(text: &str) -> Result<String, ControlCharacter> {
    let mut kept = String::with_capacity(text.len());
    let mut joiner = None;
    for character in text.nfc() {
        let space = character.is_whitespace() && character != '\u{85}';
        if is_invisible(character) || (space && (kept.is_empty() || kept.ends_with(' '))) {
            continue;
        } else if is_joiner(character) {
            joiner = kept.chars().next_back().filter(|before| joins(*before)).map(|_| character);
            continue;
        } else if character.is_control() && !space {
            return Err(ControlCharacter(character));
        }
        kept.extend(joiner.take().filter(|_| joins(character)));
        kept.push(if space { ' ' } else { character });
    }
    Ok(kept.trim_end_matches(' ').nfc().collect())
}

/// Whether a joiner beside `character` can mean something: not beside a space, nor in Latin, Greek,
/// Cyrillic and Armenian, whose blocks are those below U+0590.
fn joins(character: char) -> bool {
    character >= '\u{590}' && !character.is_whitespace()
}

fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}')
}

/// Characters that have neither width nor meaning: soft hyphen, zero-width space, the marks of
/// direction (Unicode Standard Annex 9), U+2060 to U+206F with the word joiner, and the byte order mark.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

/// A form in which two names are equal that differ only in case, accents, punctuation, spaces and
/// compatibility forms such as full-width letters. For comparing; nothing is stored in it.
///
/// Accents are those of Latin, Greek and Cyrillic. Vowel signs of other scripts are letters, and stay.
/// Emoji and the signs `+`, `<`, `=`, `>`, `$` stay, too. A name of nothing but punctuation keeps it.
///
/// ```
/// use lineup::spelling::fold;
///
/// assert_eq!(fold("Café-Bühne"), fold("CAFE BUHNE"));
/// assert_ne!(fold("Stage 1"), fold("Stage 2"));
/// assert_ne!(fold("!!!"), fold("???"));
/// ```
pub fn fold(text: &str) -> String {
    let seen = text.chars().filter(|character| !is_invisible(*character) && !is_joiner(*character));
    let letters = seen.nfkd().filter(|character| !is_accent(*character) && !character.is_whitespace());
    let bare: String = letters.flat_map(char::to_lowercase).collect();
    let mut folded = String::with_capacity(bare.len());
    // Again NFKD: what goes lets marks change places, and the lower case of some letters has an accent.
    let unpunctuated = bare.chars().filter(|character| !is_punctuation(*character));
    for character in unpunctuated.nfkd().filter(|character| !is_accent(*character)) {
        match unaccented(character) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(character),
        }
    }
    if folded.is_empty() { bare } else { folded }
}

/// Combining marks of Latin, Greek and Cyrillic, those for symbols, and the variation selectors.
fn is_accent(character: char) -> bool {
    matches!(
        character,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}'
    )
}

/// Punctuation of ASCII, Latin-1, the block General Punctuation, and Chinese and Japanese.
fn is_punctuation(character: char) -> bool {
    let ascii = character.is_ascii_punctuation() && !matches!(character, '+' | '<' | '=' | '>' | '$');
    let latin1 = matches!(character, '¡' | '§' | '«' | '¶' | '·' | '»' | '¿');
    let general = matches!(character, '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}');
    ascii
        || latin1
        || general
        || matches!(character, '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{30fb}')
}

/// The letters for one whose stroke or joining Unicode does not decompose.
fn unaccented(character: char) -> Option<&'static str> {
    Some(match character {
        'ø' => "o",
        'ł' => "l",
        'đ' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ς' => "σ",
        _ => return None,
    })
}

/// A popularity, from 1 to 100: `87`, `87.0`, `87,0`, `87 %`, `87/100`, with any space around its parts.
/// `None` for what is none of these: 87.5 is not rounded without a word, and three zeros behind a
/// point or comma may be those of 87 thousand.
///
/// ```
/// use lineup::spelling::popularity;
///
/// assert_eq!(popularity(" 87,0 %"), Some(87));
/// assert_eq!(popularity("87.5"), None);
/// ```
pub fn popularity(text: &str) -> Option<u8> {
    let text = text.trim();
    let number = match text.split_once('/') {
        Some((number, of)) if of.trim() == "100" => number.trim_end(),
        Some(_) => return None,
        None => text.strip_suffix('%').unwrap_or(text).trim_end(),
    };
    let (whole, fraction) = number.split_once(['.', ',']).unwrap_or((number, "0"));
    let digits = whole.bytes().all(|byte| byte.is_ascii_digit());
    let no_fraction = !matches!(fraction.len(), 0 | 3) && fraction.bytes().all(|byte| byte == b'0');
    whole.parse().ok().filter(|number| digits && no_fraction && (1..=100).contains(number))
}

#[cfg(test)]
mod tests;
