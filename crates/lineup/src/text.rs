//! The encodings in which the text of a lineup is read.

use std::borrow::Cow;
use std::str::{self, Utf8Error};

use encoding_rs::WINDOWS_1252;
use serde::{Deserialize, Serialize};

/// The encoding of a file of text. In JSON `"UTF-8"` or `"windows-1252"` (the names of the WHATWG Encoding
/// Standard).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TextEncoding {
    /// UTF-8, of which ASCII is a part.
    #[default]
    #[serde(rename = "UTF-8")]
    Utf8,
    /// What Excel writes as "CSV" on Windows in Western Europe and America.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// Bytes are not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not UTF-8")]
pub struct NotUtf8(#[from] Utf8Error);

impl TextEncoding {
    /// The name of the encoding, as messages write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Windows1252 => "Windows-1252",
        }
    }

    /// The text of `bytes`. UTF-8 is tried first in either case, so ASCII is never copied. Windows-1252 is
    /// for bytes that are not UTF-8; it has a character for each byte.
    ///
    /// ```
    /// use lineup::text::TextEncoding;
    ///
    /// assert_eq!(TextEncoding::Windows1252.decode(b"Z\xe4hler-B\xfchne")?, "Zähler-Bühne");
    /// assert_eq!(TextEncoding::Windows1252.decode("Zähler-Bühne".as_bytes())?, "Zähler-Bühne");
    /// assert!(TextEncoding::Utf8.decode(b"B\xfchne").is_err());
    /// # Ok::<_, lineup::text::NotUtf8>(())
    /// ```
    ///
    /// # Errors
    /// [`NotUtf8`], never of [`TextEncoding::Windows1252`].
    pub fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, NotUtf8> {
        match (str::from_utf8(bytes), self) {
            (Ok(text), _) => Ok(Cow::Borrowed(text)),
            (Err(error), Self::Utf8) => Err(error.into()),
            (Err(_), Self::Windows1252) => Ok(WINDOWS_1252.decode_without_bom_handling(bytes).0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_a_character_of_windows_1252() {
        for byte in 0x80..=u8::MAX {
            let bytes = [byte];
            let text = TextEncoding::Windows1252.decode(&bytes).unwrap();
            assert_eq!((text.chars().count(), text.contains('\u{fffd}')), (1, false), "{byte:#x}");
        }
        assert_eq!(TextEncoding::Windows1252.decode(b"Mike\x92s \x80 Caf\xe9").unwrap(), "Mike’s € Café");
    }

    #[test]
    fn json_has_the_names_of_the_standard() {
        let both = [TextEncoding::Utf8, TextEncoding::Windows1252];
        let json = serde_json::to_string(&both).unwrap();
        assert_eq!(json, r#"["UTF-8","windows-1252"]"#);
        assert_eq!(serde_json::from_str::<[TextEncoding; 2]>(&json).unwrap(), both);
    }
}
