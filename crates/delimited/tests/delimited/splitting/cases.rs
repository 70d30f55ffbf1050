//! Named files, each checked on every path through the crate.

use delimited::{Dialect, LineEnd};

use super::{paths, reference};

/// The expected content of a file.
enum Holds {
    /// These records.
    Records(&'static [&'static [&'static str]]),
    /// A quote that opens on this line and is not closed.
    Unclosed(u64),
}
use Holds::{Records, Unclosed};

struct Case {
    name: &'static str,
    file: &'static str,
    delimiter: u8,
    holds: Holds,
}

const fn case(name: &'static str, file: &'static str, holds: Holds) -> Case {
    Case { name, file, delimiter: b',', holds }
}

const CASES: &[Case] = &[
    case("LF", "a,b\nc,d\n", Records(&[&["a", "b"], &["c", "d"]])),
    case("CRLF", "a,b\r\nc,d\r\n", Records(&[&["a", "b"], &["c", "d"]])),
    case("CR only", "a,b\rc,d\r", Records(&[&["a", "b"], &["c", "d"]])),
    case("mixed line breaks", "a\nb\r\nc\rd", Records(&[&["a"], &["b"], &["c"], &["d"]])),
    case("no final line break", "a,b\nc,d", Records(&[&["a", "b"], &["c", "d"]])),
    case("a byte order mark", "\u{feff}a,b\nc,d\n", Records(&[&["a", "b"], &["c", "d"]])),
    case("a byte order mark, then a quote", "\u{feff}\"a\nb\",c\nd", Records(&[&["a\nb", "c"], &["d"]])),
    case("a second mark is text", "\u{feff}a\n\u{feff}\"b", Records(&[&["a"], &["\u{feff}\"b"]])),
    case("a mark in a record with quotes", "a\n\u{feff}b,\"c\"", Records(&[&["a"], &["\u{feff}b", "c"]])),
    case("line breaks in quotes", "\"a\nb\r\nc\rd\",e\nf", Records(&[&["a\nb\r\nc\rd", "e"], &["f"]])),
    case("a blank line in quotes", "\"a\n\n\nb\"\nc", Records(&[&["a\n\n\nb"], &["c"]])),
    case("a delimiter in quotes", "\"a,b\",c\nd", Records(&[&["a,b", "c"], &["d"]])),
    case("doubled quotes", "\"a \"\"b\"\" c\"\n\"\"\"\"\nd", Records(&[&["a \"b\" c"], &["\""], &["d"]])),
    case("doubled quotes around a line break", "\"a\"\"\n\"\"b\"\nc", Records(&[&["a\"\n\"b"], &["c"]])),
    case("an empty quoted field", "\"\"\n\"\",\"\"\n", Records(&[&[""], &["", ""]])),
    case("a quote in the middle is text", "a\"b,c\"\nd\"\ne", Records(&[&["a\"b", "c\""], &["d\""], &["e"]])),
    case("a quote after a space is text", "a, \"b\nc\"", Records(&[&["a", " \"b"], &["c\""]])),
    case(
        "text behind a closing quote",
        "\"a\"b\"c,d\n\"e\" \nf",
        Records(&[&["ab\"c", "d"], &["e "], &["f"]]),
    ),
    case("blank lines", "\n\r\n\ra\n\n\nb\r\n\r\n\r\nc\n\n", Records(&[&["a"], &["b"], &["c"]])),
    case("a line of spaces is a record", "a\n \nb", Records(&[&["a"], &[" "], &["b"]])),
    case("empty fields", ",\n,,\na,\n,a", Records(&[&["", ""], &["", "", ""], &["a", ""], &["", "a"]])),
    case("a delimiter at the end", "a,b,", Records(&[&["a", "b", ""]])),
    case("rows of different length", "a\nb,c\nd,e,f", Records(&[&["a"], &["b", "c"], &["d", "e", "f"]])),
    case("letters outside ASCII", "Björk,Ørsted\nΣ,\"é\n\"", Records(&[&["Björk", "Ørsted"], &["Σ", "é\n"]])),
    case("nothing", "", Records(&[])),
    case("nothing but line breaks", "\n\r\n\r\r\n", Records(&[])),
    case("nothing but a byte order mark", "\u{feff}", Records(&[])),
    case("a lone quote", "\"", Unclosed(1)),
    case("a quote that opens on line 3", "a\n\nb,\"c\nd\ne", Unclosed(3)),
    case("the last of several quotes", "\"a\n\",\"b\n\"\n\"c\n", Unclosed(4)),
    case("doubled quotes close nothing", "a\n\"\"\"\n\"\"\n", Unclosed(2)),
    Case {
        name: "semicolons",
        file: "a;\"b;c\"\nd,e;f",
        delimiter: b';',
        holds: Records(&[&["a", "b;c"], &["d,e", "f"]]),
    },
    Case {
        name: "tabs",
        file: "a\t\"b\n\"\nd,\"\te",
        delimiter: b'\t',
        holds: Records(&[&["a", "b\n"], &["d,\"", "e"]]),
    },
    Case { name: "bars", file: "a|\"b|\n", delimiter: b'|', holds: Unclosed(1) },
];

#[test]
fn every_named_file_gives_its_records_on_every_path() {
    for (case, line_end) in CASES.iter().flat_map(|case| [(case, LineEnd::Lf), (case, LineEnd::Cr)]) {
        println!("{}, lines that end at {line_end:?}", case.name);
        let file = case.file.as_bytes();
        let byte_order_mark = file.starts_with("\u{feff}".as_bytes());
        let dialect = Dialect { delimiter: case.delimiter, byte_order_mark, line_end };
        if line_end == LineEnd::Lf {
            holds(case, file, dialect);
        }
        for chunk_bytes in 1..=file.len() as u64 + 1 {
            for pattern in [&[1][..], &[2], &[3, 1], &[usize::MAX]] {
                paths::check(file, dialect, chunk_bytes, pattern);
            }
        }
    }
}

/// The oracles themselves agree with what the table says.
fn holds(case: &Case, file: &[u8], dialect: Dialect) {
    let places = reference::places(file, reference::body(dialect), dialect);
    match case.holds {
        Unclosed(line) => assert_eq!(places.unclosed, Some(line), "{}", case.name),
        Records(expected) => {
            assert_eq!(places.unclosed, None, "{}", case.name);
            let text = |field: &Vec<u8>| String::from_utf8(field.clone()).unwrap();
            let fields = reference::fields(file, dialect.delimiter);
            let fields: Vec<Vec<String>> = fields.iter().map(|r| r.iter().map(text).collect()).collect();
            assert_eq!(fields, expected, "{}", case.name);
        }
    }
}
