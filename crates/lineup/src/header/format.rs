//! Files that are not CSV, recognised by their first bytes.

use std::fmt;

use memchr::{memchr, memmem};

/// The format of a file that is not CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// gzip (RFC 1952, section 2.3.1).
    Gzip,
    /// A ZIP archive (PKWARE APPNOTE, section 4.3.7) that is none of the following.
    Zip,
    /// An Excel workbook since 2007: a ZIP archive of Office Open XML parts.
    Xlsx,
    /// An OpenDocument file: a ZIP archive whose first entry names its type.
    OpenDocument,
    /// An Excel workbook before 2007: a compound file.
    Xls,
    /// Apache Parquet.
    Parquet,
    /// Text in UTF-16, by its byte order mark.
    Utf16,
    /// Anything else with a NUL byte in its first line.
    Binary,
}

impl FileFormat {
    /// How many bytes the longest signature has.
    pub(super) const SIGNATURE_BYTES: usize = 8;

    /// The format of the file that begins with `head`, if it is not CSV.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [b'P', b'K', 3, 4, ..] => Some(Self::of_zip(head)),
            [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => Some(Self::Xls),
            [b'P', b'A', b'R', b'1', ..] => Some(Self::Parquet),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(Self::Utf16),
            _ => memchr(0, first_line(head)).map(|_| Self::Binary),
        }
    }

    fn of_zip(head: &[u8]) -> Self {
        let has = |text: &str| memmem::find(head, text.as_bytes()).is_some();
        if has("mimetypeapplication/vnd.oasis.opendocument") {
            Self::OpenDocument
        } else if has("[Content_Types].xml") || has("xl/") {
            Self::Xlsx
        } else {
            Self::Zip
        }
    }

    /// What the user can do about it.
    pub(super) const fn advice(self) -> &'static str {
        match self {
            Self::Gzip => "decompress it (gunzip) and upload the CSV file in it",
            Self::Zip => "unpack it and upload the CSV file in it",
            Self::Xlsx | Self::Xls => "open it and save it as \"CSV UTF-8\"",
            Self::OpenDocument => "open it and save it as CSV in UTF-8",
            Self::Parquet => "export it as CSV",
            Self::Utf16 | Self::Binary => "save it as CSV in UTF-8",
        }
    }
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "compressed (gzip)",
            Self::Zip => "a ZIP archive",
            Self::Xlsx => "an Excel workbook (xlsx)",
            Self::OpenDocument => "an OpenDocument file",
            Self::Xls => "an Excel workbook (xls)",
            Self::Parquet => "a Parquet file",
            Self::Utf16 => "text in UTF-16",
            Self::Binary => "binary (it has a NUL byte in its first line)",
        })
    }
}

fn first_line(head: &[u8]) -> &[u8] {
    &head[..memchr(b'\n', head).unwrap_or(head.len())]
}
