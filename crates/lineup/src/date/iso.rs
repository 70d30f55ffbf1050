//! Dates of ISO 8601.

use std::fmt::Write;

use jiff::civil::Date;

use super::error::DateError;

/// Reads `YYYY-MM-DD`, a date of the Gregorian calendar, with any space
/// around it. [`Date`] writes the same form.
///
/// ```
/// use lineup::date;
///
/// assert_eq!(date::parse(" 2025-07-12 ")?.to_string(), "2025-07-12");
/// assert_eq!(date::parse("2025-02-29"), Err(date::DateError::NotADate));
/// assert_eq!(date::parse("07/12/2025"), Err(date::DateError::NotADate));
/// # Ok::<_, date::DateError>(())
/// ```
pub fn parse(text: &str) -> Result<Date, DateError> {
    let text = text.trim().as_bytes();
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else { return Err(DateError::NotADate) };
    let year = number(&[*y1, *y2, *y3, *y4])?;
    let (month, day) = (number(&[*m1, *m2])?, number(&[*d1, *d2])?);
    // Two digits each: neither cast can change the number.
    Date::new(year, month as i8, day as i8).map_err(|_| DateError::NotADate)
}

/// Appends `2025-07-12`, the form that [`Date`] writes, in a tenth of the time.
pub fn push(text: &mut String, date: Date) {
    let Ok(year) = u16::try_from(date.year()) else {
        let _ = write!(text, "{date}");
        return;
    };
    let digit = |number: u16| char::from(b'0' + (number % 10) as u8);
    let (month, day) = (date.month() as u16, date.day() as u16);
    text.extend([digit(year / 1000), digit(year / 100), digit(year / 10), digit(year), '-']);
    text.extend([digit(month / 10), digit(month), '-', digit(day / 10), digit(day)]);
}

/// The number of up to four ASCII digits.
fn number(digits: &[u8]) -> Result<i16, DateError> {
    digits.iter().try_fold(0, |number, byte| match byte {
        b'0'..=b'9' => Ok(number * 10 + i16::from(byte - b'0')),
        _ => Err(DateError::NotADate),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_calendar_dates_in_iso_form_are_read() {
        for good in ["2025-07-12", " 2025-07-12 ", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(parse(good).unwrap().to_string(), good.trim(), "{good:?}");
        }
        for bad in [
            "2025-02-29",
            "1900-02-29",
            "2025-13-01",
            "2025-00-01",
            "2025-04-31",
            "2025-7-12",
            "20250712",
            "07/12/2025",
            "12.07.2025",
            "2025-07-12T20:00",
            "2025-07-12 20:00",
            "-025-07-12",
            "+025-07-12",
            "２０２５-07-12",
            "",
            "today",
        ] {
            assert_eq!(parse(bad), Err(DateError::NotADate), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_and_sorts_as_time(
            a in (0i16..=9999, 1i8..=12, 1i8..=28),
            b in (0i16..=9999, 1i8..=12, 1i8..=28),
        ) {
            let (one, other) = (Date::new(a.0, a.1, a.2).unwrap(), Date::new(b.0, b.1, b.2).unwrap());
            prop_assert_eq!(parse(&one.to_string()), Ok(one));
            let mut text = String::new();
            push(&mut text, one);
            prop_assert_eq!(text, one.to_string());
            prop_assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
        }

        #[test]
        fn no_text_panics(text in "[0-9-]{8,12}|\\PC{0,12}") {
            let _ = parse(&text);
        }
    }
}
