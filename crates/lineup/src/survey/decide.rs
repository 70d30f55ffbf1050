//! Deciding how a file is read.

use super::facts::Facts;
use super::sighting::{MOST_VALUES, PlacedValue};
use crate::date::{self, Date, DateOrder, Weekday, weekday_name};
use crate::header::{Columns, KnownColumn};
use crate::options::ReadOptions;
use crate::origin::Origin;
use crate::reading::Reading;
use crate::shell;
use crate::spelling;
use crate::text::TextEncoding;

/// What the planner has to say before the file can be read. Nothing is guessed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UndecidedError {
    /// Dates that need the day first, and dates that need the month first.
    #[error(
        "{} has {:?}, where the day comes first, and {} has {:?}, where the month comes first: \
         correct one of them, or say --dates dmy or --dates mdy, and rows of the other order are rejected",
        day_first.place, day_first.text, month_first.place, month_first.text
    )]
    BothOrders {
        /// The first date that needs the day first.
        day_first: PlacedValue,
        /// The first date that needs the month first.
        month_first: PlacedValue,
    },
    /// Dates that may be read either way, and no other.
    #[error(
        "{} has the date {:?}, and no date of the file shows whether the day or the month comes first: \
         say --dates dmy (day first) or --dates mdy (month first)",
        .0.place, .0.text
    )]
    EitherOrder(PlacedValue),
    /// Times in UTC, and no row that can be read without knowing where the festival is.
    #[error(
        "{} has the time {:?}, in UTC, and so have the others: say where the festival is, such as \
         --zone Europe/London",
        .0.place, .0.text
    )]
    NoZone(PlacedValue),
    /// Dates without a year.
    #[error("{} has the date {:?}, without a year: say which year it is, such as --year 2025", .0.place, .0.text)]
    NoYear(PlacedValue),
    /// Weekdays in place of dates.
    #[error(
        "the file has weekdays in place of dates: say the date of each, such as {}",
        .0.iter().map(example).collect::<Vec<_>>().join(" ")
    )]
    Weekdays(Vec<Weekday>),
    /// Other names in place of dates, such as `Day 1`.
    #[error(
        "the file has {:?}{} in place of dates: say the date of each, such as {}",
        .0.first().map_or("", String::as_str),
        if .0.len() > 1 { " and the like" } else { "" },
        days_in_a_row(.0)
    )]
    NamedDays(Vec<String>),
    /// No row has a date.
    #[error(
        "the file has no column Date, and no date stands with a start: say the day if all of the file is on one, such \
         as --day 2025-07-12, or which column it is, such as --column Date=Night. The columns are {}",
        .0.join(", ")
    )]
    NoDate(Vec<String>),
    /// No row says when its set ends.
    #[error(
        "the file has no column End or Duration, and no start has a range such as 20:00-21:30: say how long a \
         set takes, such as --minutes 60, or which column it is, such as --column End=Closing. The columns are {}",
        .0.join(", ")
    )]
    NoEnd(Vec<String>),
    /// There is a column that says when a set ends, and no row has a value in it.
    #[error("no row says when its set ends: say how long a set takes, such as --minutes 60")]
    BlankEnds,
}

/// `--day Saturday=2025-07-12`, with a date that is such a day.
fn example(weekday: &Weekday) -> String {
    const MONDAY: Date = Date::constant(2025, 7, 7);
    let date = MONDAY.series(jiff::Span::new().days(1)).find(|date| date.weekday() == *weekday);
    format!("--day {}={}", weekday_name(*weekday), date.unwrap_or(MONDAY))
}

/// `--day "Day 1=2025-07-12" --day "Day 2=2025-07-13"`: names of days, each with the date behind the one before.
fn days_in_a_row(names: &[String]) -> String {
    const FIRST: Date = Date::constant(2025, 7, 12);
    let dates = FIRST.series(jiff::Span::new().days(1));
    let day = |(name, date): (&String, Date)| format!("--day {}", shell::argument(&format!("{name}={date}")));
    names.iter().zip(dates).map(day).collect::<Vec<_>>().join(" ")
}

