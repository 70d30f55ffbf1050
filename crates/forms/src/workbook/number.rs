//! How a number format shows the number of a cell (ECMA-376, part 1, section 18.8.31).

use std::fmt::Write;

use jiff::civil::{Date, date};

/// What a number format shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NumberFormat {
    /// The number as it is.
    Number,
    /// A date.
    Date,
    /// A time of day.
    Time,
    /// Both.
    DateTime,
    /// Hours, which may be more than 24.
    Elapsed,
    /// Digits in places, as `0000` and `00":"00` show times.
    Digits(Digits),
}

/// A format of digits: what stands before, between and behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digits {
    /// The part before the decimal point: `None` is a digit, `Some` a character.
    places: Vec<Option<char>>,
    /// How many decimals are always shown.
    decimals: usize,
    percent: bool,
}

/// Which of the two date systems the workbook uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateSystem {
    /// Day 1 is 1900-01-01, and day 60 a 1900-02-29 that never was.
    From1900,
    /// Day 0 is 1904-01-01.
    From1904,
}

impl NumberFormat {
    /// What this format shows. Only its first section counts: those behind are for negative numbers, zero and text.
    pub(super) fn of(format: &str) -> Self {
        let symbols = symbols(format);
        if let Some(shown) = Self::of_time(&symbols) {
            return shown;
        }
        Digits::of(&symbols).map_or(Self::Number, Self::Digits)
    }

    fn of_time(symbols: &[Symbol]) -> Option<Self> {
        let letters: Vec<char> = symbols
            .iter()
            .filter_map(|symbol| match symbol {
                Symbol::Code(letter) if letter.is_ascii_alphabetic() => Some(*letter),
                _ => None,
            })
            .collect();
        if symbols.contains(&Symbol::Elapsed) {
            return Some(Self::Elapsed);
        }
        if symbols.iter().any(|symbol| matches!(symbol, Symbol::Code('0' | '#' | '?')))
            && !letters.contains(&'s')
        {
            return None;
        }
        let (mut dates, mut times) = (false, false);
        for (at, letter) in letters.iter().enumerate() {
            // Minutes follow hours or come before seconds; other m are months.
            let before = letters[..at].iter().rev().find(|other| **other != 'm');
            let after = letters[at..].iter().find(|other| **other != 'm');
            match letter {
                'y' | 'd' | 'e' | 'g' | 'b' => dates = true,
                'h' | 's' => times = true,
                'm' if before == Some(&'h') || after == Some(&'s') => times = true,
                'm' => dates = true,
                _ => {}
            }
        }
        match (dates, times) {
            (true, true) => Some(Self::DateTime),
            (true, false) => Some(Self::Date),
            (false, true) => Some(Self::Time),
            (false, false) => None,
        }
    }

    /// Whether it shows a date, a time or a duration.
    pub(super) const fn is_time(&self) -> bool {
        !matches!(self, Self::Number | Self::Digits(_))
    }

    /// What a date or time without a format of its own must be.
    pub(super) fn by_value(serial: f64, elapsed: bool) -> Self {
        match (elapsed, serial) {
            (true, _) => Self::Elapsed,
            (false, serial) if (0.0..1.0).contains(&serial) => Self::Time,
            (false, serial) if serial.fract() == 0.0 => Self::Date,
            _ => Self::DateTime,
        }
    }

    /// Writes the number as it is shown.
    pub(super) fn write(&self, number: f64, system: DateSystem, text: &mut String) {
        let written = match self {
            Self::Number => None,
            Self::Digits(digits) => digits.write(number, text),
            Self::Elapsed => write_elapsed(number, text),
            Self::Date | Self::Time | Self::DateTime => self.write_moment(number, system, text),
        };
        if written.is_none() {
            // Writing to a String does not fail.
            let _ = write!(text, "{number}");
        }
    }

