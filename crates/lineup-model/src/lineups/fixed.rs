//! Files that are always the same.

use super::{Lineup, NOT_A_TIME, Rejected, Row};

impl Lineup {
    /// A file of this many good rows, of which every fifth has the key of a row further up.
    pub fn with_repeated_keys(rows: usize) -> Self {
        let (mut bytes, mut written) = (b"Performer,Stage,Start,End,Date,Note\n".to_vec(), Vec::new());
        for number in 0..rows {
            // 7,919 is a prime, so that the rows further up are any.
            let key = if number % 5 == 4 { number * 7919 % number } else { number };
            let fields = [
                ("Performer", format!("Act {key}")),
                ("Stage", format!("Stage {}", key % 12)),
                ("Start", format!("{:02}:00", 10 + key % 12)),
                ("End", "23:00".to_owned()),
                ("Date", format!("2025-07-{:02}", 10 + key % 3)),
                ("Note", format!("row {number}")),
            ];
            let raw = fields.each_ref().map(|(_, text)| &**text).join(",");
            let [_, (_, stage), (_, start), _, (_, date), _] = &fields;
            let computed = [
                ("Performance", format!("{date}#{start}#{stage}")),
                ("StageDay", format!("{stage}#{date}")),
                ("StartPerformer", format!("{start}#Act {key}")),
            ];
            let item = fields.iter().chain(&computed).map(|(name, text)| ((*name).to_owned(), text.clone()));
            let (start, line) = (bytes.len() as u64, number as u64 + 2);
            written.push(Row { start, line, raw: raw.clone().into_bytes(), becomes: Ok(item.collect()) });
            bytes.extend_from_slice(raw.as_bytes());
            bytes.push(b'\n');
        }
        Self { bytes, rows: written }
    }

    /// A file with a good row and a bad one.
    pub fn small() -> Self {
        let header = "Performer,Stage,Start,End,Date\n";
        let (good, bad) = ("Megan,Main,20:00,21:30,2025-07-12", "SZA,Main,late,,2025-07-12");
        let item = [
            ("Performer", "Megan"),
            ("Performance", "2025-07-12#20:00#Main"),
            ("Stage", "Main"),
            ("Start", "20:00"),
            ("End", "21:30"),
            ("Date", "2025-07-12"),
            ("StageDay", "Main#2025-07-12"),
            ("StartPerformer", "20:00#Megan"),
        ];
        let item = item.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let late = NOT_A_TIME.unwrap_err().to_owned();
        let late = Rejected { column: "Start".into(), value: "late".into(), reason: late };
        let row = |start, line, raw: &str, becomes| Row { start, line, raw: raw.into(), becomes };
        let second = (header.len() + good.len() + 1) as u64;
        let rows = vec![row(header.len() as u64, 2, good, Ok(item)), row(second, 3, bad, Err(late))];
        Self { bytes: format!("{header}{good}\n{bad}\n").into(), rows }
    }
}