/// Decides how the file is read, from what the planner said and what all of its rows say. `origin` says where its
/// lines stand in what was uploaded.
///
/// # Errors
/// [`UndecidedError`]: the planner has to say more, or correct the file.
pub fn decide(
    facts: &Facts,
    options: &ReadOptions,
    columns: &Columns,
    origin: &Origin,
) -> Result<Reading, UndecidedError> {
    let mut reading = options.reading();
    reading.dates.order = options.dates.map_or_else(|| order(facts, origin), |asked| Ok(Some(asked)))?;
    reading.encoding = match (&facts.not_utf8, &facts.multi_byte) {
        (Some(_), None) => TextEncoding::Windows1252,
        _ => TextEncoding::Utf8,
    };
    check_dates(facts, options, columns, origin)?;
    match &facts.utc {
        Some(utc) if options.zone.is_none() && facts.rejects.count == facts.rows => {
            return Err(UndecidedError::NoZone(utc.at(origin)));
        }
        _ => {}
    }
    if facts.ended == 0 && facts.no_end.is_some() && options.minutes.is_none() {
        let has_column = columns.has(KnownColumn::End) || columns.has(KnownColumn::Duration);
        return Err(if has_column {
            UndecidedError::BlankEnds
        } else {
            UndecidedError::NoEnd(names(columns))
        });
    }
    Ok(reading)
}

/// One proof decides. `None` if no date has an order.
fn order(facts: &Facts, origin: &Origin) -> Result<Option<DateOrder>, UndecidedError> {
    match (&facts.day_first, &facts.month_first, &facts.either_first) {
        (Some(day_first), Some(month_first), _) => {
            let (day_first, month_first) = (day_first.at(origin), month_first.at(origin));
            Err(UndecidedError::BothOrders { day_first, month_first })
        }
        (Some(_), None, _) => Ok(Some(DateOrder::DayFirst)),
        (None, Some(_), _) => Ok(Some(DateOrder::MonthFirst)),
        (None, None, Some(either)) => Err(UndecidedError::EitherOrder(either.at(origin))),
        (None, None, None) => Ok(None),
    }
}

/// Refuses the file if none of its rows has a complete date. Where some rows have one, the others are rejects.
fn check_dates(
    facts: &Facts,
    options: &ReadOptions,
    columns: &Columns,
    origin: &Origin,
) -> Result<(), UndecidedError> {
    let unsaid_names = unsaid_names(facts, options);
    if !unsaid_names.is_empty() {
        return Err(UndecidedError::NamedDays(unsaid_names));
    }
    if facts.dated > 0 {
        return Ok(());
    }
    let said = |number: &i8| options.days.iter().any(|(day, _)| day.to_monday_one_offset() == *number);
    let unsaid = facts.weekdays.keys().filter(|number| !said(number));
    let unsaid: Vec<_> = unsaid.filter_map(|number| Weekday::from_monday_one_offset(*number).ok()).collect();
    match (&facts.no_year, &facts.no_date) {
        (Some(date), _) if options.year.is_none() => Err(UndecidedError::NoYear(date.at(origin))),
        _ if !unsaid.is_empty() => Err(UndecidedError::Weekdays(unsaid)),
        (None, Some(_))
            if facts.weekdays.is_empty() && options.day.is_none() && !columns.has(KnownColumn::Date) =>
        {
            Err(UndecidedError::NoDate(names(columns)))
        }
        _ => Ok(()),
    }
}

/// The names of days whose dates are not said: those with a number or a weekday, where no row has a date, or those
/// that differ from one that was said by their digits. None if there are too many: then they are no days.
fn unsaid_names(facts: &Facts, options: &ReadOptions) -> Vec<String> {
    let without_digits = |name: &str| spelling::fold(name).replace(|c: char| c.is_ascii_digit(), "");
    let said: Vec<String> = options.named_days.iter().map(|(name, _)| without_digits(name)).collect();
    let no_dates = facts.dated == 0 && facts.weekdays.is_empty() && facts.no_year.is_none();
    let is_day = |name: &&str| (no_dates && names_a_day(name)) || said.contains(&without_digits(name));
    let unread = facts.unread_dates.iter().map(|sighting| sighting.text.as_str());
    if unread.len() == MOST_VALUES { Vec::new() } else { unread.filter(is_day).map(str::to_owned).collect() }
}

/// Whether it has a number or a weekday: `Day 1`, `Friday night`.
fn names_a_day(name: &str) -> bool {
    name.contains(|c: char| c.is_ascii_digit())
        || name.split_whitespace().any(|word| date::weekday(word).is_some())
}

fn names(columns: &Columns) -> Vec<String> {
    columns.iter().take(20).map(|column| format!("{:?}", column.name)).collect()
}
