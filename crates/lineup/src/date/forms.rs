//! The forms of a date, without a time.

use jiff::Span;
use jiff::civil::{Date, Weekday};

use super::error::DateError;
use super::iso;
use super::names::{month, weekday};
use super::pieces::{DatePiece, DatePieces, Gap, WrittenNumber};
use super::written::{self, WrittenDate};

/// The serial numbers that workbooks store for days from 2000 on to 2099.
const SERIALS: std::ops::RangeInclusive<u32> = 36526..=73050;

/// Reads a date that has no time behind it.
pub(super) fn read_day(text: &str) -> Result<WrittenDate, DateError> {
    let text = text.trim();
    if let Ok(date) = iso::parse(text) {
        return Ok(WrittenDate::Day(date));
    }
    let pieces = DatePieces::of(text).ok_or(DateError::NotADate)?;
    // `mar` is a month and, in four languages, a Tuesday: what makes a date of the text is meant.
    use Mar::{Month, Tuesday};
    let is_mar = |piece| matches!(piece, DatePiece::Word(word) if word.eq_ignore_ascii_case("mar"));
    let meanings = [[Month, Month], [Tuesday, Tuesday], [Tuesday, Month]];
    let meanings = &meanings[..if pieces.iter().any(is_mar) { 3 } else { 1 }];
    let read = |mar| Words::of(&pieces, mar).and_then(|words| words.read());
    let mut results = meanings.iter().copied().map(read);
    results.find(|result| !matches!(result, Err(DateError::NotADate))).unwrap_or(Err(DateError::NotADate))
}

/// What `mar` means: at its first place in a text, and at any later one.
#[derive(Clone, Copy, PartialEq)]
enum Mar {
    Month,
    Tuesday,
}

/// The words of a date by what they mean, and its numbers.
struct Words {
    numbers: [Option<WrittenNumber>; 3],
    /// The month, and how many numbers stand before it.
    month: Option<(i8, usize)>,
    weekday: Option<Weekday>,
}

impl Words {
    fn of(pieces: &DatePieces<'_>, mar: [Mar; 2]) -> Result<Self, DateError> {
        let mut words = Self { numbers: [None; 3], month: None, weekday: None };
        let (mut numbers, mut mars) = (0, mar.into_iter());
        for piece in pieces.iter() {
            let known = match piece {
                DatePiece::Number(number) => {
                    numbers += 1;
                    words.numbers.get_mut(numbers - 1).map(|slot| *slot = Some(number))
                }
                DatePiece::Word(word) => words.add(word, numbers, &mut mars),
            };
            known.ok_or(DateError::NotADate)?;
        }
        Ok(words)
    }

    /// `None` if no date has such a word, or not twice.
    fn add(&mut self, word: &str, numbers: usize, mars: &mut impl Iterator<Item = Mar>) -> Option<()> {
        let meaning = match (month(word), weekday(word)) {
            (Some(_), Some(weekday)) if mars.next() == Some(Mar::Tuesday) => (None, Some(weekday)),
            (Some(month), _) => (Some(month), None),
            meaning => meaning,
        };
        match meaning {
            (Some(month), _) if self.month.is_none() => self.month = Some((month, numbers)),
            (None, Some(weekday)) if self.weekday.is_none() => self.weekday = Some(weekday),
            (None, None) if is_filler(word) => {}
            _ => return None,
        }
        Some(())
    }

    fn read(&self) -> Result<WrittenDate, DateError> {
        let [first, second, third] = self.numbers;
        match (self.month, first, second, third) {
            (Some((month, before)), Some(first), second, None) => {
                let (day, year) = day_and_year(before, first, second).ok_or(DateError::NotADate)?;
                written::day(year, month, day, self.weekday)
            }
            (None, Some(first), Some(second), third) => self.numeric(first, second, third),
            (None, Some(only), None, None) => self.one_number(only),
            (None, None, None, None) => self.weekday.map(WrittenDate::Weekday).ok_or(DateError::NotADate),
            _ => Err(DateError::NotADate),
        }
    }