    /// `None` if the number is no date.
    fn write_moment(&self, serial: f64, system: DateSystem, text: &mut String) -> Option<()> {
        if !(0.0..2_958_466.0).contains(&serial) {
            return None;
        }
        // Seconds, since that is how exact the fraction of a day is.
        let seconds = (serial * 86_400.0).round();
        let (days, second) = ((seconds / 86_400.0).floor() as i64, (seconds % 86_400.0) as u32);
        // A time with the format of a date, too, is on day 0, which is no date.
        let no_date = days == 0 && system == DateSystem::From1900 && second > 0;
        if *self != Self::Time && !no_date {
            write_day(days, system, text)?;
        }
        if *self == Self::DateTime && !no_date {
            text.push(' ');
        }
        if *self != Self::Date || no_date {
            let _ = write!(text, "{:02}:{:02}", second / 3600, second / 60 % 60);
            write_second(second, text);
        }
        Some(())
    }
}

fn write_second(second: u32, text: &mut String) {
    if !second.is_multiple_of(60) {
        let _ = write!(text, ":{:02}", second % 60);
    }
}

fn write_day(days: i64, system: DateSystem, text: &mut String) -> Option<()> {
    const BEFORE_1900: Date = date(1899, 12, 31);
    let day = |first: Date, days: i64| first.checked_add(jiff::Span::new().days(days)).ok();
    let day = match (system, days) {
        (DateSystem::From1904, days) => day(date(1904, 1, 1), days),
        // Excel shows these two.
        (DateSystem::From1900, 0) => {
            text.push_str("1900-01-00");
            return Some(());
        }
        (DateSystem::From1900, 60) => {
            text.push_str("1900-02-29");
            return Some(());
        }
        (DateSystem::From1900, days) => day(BEFORE_1900, if days > 60 { days - 1 } else { days }),
    };
    let _ = write!(text, "{}", day?);
    Some(())
}

/// `None` if the number is no duration.
fn write_elapsed(days: f64, text: &mut String) -> Option<()> {
    if !(0.0..36_525.0).contains(&days) {
        return None;
    }
    let seconds = (days * 86_400.0).round() as u32;
    let _ = write!(text, "{}:{:02}", seconds / 3600, seconds / 60 % 60);
    write_second(seconds, text);
    Some(())
}

impl Digits {
    /// A format of nothing but digits, characters, decimals and percent, such as `0`, `0.00`, `0000`, `00":"00`.
    fn of(symbols: &[Symbol]) -> Option<Self> {
        let mut digits = Self { places: Vec::new(), decimals: 0, percent: false };
        let mut point = false;
        for symbol in symbols {
            match symbol {
                Symbol::Code('0') if point => digits.decimals += 1,
                Symbol::Code('0') => digits.places.push(None),
                Symbol::Code('#' | '?') => {}
                Symbol::Code('.') if !point => point = true,
                Symbol::Code('%') if !digits.percent => digits.percent = true,
                Symbol::Code(other @ (':' | '-' | ' ' | '/')) | Symbol::Literal(other) if !point => {
                    digits.places.push(Some(*other));
                }
                _ => return None,
            }
        }
        let zeros = digits.places.iter().filter(|place| place.is_none()).count();
        // Units in front or behind (`"£"0`, `0" min"`) are no part of the number.
        if zeros < 2 || digits.decimals > 0 {
            digits.places.retain(Option::is_none);
        }
        (zeros > 0 && zeros <= 12).then_some(digits)
    }

