//! Numbers and times as people read them.

use jiff::Timestamp;
use lineup_contracts::RowCounts;

/// `12,345`.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 set`, `1,000 sets`.
pub(crate) fn counted(count: u64, of: &str) -> String {
    if count == 1 { format!("1 {of}") } else { format!("{} {of}s", number(count)) }
}

/// `730 bytes`, `1.4 MB`.
pub(crate) fn bytes(bytes: u64) -> String {
    let mut size = bytes as f64;
    if size < 1000.0 {
        return counted(bytes, "byte");
    }
    for unit in ["kB", "MB", "GB"] {
        size /= 1000.0;
        if size < 999.95 {
            return format!("{size:.1} {unit}");
        }
    }
    format!("{:.1} TB", size / 1000.0)
}

/// From one moment to another: `0.42 s`, `3 min 20 s`.
pub(crate) fn time_between(from: Timestamp, to: Timestamp) -> String {
    milliseconds(u64::try_from(to.duration_since(from).as_millis()).unwrap_or_default())
}

/// A number of milliseconds in the same words.
pub(crate) fn milliseconds(milliseconds: u64) -> String {
    match milliseconds {
        0..10_000 => format!("{:.2} s", milliseconds as f64 / 1000.0),
        10_000..60_000 => format!("{} s", milliseconds / 1000),
        60_000..3_600_000 => format!("{} min {} s", milliseconds / 60_000, milliseconds / 1000 % 60),
        _ => format!("{} h {} min", milliseconds / 3_600_000, milliseconds / 60_000 % 60),
    }
}

/// `2025-07-12 09:00:05 UTC`.
pub(crate) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `120 read: 118 written, 2 rejected`.
pub(crate) fn rows(rows: &RowCounts) -> String {
    let RowCounts { read, written, rejected, replaced } = *rows;
    let mut text = format!("{} read: {} written", number(read), number(written));
    for (count, what) in [(rejected, "rejected"), (replaced, "repeated by a later row")] {
        if count > 0 {
            text += &format!(", {} {what}", number(count));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([1, 730, 1_400_000, 999_999].map(bytes), ["1 byte", "730 bytes", "1.4 MB", "1.0 MB"]);
        let after = |milliseconds| {
            time_between(Timestamp::UNIX_EPOCH, Timestamp::from_millisecond(milliseconds).unwrap())
        };
        assert_eq!(
            [420, 12_345, 200_000, 7_260_000, -5].map(after),
            ["0.42 s", "12 s", "3 min 20 s", "2 h 1 min", "0.00 s"]
        );
        let counts = RowCounts { read: 120, written: 118, rejected: 2, replaced: 0 };
        assert_eq!(rows(&counts), "120 read: 118 written, 2 rejected");
    }
}
