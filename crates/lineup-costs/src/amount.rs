//! Amounts as text.

/// Dollars of a line of the bill, with four digits after the point, since the smallest are parts of a cent; from a
/// hundred on to the cent, and from a hundred thousand on without cents.
///
/// ```
/// use lineup_costs::dollars;
///
/// assert_eq!([dollars(0.0), dollars(0.00001), dollars(0.03916)], ["$0", "<$0.0001", "$0.0392"].map(String::from));
/// assert_eq!([dollars(1234.5), dollars(1234567.8)], ["$1,234.50", "$1,234,568"].map(String::from));
/// ```
pub fn dollars(amount: f64) -> String {
    match amount {
        0.0 => "$0".to_owned(),
        small if small < 0.000_05 => "<$0.0001".to_owned(),
        large if large >= 100.0 => rounded(large),
        amount => format!("${amount:.4}"),
    }
}

/// Dollars of a sum, to the cent; a sum below that with four digits.
///
/// ```
/// use lineup_costs::rounded;
///
/// assert_eq!([rounded(4.005), rounded(0.0029), rounded(0.0)], ["$4.00", "$0.0029", "$0.00"].map(String::from));
/// ```
pub fn rounded(amount: f64) -> String {
    match amount {
        small if small > 0.0 && small < 0.01 => dollars(small),
        large if large >= 1e5 => format!("${}", whole(large)),
        amount => format!("${}", grouped(&format!("{amount:.2}"))),
    }
}

/// A quantity, with up to three significant digits after the point where it is small.
///
/// ```
/// use lineup_costs::quantity;
///
/// assert_eq!([quantity(3083000.0), quantity(12.5), quantity(0.00012345)], ["3,083,000", "12.5", "0.000123"].map(String::from));
/// ```
pub fn quantity(amount: f64) -> String {
    if amount >= 100.0 || amount == 0.0 || amount.fract() == 0.0 {
        return whole(amount);
    }
    let digits = (2.0 - amount.log10().floor()).clamp(1.0, 12.0) as usize;
    let text = format!("{amount:.digits$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A whole number, in groups of three digits.
pub(crate) fn whole(amount: f64) -> String {
    grouped(&format!("{amount:.0}"))
}

/// A whole number for the head of a column of figures: from a billion on in billions.
pub(crate) fn head(amount: u64) -> String {
    if amount >= 1_000_000_000 {
        format!("{} bn", quantity(amount as f64 / 1e9))
    } else {
        whole(amount as f64)
    }
}

/// Puts commas into the digits before the point.
fn grouped(number: &str) -> String {
    let (before, after) = number.split_once('.').map_or((number, ""), |(before, after)| (before, after));
    let mut text = String::new();
    for (at, digit) in before.chars().enumerate() {
        if at > 0 && (before.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if after.is_empty() { text } else { format!("{text}.{after}") }
}
