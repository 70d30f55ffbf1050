//! Text in containers and in UTF-16.

use std::io::Write;

use lineup::origin::Origin;

use crate::{converted, gzip, refused, zip};

const CSV: &[u8] = b"Performer,Stage\r\nBj\xf6rk,\"Main\nStage\"\r\n\xef\xbb\xbfStormzy,\r";

pub(crate) type Compress = fn(&[u8]) -> Vec<u8>;

pub(crate) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

const COMPRESSED: [(&str, Compress); 4] = [("gzip", gzip), ("bzip2", bzip2), ("xz", xz), ("zstd", zstd)];

#[test]
fn text_in_a_container_keeps_its_bytes() {
    for (form, compress) in COMPRESSED {
        let (converted, text) = converted(&compress(CSV));
        assert_eq!(text, CSV, "{form}");
        assert_eq!((converted.form.as_str(), converted.origin), (form, Origin::Lines));
    }
    let (converted, text) = converted(&zip(&[("lineup.csv", CSV)]));
    assert_eq!((converted.form.as_str(), &text[..]), ("zip", CSV));
}

#[test]
fn text_without_a_container_is_copied() {
    let (converted, text) = converted(CSV);
    assert_eq!((converted.form.as_str(), &text[..]), ("text", CSV));
    assert_eq!(self::converted(b"").1, b"");
}

#[test]
fn members_frames_and_streams_follow_each_other() {
    for (form, compress) in COMPRESSED {
        let parts: Vec<u8> = CSV.chunks(7).flat_map(compress).collect();
        assert_eq!(converted(&parts).1, CSV, "{form}");
    }
}

#[test]
fn frames_of_zstandard_that_are_to_be_skipped_are_skipped() {
    let skipped = b"\x53\x2a\x4d\x18\x05\0\0\0hello";
    let file = [&skipped[..], &zstd(b"a,b\n"), skipped, &zstd(b"c,d\n"), skipped].concat();
    assert_eq!(converted(&file).1, b"a,b\nc,d\n");
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    // No byte is zero: a line with one is no text.
    let noise = (0..2000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes());
    let text: Vec<u8> = noise.map(|byte| byte | 1).collect();
    for (form, compress) in
        COMPRESSED.into_iter().chain([("zip", (|bytes| zip(&[("a.csv", bytes)])) as Compress)])
    {
        let file = compress(&text);
        assert_eq!(converted(&file).1, text, "{form}");
        for length in (20..file.len()).step_by(97).chain([file.len() - 1, file.len() - 4, file.len() - 9]) {
            let error = refused(&file[..length]);
            assert!(error.starts_with(&format!("the {form} data of this file is damaged (")), "{error}");
        }
    }
}

#[test]
fn a_byte_that_is_wrong_is_never_passed_on_in_silence() {
    let text: Vec<u8> = (0..3000_u32).flat_map(|number| format!("{number},Main\n").into_bytes()).collect();
    for (form, compress) in
        COMPRESSED.into_iter().chain([("zip", (|bytes| zip(&[("a.csv", bytes)])) as Compress)])
    {
        let file = compress(&text);
        for at in (12..file.len()).step_by(file.len() / 60) {
            let mut wrong = file.clone();
            wrong[at] ^= 0x10;
            let result = crate::converted_within(&wrong, &crate::limits());
            assert!(result.is_err() || result.is_ok_and(|(_, read)| read == text), "{form}, byte {at}");
        }
    }
}

#[test]
fn a_zip_holds_one_file_beside_those_of_the_system() {
    let more: [(&str, &[u8]); 6] = [
        ("festival/", b""),
        ("festival/lineup.csv", CSV),
        ("__MACOSX/festival/._lineup.csv", b"x"),
        ("festival/.DS_Store", b"x"),
        (".hidden/file", b"x"),
        ("Thumbs.db", b"x"),
    ];
    assert_eq!(converted(&zip(&more)).1, CSV);
    let two = zip(&[("friday.csv", CSV), ("saturday.csv", CSV)]);
    assert_eq!(
        refused(&two),
        "the zip has 2 files in it (friday.csv, saturday.csv): upload each alone, or a zip with one"
    );
    let many: Vec<String> = (1..=9).map(|day| format!("{day}.csv")).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), CSV)).collect();
    assert!(
        refused(&zip(&many))
            .starts_with("the zip has 9 files in it (1.csv, 2.csv, 3.csv, 4.csv, 5.csv, …): ")
    );
    assert!(refused(&zip(&[("empty/", b"")])).starts_with("the zip has no file in it"));
    assert!(refused(&zip(&[])).starts_with("the zip has no file in it"));
}

