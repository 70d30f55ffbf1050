//! Why a text is no date.

use jiff::civil::{Date, Weekday};

use super::names::{month_name, weekday_name};
use super::order::DateOrder;

/// Why a text is not a date, or not one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// It has none of the forms that are read.
    #[error("not a date (try 2025-07-12)")]
    NotADate,
    /// The form is one of a date, but the calendar has no such day: `31.04.2025`.
    #[error("no such day in the calendar (try 2025-07-12)")]
    NoSuchDay,
    /// The weekday that stands beside the date is not that of the date.
    #[error("{date} is a {}, not a {}", weekday_name(*.expected), weekday_name(*.found))]
    WrongWeekday {
        /// The weekday that is written.
        found: Weekday,
        /// The weekday of the date.
        expected: Weekday,
        /// The date.
        date: Date,
    },
    /// Each of two numbers may be the month, and no rule says which is.
    #[error("may be {first} {} or {second} {}: say --dates dmy or --dates mdy", month_name(*.second), month_name(*.first))]
    OrderUnknown {
        /// The number that is written first: the day in `dmy`.
        first: i8,
        /// The number that is written second: the month in `dmy`.
        second: i8,
    },
    /// The date can be read only in the order that the file does not have.
    #[error("not a date with the {} first, as --dates {order} has it", if *.order == DateOrder::DayFirst { "day" } else { "month" })]
    OrderContradicted {
        /// The order that the rules have.
        order: DateOrder,
    },
    /// The date has no year, and no rule gives it.
    #[error("has no year (say --year 2025)")]
    NoYear,
    /// The text is a weekday alone, and no rule says which day it is.
    #[error("{} alone is not a date (say --day {}=2025-07-12)", weekday_name(*.weekday), weekday_name(*.weekday))]
    NoDay {
        /// The weekday.
        weekday: Weekday,
    },
}
