//! The dialect of a file of delimited text.

use serde::{Deserialize, Serialize};

/// The choices of a file that its reader must know: delimiter, byte order mark, line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialect {
    /// The byte between fields, found from the header: `,`, `;`, a tab or `|`.
    #[serde(with = "delimiter")]
    pub delimiter: u8,
    /// Whether the file begins with a UTF-8 byte order mark.
    pub byte_order_mark: bool,
    /// The byte that ends a line, found from the end of the header. Absent in JSON where it is LF.
    #[serde(default, skip_serializing_if = "LineEnd::is_lf")]
    pub line_end: LineEnd,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { delimiter: b',', byte_order_mark: false, line_end: LineEnd::Lf }
    }
}

/// The byte by which the lines of a file are counted. Records end at CR, LF and CRLF in either case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum LineEnd {
    /// LF, alone or after a CR, as `sed` and `grep -n` count.
    #[default]
    Lf,
    /// CR, where the header ends with a CR alone, as in files of Mac OS 9 and of Excel for Mac.
    Cr,
}

impl LineEnd {
    /// The byte.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Lf => b'\n',
            Self::Cr => b'\r',
        }
    }

    fn is_lf(&self) -> bool {
        *self == Self::Lf
    }
}

/// In JSON, a delimiter is a string of one character.
mod delimiter {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(byte: &u8, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_char(char::from(*byte))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
        let character = char::deserialize(deserializer)?;
        u8::try_from(character).map_err(|_| D::Error::custom(format!("{character:?} is not one byte")))
    }
}
