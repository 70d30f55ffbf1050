//! The format of a file, told by its first bytes.

use std::fmt;

use memchr::{memchr, memchr2, memmem};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The format of a file that is not delimited text.
///
/// ```
/// use lineup::format::FileFormat;
///
/// assert_eq!(FileFormat::of(b"Performer,Stage,Start\n"), None);
/// assert_eq!(FileFormat::of(b"[\n {\"Performer\": \"Stormzy\"}]"), Some(FileFormat::Json));
/// assert!(FileFormat::Json.is_converted());
///
/// let page = FileFormat::of(b"<!DOCTYPE html><title>Sign in</title>").unwrap();
/// assert_eq!((page.to_string().as_str(), page.is_converted()), ("a web page (HTML)", false));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileFormat {
    /// gzip (RFC 1952, section 2.3.1).
    Gzip,
    /// Zstandard (RFC 8878, section 3.1).
    Zstd,
    /// bzip2.
    Bzip2,
    /// xz (The .xz File Format, section 2.1.1.1).
    Xz,
    /// A ZIP archive (PKWARE APPNOTE, section 4.3.7) that is none of the following.
    Zip,
    /// An Excel workbook since 2007 (xlsx, xlsm, xlsb): a ZIP archive of Office Open XML parts.
    Xlsx,
    /// An OpenDocument spreadsheet: a ZIP archive whose first entry names its type.
    OpenDocument,
    /// An Excel workbook before 2007: a compound file.
    Xls,
    /// Text in UTF-16, little end first, by its byte order mark or because every other byte is NUL.
    Utf16Le,
    /// Text in UTF-16, big end first.
    Utf16Be,
    /// Text in UTF-32, by its byte order mark.
    Utf32,
    /// JSON: an array, or an object; JSON Lines begin with one too.
    Json,
    /// A web page.
    Html,
    /// XML that is no web page, such as `schedule.xml` of frab and pretalx.
    Xml,
    /// PDF.
    Pdf,
    /// A picture: PNG, JPEG, GIF, WebP, HEIC or AVIF.
    Image,
    /// A calendar (RFC 5545, section 3.4).
    Ics,
    /// A text document or presentation: Rich Text, Office Open XML or OpenDocument.
    Document,
    /// Apache Parquet.
    Parquet,
    /// A 7z archive.
    SevenZip,
    /// A RAR archive.
    Rar,
    /// A tar archive (POSIX ustar).
    Tar,
    /// Anything else with a NUL byte in its first line.
    Binary,
}

impl FileFormat {
    /// With so many bytes of a file (or all of them) the answer of [`FileFormat::of`] is final. The parts of
    /// an Office file show what it is, and they begin within it.
    pub const HEAD_BYTES: usize = 8 * 1024;

    /// The format of the file that begins with `head`, or `None` if that may be delimited text.
    pub fn of(head: &[u8]) -> Option<Self> {
        let head = &head[..head.len().min(Self::HEAD_BYTES)];
        Self::of_signature(head)
            .or_else(|| Self::of_utf16(head))
            .or_else(|| Self::of_text(head))
            .or_else(|| memchr(0, first_line(head)).map(|_| Self::Binary))
    }

    /// Whether it is read after it was converted to plain text. The others are refused, with
    /// [`FileFormat::advice`].
    pub const fn is_converted(self) -> bool {
        use FileFormat::{Bzip2, Gzip, Json, OpenDocument, Utf16Be, Utf16Le, Xls, Xlsx, Xz, Zip, Zstd};
        matches!(self, Gzip | Zstd | Bzip2 | Xz | Zip | Xlsx | OpenDocument | Xls | Utf16Le | Utf16Be | Json)
    }