    /// The number with zeros where the format has them. It never rounds: a number that has more digits is shown whole.
    fn write(&self, number: f64, text: &mut String) -> Option<()> {
        if !(0.0..1e15).contains(&number) {
            return None;
        }
        let number = if self.percent { (number * 1e10).round() / 1e8 } else { number };
        let shortest = number.to_string();
        let (whole, decimals) = shortest.split_once('.').unwrap_or((&shortest, ""));
        let zeros = self.places.iter().filter(|place| place.is_none()).count();
        if !decimals.is_empty() && self.decimals == 0 && self.places.len() > 1 {
            return None;
        }
        let padded = format!("{whole:0>zeros$}");
        let (extra, in_places) = padded.split_at(padded.len() - zeros);
        let mut next = in_places.chars();
        let mut first = true;
        for place in &self.places {
            match place {
                Some(character) => text.push(*character),
                None => {
                    if std::mem::take(&mut first) {
                        text.push_str(extra);
                    }
                    text.extend(next.next());
                }
            }
        }
        if self.decimals > 0 || !decimals.is_empty() {
            let _ = write!(text, ".{decimals:0<width$}", width = self.decimals);
        }
        if self.percent {
            text.push('%');
        }
        Some(())
    }
}

/// A character of a number format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Symbol {
    /// One with a meaning, in lower case.
    Code(char),
    /// One that is shown.
    Literal(char),
    /// `[h]`, `[mm]`, `[s]`.
    Elapsed,
}

/// The symbols of the first section.
fn symbols(format: &str) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        match character {
            ';' => break,
            '"' => symbols.extend(characters.by_ref().take_while(|other| *other != '"').map(Symbol::Literal)),
            '\\' => symbols.extend(characters.next().map(Symbol::Literal)),
            // Space as wide as the next character, and the next character as often as it fits.
            '_' | '*' => drop(characters.next()),
            // A colour, a condition, a locale, or hours that go on beyond 24.
            '[' => {
                let inside: String = characters.by_ref().take_while(|other| *other != ']').collect();
                let inside = inside.to_ascii_lowercase();
                let elapsed = ['h', 'm', 's'].iter().any(|unit| inside.chars().all(|other| other == *unit));
                if elapsed && !inside.is_empty() {
                    symbols.push(Symbol::Elapsed);
                }
            }
            other => symbols.push(Symbol::Code(other.to_ascii_lowercase())),
        }
    }
    without_names(symbols)
}

