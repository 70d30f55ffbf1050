//! How long a performance is.

use super::error::ClockTimeError;
use super::rest::Rest;
use crate::folded::Folded;

/// A day.
const LONGEST_MINUTES: u64 = 24 * 60;

const HOUR_SECONDS: u64 = 60 * 60;
const MINUTE_SECONDS: u64 = 60;

/// Reads a duration as minutes, 1 to 1440: `90`, `75 min`, `1h30`, `1:30`, `01:30:00`, `1h`, `1.5 h`, `1 hour 15
/// minutes`, `PT1H30M`. A number alone is minutes, with three decimals or more the fraction of a day that a
/// workbook stores: `0.0625` is 90 minutes.
///
/// # Errors
/// The text has another form, is no whole number of minutes, or is longer than a day.
///
/// ```
/// use lineup::clock_time::read_duration;
///
/// assert_eq!(read_duration("1h30"), Ok(90));
/// assert!(read_duration("0").is_err());
/// ```
pub fn read_duration(text: &str) -> Result<u16, ClockTimeError> {
    let text = text.trim();
    let text = text.strip_prefix("PT").unwrap_or(text);
    let minutes = minutes(text).ok_or(ClockTimeError::NotADuration)?;
    match u16::try_from(minutes) {
        Ok(whole) if (1..=LONGEST_MINUTES).contains(&minutes) => Ok(whole),
        _ => Err(ClockTimeError::NotADuration),
    }
}

fn minutes(text: &str) -> Option<u64> {
    let mut rest = Rest(text);
    let first = Amount::read(&mut rest)?;
    let seconds = match rest.0 {
        "" => return first.minutes_alone(),
        after if after.starts_with(':') => clock_seconds(first, after)?,
        _ => amounts(first, &mut rest)?,
    };
    if seconds.is_multiple_of(MINUTE_SECONDS) { Some(seconds / MINUTE_SECONDS) } else { None }
}

/// `1:30` and `1:30:00`, of which the hours are read already.
fn clock_seconds(hours: Amount<'_>, after: &str) -> Option<u64> {
    let mut rest = Rest(after);
    let mut seconds = hours.times(HOUR_SECONDS)?;
    for unit in [MINUTE_SECONDS, 1] {
        if rest.take_char(':') {
            seconds += u64::from(rest.pair().filter(|number| *number < 60)?) * unit;
        }
    }
    rest.space();
    // `1:30 h`
    unit_seconds(&mut rest).is_none_or(|unit| unit == HOUR_SECONDS).then_some(())?;
    if rest.0.is_empty() { Some(seconds) } else { None }
}

/// Amounts with their units, of which the first number is read already. Minutes behind hours need no unit.
fn amounts(first: Amount<'_>, rest: &mut Rest<'_>) -> Option<u64> {
    let mut unit = unit_seconds(rest)?;
    let mut seconds = first.times(unit)?;
    loop {
        separator(rest);
        if rest.0.is_empty() {
            return Some(seconds);
        }
        let amount = Amount::read(rest)?;
        let next = match rest.0 {
            "" if unit == HOUR_SECONDS => MINUTE_SECONDS,
            _ => unit_seconds(rest)?,
        };
        if next >= unit {
            return None;
        }
        unit = next;
        seconds += amount.times(unit)?;
    }
}

/// Space, a comma, an "and".
fn separator(rest: &mut Rest<'_>) {
    rest.space();
    let _ = rest.take_any([',', '&']);
    rest.space();
    let before = rest.0;
    if !matches!(rest.word(), "and" | "und" | "et" | "y" | "e" | "en" | "og" | "och") {
        rest.0 = before;
    }
    rest.space();
}

fn unit_seconds(rest: &mut Rest<'_>) -> Option<u64> {
    rest.space();
    if rest.take_any(['\'', '′', '’']).is_some() {
        return Some(MINUTE_SECONDS);
    }
    let unit = match Folded::new(rest.word())?.as_str() {
        "h" | "hr" | "hrs" | "hour" | "hours" | "std" | "stunde" | "stunden" | "heure" | "heures"
        | "hora" | "horas" | "ora" | "ore" | "uur" | "u" | "time" | "timer" | "tim" | "timme" | "timmar" => {
            HOUR_SECONDS
        }
        "m" | "min" | "mins" | "mn" | "minute" | "minutes" | "minuten" | "minuto" | "minutos" | "minuti"
        | "minuut" | "minut" | "minutt" | "minutter" | "minuter" => MINUTE_SECONDS,
        "s" | "sec" | "secs" | "second" | "seconds" => 1,
        _ => return None,
    };
    rest.take_char('.');
    Some(unit)
}

