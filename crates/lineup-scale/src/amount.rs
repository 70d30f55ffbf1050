//! Amounts as text.

use lineup_costs::quantity;

/// A time, in the unit that one would say it in.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..10 => format!("{seconds:.1} s"),
        10..120 => format!("{whole} s"),
        120..7_200 => format!("{} min", quantity((seconds / 6.0).round() / 10.0)),
        _ => format!("{} h", quantity((seconds / 360.0).round() / 10.0)),
    }
}

/// A number of rows, as on an axis.
pub(crate) fn short(count: f64) -> String {
    let units = [(1e9, " bn"), (1e6, "M"), (1e3, "k")];
    let unit = units.into_iter().find(|(unit, _)| count >= *unit);
    unit.map_or_else(|| quantity(count), |(unit, name)| format!("{}{name}", quantity(count / unit)))
}

/// A whole number, in groups of three digits.
pub(crate) fn whole(count: f64) -> String {
    quantity(count.round())
}

/// The share of a gain: 0.031 is 3.1 %.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_the_unit_that_one_would_say_them_in() {
        let cases =
            [(2.56, "2.6 s"), (59.6, "60 s"), (250.0, "4.2 min"), (7_000.0, "117 min"), (29_500.0, "8.2 h")];
        cases.into_iter().for_each(|(seconds, text)| assert_eq!(duration(seconds), text));
        assert_eq!(
            [short(1e4), short(1e7), short(1e9), short(300.0)],
            ["10k", "10M", "1 bn", "300"].map(String::from)
        );
    }
}