    fn of_signature(head: &[u8]) -> Option<Self> {
        Some(match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            // The magic of a block, or of the end of an empty file.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [b'P', b'K', 3, 4, ..] => Self::of_zip(head),
            [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..] => Self::Zip,
            [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => Self::Xls,
            [b'P', b'A', b'R', b'1', ..] => Self::Parquet,
            [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Self::SevenZip,
            [b'R', b'a', b'r', b'!', 0x1a, 7, ..] => Self::Rar,
            _ if head.get(257..262) == Some(b"ustar") => Self::Tar,
            [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Self::Utf32,
            [0xff, 0xfe, ..] => Self::Utf16Le,
            [0xfe, 0xff, ..] => Self::Utf16Be,
            [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] => Self::Image,
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Self::Image,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Self::Image,
            [_, _, _, _, b'f', b't', b'y', b'p', b'h' | b'm' | b'a', b'e' | b'i' | b'v', ..] => Self::Image,
            _ => return None,
        })
    }

    /// By the entries whose headers are in the head.
    fn of_zip(head: &[u8]) -> Self {
        let has = |text: &str| memmem::find(head, text.as_bytes()).is_some();
        let is_in = |folder: &str| entries(head).any(|name| name.starts_with(folder.as_bytes()));
        if has("mimetypeapplication/vnd.oasis.opendocument.spreadsheet") {
            Self::OpenDocument
        } else if has("mimetypeapplication/vnd.oasis.opendocument") || is_in("word/") || is_in("ppt/") {
            Self::Document
        } else if is_in("xl/") || is_in("[Content_Types].xml") {
            Self::Xlsx
        } else {
            Self::Zip
        }
    }

    /// UTF-16 without a mark, by its zeros: a header is mostly of letters below U+0100, one of whose bytes is zero, and
    /// text has no other zeros.
    fn of_utf16(head: &[u8]) -> Option<Self> {
        /// How many bytes are looked at. A line of UTF-8 with a NUL in it has other bytes there.
        const LOOKED_AT: usize = 64;
        let pairs = head[..head.len().min(LOOKED_AT)].chunks_exact(2);
        let zeros = |side: usize| pairs.clone().filter(|pair| pair[side] == 0).count();
        let most = |zeros: usize| pairs.len() >= 2 && zeros * 2 > pairs.len();
        match (zeros(0), zeros(1)) {
            (0, high) if most(high) => Some(Self::Utf16Le),
            (high, 0) if most(high) => Some(Self::Utf16Be),
            _ => None,
        }
    }

    fn of_text(head: &[u8]) -> Option<Self> {
        let mut text = head;
        while let Some(rest) = text.strip_prefix(BYTE_ORDER_MARK) {
            text = rest;
        }
        let text = text.trim_ascii_start();
        let behind = |first: usize| text.get(first..).unwrap_or_default().trim_ascii_start();
        match text {
            [b'[', ..] => is_json_array(behind(1)).then_some(Self::Json),
            [b'{', b'\\', b'r', b't', b'f', ..] => Some(Self::Document),
            [b'{', ..] => matches!(behind(1), [b'"' | b'}', ..]).then_some(Self::Json),
            [b'<', b'!' | b'?' | b'A'..=b'Z' | b'a'..=b'z', ..] => Some(Self::of_markup(text)),
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(Self::Pdf),
            _ => begins(text, "BEGIN:VCALENDAR").then_some(Self::Ics),
        }
    }

    fn of_markup(text: &[u8]) -> Self {
        const FRAGMENTS: [&str; 9] =
            ["<head", "<body", "<script", "<meta", "<title", "<table", "<div", "<p>", "<style"];
        let text = text.to_ascii_lowercase();
        let has = |tag: &str| memmem::find(&text, tag.as_bytes()).is_some();
        let html = has("<!doctype html") || has("<html") || FRAGMENTS.iter().any(|tag| begins(&text, tag));
        if html { Self::Html } else { Self::Xml }
    }

    /// What the planner can do about it.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Gzip => "decompress it (gunzip) and upload the CSV file in it",
            Self::Zstd | Self::Bzip2 | Self::Xz => "decompress it and upload the CSV file in it",
            Self::Zip => "unpack it and upload the CSV file in it",
            Self::SevenZip | Self::Rar | Self::Tar => "unpack it, and upload the lineup that is in it",
            Self::Xlsx | Self::Xls => "open it and save it as \"CSV UTF-8\"",
            Self::OpenDocument => "open it and save it as CSV in UTF-8",
            Self::Parquet | Self::Json => "export it as CSV",
            Self::Utf16Le | Self::Utf16Be | Self::Utf32 | Self::Binary => "save it as CSV in UTF-8",
            Self::Html => {
                "it is probably a page to sign in or to download from: open the address in a browser, and upload \
                 the file that it gives"
            }
            Self::Xml | Self::Ics => {
                "export the schedule as a spreadsheet, CSV or JSON with one row for each performance"
            }
            Self::Pdf | Self::Image => {
                "lineup reads tables, not pages: ask for the spreadsheet from which it was made, or type it into one"
            }
            Self::Document => {
                "lineup reads tables, not pages: copy the table into a spreadsheet and upload that"
            }
        }
    }
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "compressed (gzip)",
            Self::Zstd => "compressed (zstd)",
            Self::Bzip2 => "compressed (bzip2)",
            Self::Xz => "compressed (xz)",
            Self::Zip => "a ZIP archive",
            Self::Xlsx => "an Excel workbook (xlsx)",
            Self::OpenDocument => "an OpenDocument spreadsheet",
            Self::Xls => "an Excel workbook (xls)",
            Self::Utf16Le | Self::Utf16Be => "text in UTF-16",
            Self::Utf32 => "text in UTF-32",
            Self::Json => "JSON",
            Self::Html => "a web page (HTML)",
            Self::Xml => "XML",
            Self::Pdf => "a PDF document",
            Self::Image => "a picture",
            Self::Ics => "a calendar (iCalendar)",
            Self::Document => "a text document or presentation (Word, OpenDocument, RTF)",
            Self::Parquet => "a Parquet file",
            Self::SevenZip => "a 7z archive",
            Self::Rar => "a RAR archive",
            Self::Tar => "a tar archive",
            Self::Binary => "binary (it has a NUL byte in its first line)",
        })
    }
}