/// A number as it is written.
#[derive(Clone, Copy)]
struct Amount<'t> {
    whole: u64,
    decimals: &'t str,
}

impl<'t> Amount<'t> {
    fn read(rest: &mut Rest<'t>) -> Option<Self> {
        let whole = rest.digits();
        let decimals = if rest.take_any(['.', ',']).is_some() { rest.digits() } else { "" };
        // Eight digits: no product below is out of range.
        if whole.len() > 8 { None } else { Some(Self { whole: whole.parse().ok()?, decimals }) }
    }

    /// Minutes, or the fraction of a day. `1.5` and `0.25` may be hours as well as days.
    fn minutes_alone(self) -> Option<u64> {
        let decimals = self.decimals.trim_end_matches('0');
        match (decimals.is_empty(), self.whole) {
            (true, minutes) => Some(minutes),
            (false, 0) if self.decimals.len() >= 3 => {
                let (number, whole) = self.fraction()?;
                Some((number * LONGEST_MINUTES * 2 + whole) / (whole * 2))
            }
            _ => None,
        }
    }

    /// In seconds, if these are whole.
    fn times(self, unit: u64) -> Option<u64> {
        let (number, whole) = self.fraction()?;
        let part = number * unit;
        if part.is_multiple_of(whole) { Some(self.whole * unit + part / whole) } else { None }
    }

    /// The decimals as numerator and denominator, to nine digits.
    fn fraction(self) -> Option<(u64, u64)> {
        let decimals = self.decimals.get(..9).unwrap_or(self.decimals);
        let number = if decimals.is_empty() { 0 } else { decimals.parse().ok()? };
        Some((number, 10u64.pow(u32::try_from(decimals.len()).ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read_as_minutes() {
        let cases: &[(&str, Option<u16>)] = &[
            ("90", Some(90)),
            (" 75 min ", Some(75)),
            ("75min.", Some(75)),
            ("90 minutes", Some(90)),
            ("90'", Some(90)),
            ("90.0", Some(90)),
            ("1h30", Some(90)),
            ("1 h 30", Some(90)),
            ("1h30m", Some(90)),
            ("1h 30min", Some(90)),
            ("1h", Some(60)),
            ("1 hr", Some(60)),
            ("1:30", Some(90)),
            ("01:30", Some(90)),
            ("0:45", Some(45)),
            ("01:30:00", Some(90)),
            ("1:30 h", Some(90)),
            ("1.5 h", Some(90)),
            ("1,5 Std.", Some(90)),
            ("0.75h", Some(45)),
            ("1 hour 15 minutes", Some(75)),
            ("1 hour, 15 minutes", Some(75)),
            ("1 hour and 15 minutes", Some(75)),
            ("2 Stunden", Some(120)),
            ("1 Stunde und 20 Minuten", Some(80)),
            ("1 heure 30", Some(90)),
            ("1 time og 20 minutter", Some(80)),
            ("2 timmar", Some(120)),
            ("1u30", Some(90)),
            ("PT1H30M", Some(90)),
            ("PT5400S", Some(90)),
            ("0.0625", Some(90)),
            ("0.0416666666666667", Some(60)),
            ("1440", Some(1440)),
            ("24:00", Some(1440)),
            ("24h", Some(1440)),
            ("0", None),
            ("0:00", None),
            ("1441", None),
            ("24:01", None),
            ("45:00", None),
            ("1:60", None),
            ("1:30:30", None),
            ("1.5", None),
            ("0.25", None),
            ("-90", None),
            ("90 30", None),
            ("30 min 1 h", None),
            ("1h 2h", None),
            ("90 apples", None),
            ("99999999999999999999", None),
            ("99999999 h", None),
            ("h", None),
            ("min", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read_duration(text).ok(), *expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_form_of_a_duration_reads_back(minutes in 1u16..=1440) {
            let (hours, rest) = (minutes / 60, minutes % 60);
            let forms = [
                format!("{minutes}"),
                format!("{minutes} min"),
                format!("{hours}h{rest:02}"),
                format!("{hours}:{rest:02}"),
                format!("{hours} hours {rest} minutes"),
                format!("{:.6}", f64::from(minutes) / 1440.0 + 1e-9),
            ];
            for form in &forms[..if minutes == 1440 { 5 } else { 6 }] {
                prop_assert_eq!(read_duration(form), Ok(minutes), "{:?}", form);
            }
        }

        #[test]
        fn no_text_panics(text in "[0-9:.,hms' minPT]{0,14}|\\PC{0,12}") {
            let _ = read_duration(&text);
        }
    }
}