    fn numeric(
        &self,
        first: WrittenNumber,
        second: WrittenNumber,
        third: Option<WrittenNumber>,
    ) -> Result<WrittenDate, DateError> {
        let (a, b) = (small(first), small(second));
        let year = third.and_then(year);
        let same_gap = third.is_none_or(|third| third.gap == second.gap);
        match (a, b, second.gap, third) {
            _ if !same_gap => Err(DateError::NotADate),
            (Some(day), Some(month), Gap::Dot, _) if year.is_some() == third.is_some() => {
                written::day(year, month, day, self.weekday)
            }
            (Some(a), Some(b), Gap::Slash | Gap::Dash, _) if year.is_some() == third.is_some() => {
                written::numbers(a, b, year, self.weekday)
            }
            (Some(a), Some(b), Gap::Space, Some(_)) if year.is_some() => {
                written::numbers(a, b, year, self.weekday)
            }
            (None, Some(month), Gap::Dash | Gap::Slash | Gap::Dot | Gap::Space, Some(third)) => {
                match (four_digits(first), small(third)) {
                    (year @ Some(_), Some(day)) => written::day(year, month, day, self.weekday),
                    _ => Err(DateError::NotADate),
                }
            }
            (_, _, Gap::Dot | Gap::Comma, None) if second.value == 0 && first.digits == 5 => {
                self.one_number(first)
            }
            _ => Err(DateError::NotADate),
        }
    }

    /// `20250712`, and the serial number of a day in a workbook, which counts from 1900.
    fn one_number(&self, number: WrittenNumber) -> Result<WrittenDate, DateError> {
        let value = number.value;
        match number.digits {
            8 => {
                // Each part is smaller than its type's largest number.
                let (year, month, day) =
                    ((value / 10_000) as i16, (value / 100 % 100) as i8, (value % 100) as i8);
                if (1900..2200).contains(&year) {
                    written::day(Some(year), month, day, self.weekday)
                } else {
                    Err(DateError::NotADate)
                }
            }
            5 if SERIALS.contains(&value) && self.weekday.is_none() => Date::constant(1899, 12, 30)
                .checked_add(Span::new().days(i64::from(value)))
                .map(WrittenDate::Day)
                .map_err(|_| DateError::NotADate),
            _ => Err(DateError::NotADate),
        }
    }
}

/// The day, and the year if there is one, of the numbers beside the name of a month. `before` of them stand before
/// it. `12-14 July` is two days, and no day of 2014.
fn day_and_year(
    before: usize,
    first: WrittenNumber,
    second: Option<WrittenNumber>,
) -> Option<(i8, Option<i16>)> {
    let Some(second) = second else { return small(first).map(|day| (day, None)) };
    if let Some(year) = four_digits(first) {
        return small(second).filter(|_| before < 2).map(|day| (day, Some(year)));
    }
    let marked = match second.gap {
        Gap::Comma | Gap::Apostrophe => true,
        Gap::Dash | Gap::Slash => first.gap == second.gap,
        _ => false,
    };
    let year = match before {
        0 if second.digits == 2 && !marked => None,
        0 | 1 => year(second),
        _ => None,
    };
    Some((small(first)?, Some(year?)))
}

/// A day or a month.
fn small(number: WrittenNumber) -> Option<i8> {
    if number.digits <= 2 { i8::try_from(number.value).ok() } else { None }
}

/// A year of four digits, or of two digits in this century.
fn year(number: WrittenNumber) -> Option<i16> {
    match number.digits {
        2 => i16::try_from(number.value).ok().map(|year| 2000 + year),
        _ => four_digits(number),
    }
}

fn four_digits(number: WrittenNumber) -> Option<i16> {
    if number.digits == 4 { i16::try_from(number.value).ok() } else { None }
}

/// Words that say nothing: `Samstag, den 12. Juli`, `12 de julio`, `the 12th of July`, `segunda-feira`.
fn is_filler(word: &str) -> bool {
    let is = |name: &&str| name.eq_ignore_ascii_case(word);
    [
        "de", "del", "of", "the", "den", "le", "du", "el", "on", "il", "am", "op", "em", "dia", "día",
        "feira", "d",
    ]
    .iter()
    .any(is)
}
