//! Dates as they are written, and which day they are.

use jiff::civil::{Date, Weekday};

use super::error::DateError;
use super::order::{DateOrder, PossibleOrders};
use super::rules::DateRules;

/// A leap year: a day without a year may be 29 February.
const LEAP_YEAR: i16 = 2024;

/// What a text says of a date. Read it with [`read`](super::read).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrittenDate {
    /// One day, and the weekday is right if it stands there.
    Day(Date),
    /// Two numbers of which either may be the month: `07/12/2025`, `25/07`. In one order or both they are a day.
    Numbers {
        /// The one that is written first.
        first: i8,
        /// The one that is written second.
        second: i8,
        /// The year, if there is one.
        year: Option<i16>,
        /// The weekday, if there is one. It is not checked if there is no year.
        weekday: Option<Weekday>,
    },
    /// Day and month without a year: `Sat 12 Jul`, `12.07.`.
    YearlyDay {
        /// 1 to 12.
        month: i8,
        /// 1 to 31, a day of the month.
        day: i8,
        /// The weekday, if there is one. It is not checked yet.
        weekday: Option<Weekday>,
    },
    /// A weekday alone.
    Weekday(Weekday),
}

impl WrittenDate {
    /// The day that is meant.
    ///
    /// Where the rules have no order, a date that is a day in one order only is that day. The rules of a file
    /// should have the order that one date of it proves.
    ///
    /// # Errors
    /// The rules do not say what is missing, or the date contradicts them; [`DateError`] has the cases.
    ///
    /// ```
    /// use lineup::date::{DateOrder, DateRules, read};
    ///
    /// let rules = DateRules { order: Some(DateOrder::DayFirst), year: Some(2025), ..DateRules::default() };
    /// assert_eq!(read("07/12/2025")?.date(&rules)?.to_string(), "2025-12-07");
    /// assert_eq!(read("Sat 12 Jul")?.date(&rules)?.to_string(), "2025-07-12");
    /// # Ok::<_, lineup::date::DateError>(())
    /// ```
    pub fn date(&self, rules: &DateRules) -> Result<Date, DateError> {
        match *self {
            Self::Day(date) => Ok(date),
            Self::YearlyDay { month, day, weekday } => {
                date(rules.year.ok_or(DateError::NoYear)?, month, day, weekday)
            }
            Self::Weekday(weekday) => rules.day(weekday).ok_or(DateError::NoDay { weekday }),
            Self::Numbers { first, second, year, weekday } => {
                let year = year.or(rules.year).ok_or(DateError::NoYear)?;
                Readings::new(first, second, year, weekday).date(rules.order)
            }
        }
    }

    /// What this date says of the order of day and month in its file: `None` where the order does not matter to it
    /// (ISO, names of months, `12.07.2025`, `05/05/2025`), else in which orders it is a day. A number above 12
    /// decides, and so does a weekday that fits one order only, if the date has a year.
    ///
    /// ```
    /// use lineup::date::{PossibleOrders, read};
    ///
    /// assert_eq!(read("07/12/2025")?.order(), Some(PossibleOrders::Either));
    /// assert_eq!(read("07/25/2025")?.order(), Some(PossibleOrders::MonthFirst));
    /// assert_eq!(read("Sat 07/12/2025")?.order(), Some(PossibleOrders::MonthFirst));
    /// assert_eq!(read("12.07.2025")?.order(), None);
    /// # Ok::<_, lineup::date::DateError>(())
    /// ```
    pub fn order(&self) -> Option<PossibleOrders> {
        let Self::Numbers { first, second, year, weekday } = *self else { return None };
        // Without a year the weekday says nothing.
        let weekday = year.and(weekday);
        let readings = Readings::new(first, second, year.unwrap_or(LEAP_YEAR), weekday);
        Some(match (readings.day_first, readings.month_first) {
            (Ok(_), Err(_)) => PossibleOrders::DayFirst,
            (Err(_), Ok(_)) => PossibleOrders::MonthFirst,
            _ => PossibleOrders::Either,
        })
    }

    /// The weekday, if the text is no more than that.
    pub fn weekday_alone(&self) -> Option<Weekday> {
        match self {
            Self::Weekday(weekday) => Some(*weekday),
            _ => None,
        }
    }

    /// Whether the text has a day and a month, but no year.
    pub fn needs_year(&self) -> bool {
        matches!(self, Self::YearlyDay { .. } | Self::Numbers { year: None, .. })
    }
}

/// Two numbers as a date, in both orders.
struct Readings {
    first: i8,
    second: i8,
    day_first: Result<Date, DateError>,
    month_first: Result<Date, DateError>,
}

impl Readings {
    fn new(first: i8, second: i8, year: i16, weekday: Option<Weekday>) -> Self {
        let read = |order: DateOrder| {
            let (day, month) = order.day_and_month(first, second);
            date(year, month, day, weekday)
        };
        Self { first, second, day_first: read(DateOrder::DayFirst), month_first: read(DateOrder::MonthFirst) }
    }

    fn date(self, order: Option<DateOrder>) -> Result<Date, DateError> {
        let (meant, other) = match order {
            None => return self.any(),
            Some(DateOrder::DayFirst) => (self.day_first, self.month_first),
            Some(DateOrder::MonthFirst) => (self.month_first, self.day_first),
        };
        match (meant, other, order) {
            (Err(_), Ok(_), Some(order)) => Err(DateError::OrderContradicted { order }),
            _ => meant,
        }
    }

    /// The date that both orders have, or the one that is a date at all.
    fn any(self) -> Result<Date, DateError> {
        match (self.day_first, self.month_first) {
            (Ok(one), Ok(other)) if one != other => {
                Err(DateError::OrderUnknown { first: self.first, second: self.second })
            }
            (Ok(date), _) | (_, Ok(date)) => Ok(date),
            // Of "no such day" and "another weekday" the second says more.
            (Err(DateError::NoSuchDay), error) => error,
            (error, _) => error,
        }
    }
}

/// A day of the calendar, whose weekday is the one that is written.
fn date(year: i16, month: i8, day: i8, weekday: Option<Weekday>) -> Result<Date, DateError> {
    let date = Date::new(year, month, day).map_err(|_| DateError::NoSuchDay)?;
    match weekday {
        Some(found) if found != date.weekday() => {
            Err(DateError::WrongWeekday { found, expected: date.weekday(), date })
        }
        _ => Ok(date),
    }
}

/// A day whose month is known.
pub(super) fn day(
    year: Option<i16>,
    month: i8,
    day: i8,
    weekday: Option<Weekday>,
) -> Result<WrittenDate, DateError> {
    match year {
        Some(year) => date(year, month, day, weekday).map(WrittenDate::Day),
        None => date(LEAP_YEAR, month, day, None).map(|_| WrittenDate::YearlyDay { month, day, weekday }),
    }
}

/// A day whose month may be either number.
pub(super) fn numbers(
    first: i8,
    second: i8,
    year: Option<i16>,
    weekday: Option<Weekday>,
) -> Result<WrittenDate, DateError> {
    if first == second {
        return day(year, first, second, weekday);
    }
    let readings = Readings::new(first, second, year.unwrap_or(LEAP_YEAR), year.and(weekday));
    match readings.any() {
        Ok(_) | Err(DateError::OrderUnknown { .. }) => {
            Ok(WrittenDate::Numbers { first, second, year, weekday })
        }
        Err(error) => Err(error),
    }
}
