//! What a file is, by its first bytes.

use memchr::memmem;

use crate::container::Codec;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    /// Compressed, or text in UTF-16: one stream in another.
    Coded(Codec),
    /// A zip: an archive, an Excel workbook or an OpenDocument file.
    Zip,
    /// A compound file, as Excel workbooks before 2007 are, and those with a password.
    Compound,
    /// JSON.
    Json,
    /// A form that is not read; what it is, and what to do.
    Unsupported(&'static str, &'static str),
    /// Anything else, text above all.
    Other,
}

impl Signature {
    /// How many bytes are looked at.
    pub(crate) const HEAD_BYTES: usize = 1 << 10;

    /// What the file is that begins with `head`.
    pub(crate) fn of(head: &[u8]) -> Self {
        match head {
            // RFC 1952, section 2.3.1; RFC 8878, sections 3.1.1 and 3.1.2; the xz file format, section 2.1.1.1.
            [0x1f, 0x8b, ..] => Self::Coded(Codec::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Coded(Codec::Zstd),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => {
                Self::Coded(Codec::Bzip2)
            }
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Coded(Codec::Xz),
            // PKWARE APPNOTE, sections 4.3.7 and 4.3.16.
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            // [MS-CFB], section 2.2.
            [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => Self::Compound,
            [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Self::Unsupported("a 7z archive", UNPACK),
            [b'R', b'a', b'r', b'!', 0x1a, 7, ..] => Self::Unsupported("a RAR archive", UNPACK),
            _ if head.get(257..262) == Some(b"ustar") => Self::Unsupported("a tar archive", UNPACK),
            _ => Self::of_text(head),
        }
    }

    fn of_text(head: &[u8]) -> Self {
        match head {
            [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
                Self::Unsupported("text in UTF-32", "save it in UTF-8")
            }
            [0xff, 0xfe, ..] => Self::Coded(Codec::Utf16Le),
            [0xfe, 0xff, ..] => Self::Coded(Codec::Utf16Be),
            _ => match unmarked_utf16(head) {
                Some(codec) => Self::Coded(codec),
                None if is_json(head) => Self::Json,
                None => Self::Other,
            },
        }
    }
}

const UNPACK: &str = "unpack it, and upload the lineup that is in it";

/// UTF-16 without a mark, by its zero bytes: a header is mostly of letters below U+0100, whose high byte is zero, and
/// text has no other zeros.
fn unmarked_utf16(head: &[u8]) -> Option<Codec> {
    let zeros = |odd: usize| head.chunks_exact(2).filter(|pair| pair[odd] == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), head.len() / 2);
    let most = |zeros: usize| pairs >= 2 && zeros * 2 > pairs;
    match (even, odd) {
        (0, odd) if most(odd) => Some(Codec::Utf16Le),
        (even, 0) if most(even) => Some(Codec::Utf16Be),
        _ => None,
    }
}

/// Whether the text begins as JSON does: with an object, or with an array whose first element is JSON.
fn is_json(head: &[u8]) -> bool {
    let mut text = head;
    while let Some(rest) = text.strip_prefix("\u{feff}".as_bytes()) {
        text = rest;
    }
    let mut bytes = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace());
    match (bytes.next(), bytes.next()) {
        (Some(b'{'), Some(b'"' | b'}'))
        | (Some(b'['), None | Some(b'{' | b'[' | b']' | b'"' | b'-' | b'0'..=b'9')) => true,
        (Some(b'['), Some(_)) => [&b"true"[..], b"false", b"null"].iter().any(|word| {
            memmem::find(text, word)
                .is_some_and(|at| text[..at].iter().all(|byte| b"[ \t\r\n".contains(byte)))
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn utf16_is_found_with_and_without_a_mark() {
        for text in ["Performer,Stage\n", "Künstler;Bühne", "ab", "Artiste\tScène – été\n日本"] {
            let marked = format!("\u{feff}{text}");
            for text in [text, marked.as_str()] {
                let little = Signature::of(&utf16(text, u16::to_le_bytes));
                assert_eq!(little, Signature::Coded(Codec::Utf16Le), "{text:?}");
                let big = Signature::of(&utf16(text, u16::to_be_bytes));
                assert_eq!(big, Signature::Coded(Codec::Utf16Be), "{text:?}");
            }
        }
    }

    #[test]
    fn text_with_a_stray_zero_is_no_utf16() {
        for text in [&b"Performer,St\0age"[..], b"", b"a", b"\0\0\0\0", b"a\0", b"Performer,Stage,Start\n"] {
            assert_eq!(Signature::of(text), Signature::Other, "{text:?}");
        }
    }

    #[test]
    fn json_is_an_object_or_an_array_and_no_csv() {
        for text in
            ["{\"a\":1}", " \n[ {", "[]", "\u{feff}\u{feff}[\n  [1]]", "{}", "[null]", "[ true", "[1,2]"]
        {
            assert_eq!(Signature::of(text.as_bytes()), Signature::Json, "{text:?}");
        }
        for text in ["[Performer],[Stage]", "{Performer}", "\"a\",\"b\"", "[not true]", "Performer"] {
            assert_eq!(Signature::of(text.as_bytes()), Signature::Other, "{text:?}");
        }
    }
}