/// Drops what is no letter of a date: `General`, `AM/PM`, `A/P`, and the `@` of texts.
fn without_names(symbols: Vec<Symbol>) -> Vec<Symbol> {
    let mut kept = Vec::new();
    let mut rest = &symbols[..];
    while let Some((first, others)) = rest.split_first() {
        let begins = |name: &str| {
            rest.len() >= name.len()
                && rest.iter().zip(name.chars()).all(|(symbol, letter)| *symbol == Symbol::Code(letter))
        };
        match ["general", "am/pm", "a/p", "standard"].iter().find(|name| begins(name)) {
            Some(name) => rest = &rest[name.len()..],
            None => {
                kept.push(*first);
                rest = others;
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(number: f64, format: &str) -> String {
        let mut text = String::new();
        NumberFormat::of(format).write(number, DateSystem::From1900, &mut text);
        text
    }

    const EVENING: f64 = 45_850.0 + 20.5 / 24.0;

    #[test]
    fn dates_and_times_are_shown_by_their_format() {
        for format in
            ["yyyy-mm-dd", "mm-dd-yy", "d-mmm-yy", "DD/MM/YYYY", "[$-407]d. mmmm yyyy;@", "ddd d mmm", "m/d"]
        {
            assert_eq!(shown(EVENING, format), "2025-07-12", "{format}");
        }
        for format in [
            "h:mm",
            "hh:mm",
            "h:mm AM/PM",
            "[$-F400]h:mm:ss\\ AM/PM",
            "HH\"h\"MM",
            "h.mm",
            "mm:ss",
            "hh:mm;@",
        ] {
            assert_eq!(shown(EVENING, format), "20:30", "{format}");
        }
        for format in ["m/d/yy h:mm", "yyyy-mm-dd\"T\"hh:mm:ss", "dd.mm.yyyy hh:mm", "ddd hh:mm"] {
            assert_eq!(shown(EVENING, format), "2025-07-12 20:30", "{format}");
        }
        for format in ["[h]:mm", "[hh]:mm:ss", "[Red][h]:mm", "[mm]:ss"] {
            assert_eq!(shown(26.5 / 24.0, format), "26:30", "{format}");
        }
        assert_eq!(shown(1.5 / 24.0, "[h]:mm"), "1:30");
        assert_eq!(shown(20.0 / 24.0 + 5.0 / 86_400.0, "h:mm:ss"), "20:00:05");
    }

    #[test]
    fn fractions_are_rounded_to_the_second() {
        for (hour, minute) in (0..24).flat_map(|hour| (0..60).map(move |minute| (hour, minute))) {
            let serial = f64::from(hour) / 24.0 + f64::from(minute) / 1440.0;
            assert_eq!(shown(serial, "h:mm"), format!("{hour:02}:{minute:02}"));
            assert_eq!(shown(45_850.0 + serial, "h:mm"), format!("{hour:02}:{minute:02}"));
        }
        assert_eq!(shown(0.999_999_9, "h:mm"), "00:00");
        assert_eq!(shown(45_849.999_999_99, "yyyy-mm-dd"), "2025-07-12");
    }

    #[test]
    fn a_time_with_the_format_of_a_date_stays_a_time() {
        assert_eq!(shown(20.0 / 24.0, "dd/mm/yyyy hh:mm"), "20:00");
        assert_eq!(shown(20.0 / 24.0, "yyyy-mm-dd"), "20:00");
        assert_eq!(shown(1.0, "h:mm"), "00:00");
        assert_eq!(shown(0.0, "h:mm"), "00:00");
        assert_eq!(shown(0.0, "yyyy-mm-dd"), "1900-01-00");
    }

    #[test]
    fn both_date_systems_are_read() {
        let day = |serial, system| {
            let mut text = String::new();
            NumberFormat::Date.write(serial, system, &mut text);
            text
        };
        for (serial, text) in
            [(1.0, "1900-01-01"), (59.0, "1900-02-28"), (60.0, "1900-02-29"), (61.0, "1900-03-01")]
        {
            assert_eq!(day(serial, DateSystem::From1900), text);
        }
        assert_eq!(day(2_958_465.0, DateSystem::From1900), "9999-12-31");
        assert_eq!(day(0.0, DateSystem::From1904), "1904-01-01");
        assert_eq!(day(44_388.0, DateSystem::From1904), "2025-07-12");
        assert_eq!(day(-1.0, DateSystem::From1900), "-1");
        assert_eq!(day(f64::NAN, DateSystem::From1900), "NaN");
        assert_eq!(day(3e6, DateSystem::From1900), "3000000");
    }

    #[test]
    fn numbers_get_the_zeros_of_their_format_and_lose_no_digit() {
        let cases = [
            (95.0, "General", "95"),
            (20.25, "General", "20.25"),
            (20.3, "0.00", "20.30"),
            (20.123, "0.00", "20.123"),
            (930.0, "0000", "0930"),
            (2030.0, "00\":\"00", "20:30"),
            (930.0, "00\\:00", "09:30"),
            (12_345.0, "00:00", "123:45"),
            (20.5, "0", "20.5"),
            (20.5, "0000", "20.5"),
            (95.0, "#,##0", "95"),
            (0.85, "0%", "85%"),
            (0.07, "0.0%", "7.0%"),
            (12.5, "\"£\"#,##0.00", "12.5"),
            (90.0, "0\" min\"", "90"),
            (-5.0, "0000", "-5"),
            (1e21, "0", "1000000000000000000000"),
            (45_850.0, "@", "45850"),
            (45.0, "0.00E+00", "45"),
            (7.0, "\"day \"0", "7"),
        ];
        for (number, format, text) in cases {
            assert_eq!(shown(number, format), text, "{number} {format}");
        }
    }
}
