//! Generated lineups. The same number of rows gives the same file.

use std::io::Write;

/// The header of [`write`].
pub(crate) const HEADER: &str = "Performer,Stage,Start,End,Date,Popularity,Note";

/// Writes a header and `rows` rows with distinct keys: one set starts in each minute of a day, on
/// one of 40 stages, day after day.
pub(crate) fn write(output: &mut impl Write, rows: u32) {
    writeln!(output, "{HEADER}").unwrap();
    for row in 0..rows {
        writeln!(output, "{}", line(row)).unwrap();
    }
}

/// The row of this number, from 0.
pub(crate) fn line(row: u32) -> String {
    let minute = row % 1440;
    let (start, end) = (clock(minute), clock((minute + 75) % 1440));
    let day = row / 1440;
    let (year, month, date) = (2000 + day / 336, day / 28 % 12 + 1, day % 28 + 1);
    let stage = row * 7 % 40;
    let popularity = if row.is_multiple_of(3) { (row % 100 + 1).to_string() } else { String::new() };
    format!(
        "\"Performer {row}, the {}th\",Stage {stage},{start},{end},{year}-{month:02}-{date:02},{popularity},made by rule",
        row % 97
    )
}

/// The same lineup as text.
pub(crate) fn text(rows: u32) -> String {
    let mut text = Vec::new();
    write(&mut text, rows);
    String::from_utf8(text).unwrap()
}

fn clock(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