#[test]
fn a_zip_with_a_password_is_refused() {
    let mut file = zip(&[("lineup.csv", CSV)]);
    // The flag of encryption, in the local header and in the directory (APPNOTE, section 4.4.4).
    let directory = file.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    file[6] |= 1;
    file[directory + 8] |= 1;
    assert_eq!(
        refused(&file),
        "the zip is protected by a password: save it without one, and upload it again"
    );
}

#[test]
fn three_containers_are_opened_and_a_fourth_is_not() {
    let three = gzip(&zip(&[("lineup.csv.bz2", &bzip2(CSV))]));
    let (converted, text) = converted(&three);
    assert_eq!((converted.form.as_str(), &text[..]), ("gzip > zip > bzip2", CSV));
    let error = refused(&xz(&three));
    assert!(error.contains("more than 3 containers within each other (xz > gzip > zip > bzip2)"), "{error}");
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn utf16_becomes_utf8_line_for_line() {
    let text = "Künstler\tBühne\r\nBjörk\tMain – 🎤\r\n".repeat(5000);
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        for mark in ["", "\u{feff}"] {
            let file = utf16(&format!("{mark}{text}"), bytes);
            let (converted, utf8) = converted(&file);
            assert_eq!((converted.form.as_str(), converted.origin), ("UTF-16", Origin::Lines));
            assert!(utf8 == text.as_bytes());
            let (converted, utf8) = self::converted(&gzip(&file));
            assert_eq!(converted.form, "gzip > UTF-16");
            assert!(utf8 == text.as_bytes());
        }
    }
}

#[test]
fn surrogates_alone_and_half_a_character_are_replaced() {
    let mut file = utf16("\u{feff}Performer,Stage\n", u16::to_le_bytes);
    for unit in [0xd83c_u16, 0x41, 0xdfa4, 0x42, 0xd83c] {
        file.extend(unit.to_le_bytes());
    }
    file.push(0x43);
    // What is incomplete at the end is one.
    assert_eq!(converted(&file).1, "Performer,Stage\n\u{fffd}A\u{fffd}B\u{fffd}".as_bytes());
}

#[test]
fn forms_that_are_not_read_say_what_they_are() {
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    let word = zip(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>")]);
    // Its first bytes do not show what it is.
    let long = "x".repeat(20_000);
    let late_word = zip(&[("[Content_Types].xml", long.as_bytes()), ("word/document.xml", b"<w/>")]);
    let document =
        "this is a text document or presentation (Word, OpenDocument, RTF): lineup reads tables, not pages: \
                    copy the table into a spreadsheet and upload that"
            .to_owned();
    let cases: [(Vec<u8>, &str); 8] = [
        (
            b"7z\xbc\xaf\x27\x1c\0\0".to_vec(),
            "this is a 7z archive: unpack it, and upload the lineup that is in it",
        ),
        (gzip(&tar), "this is a tar archive in gzip: unpack it, and upload the lineup that is in it"),
        (word, &document),
        (zip(&[("xl/workbook.bin", b"x")]), "this is an Excel binary workbook (.xlsb): save it as .xlsx"),
        (zip(&[("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"x")]), &document),
        (b"\xff\xfe\0\0P\0\0\0".to_vec(), "this is text in UTF-32: save it as CSV in UTF-8"),
        (gzip(&late_word), &document.replace(": lineup", " in gzip: lineup")),
        (
            gzip(b"<!DOCTYPE html><title>Sign in</title>"),
            "this is a web page (HTML) in gzip: it is probably a page to sign in or to download from: open the \
             address in a browser, and upload the file that it gives",
        ),
    ];
    for (file, text) in cases {
        assert_eq!(refused(&file), text);
    }
}
