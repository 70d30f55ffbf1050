//! What is written in any form reads back, and no bytes make it panic.

use proptest::prelude::*;
use rust_xlsxwriter::Workbook;
use serde_json::{Map, Value};

use crate::{converted, converted_within, gzip, limits, records, zip};

/// Rows of a lineup: one value each for its five columns and another.
fn rows() -> impl Strategy<Value = Vec<Vec<String>>> {
    let value = prop_oneof!["[ -~]{0,12}", "[a-z,\"\r\n;é🎤 \t]{0,12}", Just(String::new())];
    proptest::collection::vec(proptest::collection::vec(value, 6), 0..12)
}

const NAMES: [&str; 6] = ["Performer", "Stage", "Start", "End", "Date", "Note"];

/// What must come back: a line break within a value is LF; rows without values are no records.
fn expected(rows: &[Vec<String>], is_row: fn(&[String]) -> bool) -> Vec<(u64, Vec<String>)> {
    let clean = |text: &String| text.replace("\r\n", "\n").replace('\r', "\n");
    let header = (1, NAMES.map(str::to_owned).to_vec());
    let rows = (2..).zip(rows).filter(|(_, row)| is_row(row));
    std::iter::once(header).chain(rows.map(|(line, row)| (line, row.iter().map(clean).collect()))).collect()
}

fn json(rows: &[Vec<String>]) -> Vec<Map<String, Value>> {
    let object = |row: &Vec<String>| {
        NAMES.iter().zip(row).map(|(name, value)| ((*name).to_owned(), Value::from(value.clone()))).collect()
    };
    rows.iter().map(object).collect()
}

/// The columns in the order of `NAMES`: serde_json sorts the keys.
fn in_order(records: Vec<(u64, Vec<String>)>) -> Vec<(u64, Vec<String>)> {
    let Some((_, header)) = records.first().cloned() else { return records };
    let column = |name: &str| header.iter().position(|other| other == name).unwrap();
    let order = NAMES.map(column);
    records.into_iter().map(|(line, row)| (line, order.map(|column| row[column].clone()).to_vec())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn json_reads_back(rows in rows()) {
        prop_assume!(!rows.is_empty());
        let objects = json(&rows);
        let lines: String = objects.iter().map(|object| Value::from(object.clone()).to_string() + "\n").collect();
        for file in [
            serde_json::to_string(&objects).unwrap(),
            serde_json::to_string_pretty(&objects).unwrap(),
            serde_json::to_string_pretty(&serde_json::json!({"rows": objects, "n": [1, {"a": 2}]})).unwrap(),
            lines,
        ] {
            let (_, text) = converted(file.as_bytes());
            prop_assert_eq!(in_order(records(&text)), expected(&rows, |_| true));
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_workbook_reads_back(rows in rows(), days in 1..4_usize) {
        // XML has no control characters but these, and turns CR into LF; Excel takes none of them.
        let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|text| text.replace('\r', "")).collect()).collect();
        let mut workbook = Workbook::new();
        for day in 0..days {
            let sheet = workbook.add_worksheet().set_name(format!("Day {day}")).unwrap();
            for (row, values) in std::iter::once(&NAMES.map(str::to_owned).to_vec()).chain(&rows).enumerate() {
                for (column, value) in values.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
                    sheet.write_string(row as u32, column as u16, value).unwrap();
                }
            }
        }
        let file = workbook.save_to_buffer().unwrap();
        let (converted, text) = converted(&zip(&[("lineup.xlsx", &file)]));
        let found = records(&text);
        let once = expected(&rows, |row| row.iter().any(|value| !value.is_empty()));
        prop_assert_eq!(found.len(), 1 + days * (once.len() - 1));
        for (index, (line, row)) in found.iter().skip(1).enumerate() {
            let (day, of_day) = (index / (once.len() - 1), &once[1 + index % (once.len() - 1)]);
            prop_assert_eq!(row, &of_day.1);
            prop_assert_eq!(converted.origin.place(*line), format!("sheet Day {day}, row {}", of_day.0));
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bytes_make_it_panic(file in file(), changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)) {
        let mut file = file;
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if let Ok((converted, text)) = converted_within(&file, &limits()) {
            prop_assert_eq!(converted.bytes, text.len() as u64);
        }
    }
}

fn file() -> impl Strategy<Value = Vec<u8>> {
    let workbook = || {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        for (row, name) in (0..).zip(NAMES) {
            sheet.write_string(row, 1, name).unwrap();
            sheet.write_number(row, 2, f64::from(row)).unwrap();
        }
        workbook.save_to_buffer().unwrap()
    };
    let json =
        br#"{"a": [{"Performer": "A\u00e9", "b": [1.5e3, null, {"c": true}]}, {"Stage": "B"}], "d": false}"#;
    prop_oneof![
        Just(json.to_vec()),
        Just(gzip(json)),
        Just(zip(&[("a.json", json)])),
        Just(workbook()),
        proptest::collection::vec(any::<u8>(), 1..200),
        "[\\[\\]{}\",:0-9a-z\\\\ \n]{1,60}".prop_map(String::into_bytes),
    ]
}
