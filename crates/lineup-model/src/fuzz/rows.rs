//! Rows: any record under any header gives an item or a reject, and either can be read back.

use lineup::header::Columns;
use lineup::reading::Reading;
use lineup::reject::{RejectsWriter, read_rejects};
use lineup_table::{Item, ItemReader, Value, performance_from};

/// The first line is the header, with `|` between its names; each other line is a record.
pub fn rows(data: &[u8]) {
    let mut lines = data.split(|&byte| byte == b'\n');
    let header = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let Ok(columns) = Columns::from_names(header.split('|')) else { return };
    let mut reader = ItemReader::new(&columns, &Reading::default());
    for line in lines {
        let fields: Vec<&[u8]> = line.split(|&byte| byte == b'|').collect();
        match reader.read(fields.iter().copied()) {
            Ok(Some(item)) => reads_back(item),
            Ok(None) => {}
            Err(reject) => {
                let mut writer = RejectsWriter::new(Vec::new()).unwrap();
                writer.write(7, &reject, line).unwrap();
                let file = writer.finish().unwrap();
                let rows: Vec<_> = read_rejects(&file[..]).map(Result::unwrap).collect();
                assert_eq!(rows.len(), 1);
                assert_eq!((rows[0].line, &rows[0].row[..], &rows[0].value), (7, line, &reject.value));
                assert_eq!(rows[0].reason, reject.reason.to_string());
            }
        }
    }
}

fn reads_back(item: &Item) {
    let text = |value| match value {
        Value::S(text) => text.to_owned(),
        Value::N(number) => number.to_string(),
    };
    let attributes: Vec<_> = item.attributes().map(|(name, value)| (name, text(value))).collect();
    // DynamoDB accepts every attribute: no key is empty, and no name too long.
    assert!(attributes.iter().all(|(name, text)| !name.is_empty() && !text.is_empty()), "{attributes:?}");
    let back = performance_from(attributes.iter().map(|(name, text)| (*name, text.as_str()))).unwrap();
    let again = Item::new(back).unwrap();
    assert_eq!(again.key(), item.key());
    assert_eq!(again.attributes().count(), item.attributes().count(), "{attributes:?}");
}