/// Whether `text` begins with `start`, in any case.
fn begins(text: &[u8], start: &str) -> bool {
    text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start.as_bytes()))
}

fn first_line(head: &[u8]) -> &[u8] {
    &head[..memchr2(b'\n', b'\r', head).unwrap_or(head.len())]
}

/// The names of the entries of a ZIP archive whose local headers begin in `head` (APPNOTE, section 4.3.7: the
/// length of the name is at 26, the name at 30).
fn entries(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    memmem::find_iter(head, b"PK\x03\x04").filter_map(|start| {
        let header = &head[start..];
        let length = u16::from_le_bytes(header.get(26..28)?.try_into().ok()?);
        header.get(30..30 + usize::from(length))
    })
}

/// Whether what stands behind `[` is the rest of an array in JSON, and not that of a title such as `[draft] Summer Sands` or
/// `[2025] Summer Sands`.
fn is_json_array(rest: &[u8]) -> bool {
    if matches!(rest, [] | [b'{' | b'[' | b']' | b'"', ..]) {
        return true;
    }
    let is_literal = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    let (literal, behind) = rest.split_at(rest.iter().take_while(|byte| is_literal(byte)).count());
    let is_value = matches!(literal, b"true" | b"false" | b"null")
        || str::from_utf8(literal).is_ok_and(|number| number.parse::<f64>().is_ok_and(f64::is_finite));
    is_value
        && match behind.trim_ascii_start() {
            [b']', after @ ..] => after.trim_ascii().is_empty(),
            after => matches!(after, [] | [b',', ..]),
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn zip(entries: &[(&str, &str)]) -> Vec<u8> {
        let entry = |(name, content): &(&str, &str)| {
            let length = (name.len() as u16).to_le_bytes();
            [b"PK\x03\x04", &[0; 22][..], &length, &[0; 2], name.as_bytes(), content.as_bytes()].concat()
        };
        entries.iter().flat_map(entry).collect()
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn a_zip_archive_is_what_its_entries_make_it() {
        let spreadsheet = "application/vnd.oasis.opendocument.spreadsheet";
        let cases: [(&[(&str, &str)], FileFormat); 8] = [
            (&[("lineup.csv", "Performer,Stage\nhttp://x/xl/word/")], FileFormat::Zip),
            (&[("[Content_Types].xml", "…")], FileFormat::Xlsx),
            (&[("[Content_Types].xml", "…"), ("xl/workbook.bin", "")], FileFormat::Xlsx),
            (&[("[Content_Types].xml", "…"), ("word/document.xml", "")], FileFormat::Document),
            (&[("[Content_Types].xml", "…"), ("ppt/presentation.xml", "")], FileFormat::Document),
            (&[("mimetype", spreadsheet)], FileFormat::OpenDocument),
            (&[("mimetype", "application/vnd.oasis.opendocument.text")], FileFormat::Document),
            (&[("mimetype", "application/epub+zip")], FileFormat::Zip),
        ];
        for (entries, format) in cases {
            assert_eq!(FileFormat::of(&zip(entries)), Some(format), "{entries:?}");
        }
        assert_eq!(FileFormat::of(b"PK\x05\x06"), Some(FileFormat::Zip));
    }

    #[test]
    fn what_is_converted_is_told_by_its_first_bytes() {
        let cases: [(&[u8], FileFormat); 20] = [
            (b"\x1f\x8b\x08\0\0\0\0\0", FileFormat::Gzip),
            (b"\x28\xb5\x2f\xfd\x04", FileFormat::Zstd),
            (b"\x5a\x2a\x4d\x18\x04\0\0\0", FileFormat::Zstd),
            (b"BZh91AY&SY\x12", FileFormat::Bzip2),
            (b"\xfd7zXZ\0\0\x04", FileFormat::Xz),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileFormat::Xls),
            (b"\xff\xfeP\0e\0r\0", FileFormat::Utf16Le),
            (b"\xfe\xff\0P\0e\0r", FileFormat::Utf16Be),
            (b"a\0b\0", FileFormat::Utf16Le),
            (b"\xef\xbb\xbf\n [ {\"a\": 1}]", FileFormat::Json),
            (b"[]", FileFormat::Json),
            (b"[[\"Performer\"", FileFormat::Json),
            (b"{ \"events\": []}", FileFormat::Json),
            (b"{}", FileFormat::Json),
            (b"\xef\xbb\xbf\xef\xbb\xbf[\n  [1]]", FileFormat::Json),
            (b"[\"a\", \"b\"]", FileFormat::Json),
            (b"[null]\n", FileFormat::Json),
            (b"[ true", FileFormat::Json),
            (b"[1,2]", FileFormat::Json),
            (b"[", FileFormat::Json),
        ];
        for (head, format) in cases {
            assert_eq!(FileFormat::of(head), Some(format));
            assert!(format.is_converted(), "{format}");
        }
    }

    #[test]
    fn what_is_no_lineup_is_named() {
        let tar = [&b"lineup.csv"[..], &[0; 247], b"ustar\x0000"].concat();
        let cases: [(&[u8], &str); 23] = [
            (b"<!DOCTYPE html>\n<html>", "a web page (HTML)"),
            (b"\n<HTML lang=en>", "a web page (HTML)"),
            (b"\xef\xbb\xbf<!-- saved --><html>", "a web page (HTML)"),
            (b"<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC", "a web page (HTML)"),
            (b"<div class=login>", "a web page (HTML)"),
            (b"<?xml version=\"1.0\"?>\n<schedule><day>", "XML"),
            (b"<schedule>", "XML"),
            (b"%PDF-1.7", "a PDF document"),
            (b"\x89PNG\r\n\x1a\n", "a picture"),
            (b"\xff\xd8\xff\xe0", "a picture"),
            (b"GIF89a", "a picture"),
            (b"RIFF\x01\x02\x03\x04WEBPVP8 ", "a picture"),
            (b"\0\0\0\x18ftypheic", "a picture"),
            (b"BEGIN:VCALENDAR\r\n", "a calendar (iCalendar)"),
            (b"{\\rtf1\\ansi", "a text document or presentation (Word, OpenDocument, RTF)"),
            (b"PAR1\x15\x04\x15\x10", "a Parquet file"),
            (b"7z\xbc\xaf\x27\x1c\0\x04", "a 7z archive"),
            (b"Rar!\x1a\x07\x01\0", "a RAR archive"),
            (&tar, "a tar archive"),
            (b"\xff\xfe\0\0P\0\0\0", "text in UTF-32"),
            (b"\0\0\xfe\xff\0\0\0P", "text in UTF-32"),
            (b"Performer\0,Stage\n", "binary (it has a NUL byte in its first line)"),
            (b"\x7fELF\0\0", "binary (it has a NUL byte in its first line)"),
        ];
        for (head, name) in cases {
            let format = FileFormat::of(head).unwrap();
            assert_eq!((format.to_string().as_str(), format.is_converted()), (name, false));
            assert!(!format.advice().is_empty());
        }
    }

    #[test]
    fn delimited_text_is_none_of_them() {
        let heads: [&[u8]; 16] = [
            b"",
            b"Performer,Stage,Start\nNo\0va,Dune,20:00\n",
            b"Performer,Stage\rNo\0va,Dune\r",
            b"[draft] Summer Sands\n",
            b"[2025] Summer Sands\n",
            b"[Performer],[Stage]\n",
            b"[not true]\n",
            b"\"a\",\"b\"\n",
            b"a",
            b"12\n\0",
            b"Performer,Stage,Start\nN\0o\0v\0a\0",
            b"{draft}\n",
            b"<- this is the draft\n",
            b"# comment\n",
            b"PK,Stage\n",
            b"B\xfchne;K\xfcnstler\n",
        ];
        for head in heads {
            assert_eq!(FileFormat::of(head), None, "{}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn utf_16_is_found_with_and_without_a_mark() {
        for text in ["Performer,Stage\n", "Künstler;Bühne", "ab", "Artiste\tScène – été\n日本"] {
            let marked = format!("\u{feff}{text}");
            for text in [text, marked.as_str()] {
                assert_eq!(
                    FileFormat::of(&utf16(text, u16::to_le_bytes)),
                    Some(FileFormat::Utf16Le),
                    "{text:?}"
                );
                assert_eq!(
                    FileFormat::of(&utf16(text, u16::to_be_bytes)),
                    Some(FileFormat::Utf16Be),
                    "{text:?}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn utf_16_needs_no_mark(text in "[A-Za-zäöüéñ,;\t \r\n]{8,90}") {
            prop_assert_eq!(FileFormat::of(&utf16(&text, u16::to_le_bytes)), Some(FileFormat::Utf16Le));
            prop_assert_eq!(FileFormat::of(&utf16(&text, u16::to_be_bytes)), Some(FileFormat::Utf16Be));
            prop_assert_eq!(FileFormat::of(text.as_bytes()), None);
        }

        #[test]
        fn no_bytes_panic(head in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = FileFormat::of(&head);
            for start in [&b"PK\x03\x04"[..], b"<", b"[", b"{", b"BZh9"] {
                let _ = FileFormat::of(&[start, &head].concat());
            }
        }
    }
}
