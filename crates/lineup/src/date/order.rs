//! Whether the day or the month comes first.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Which of two numbers is the day in `07/12/2025`. Written `dmy` and `mdy`.
///
/// ```
/// use lineup::date::DateOrder;
///
/// assert_eq!("dmy".parse(), Ok(DateOrder::DayFirst));
/// assert_eq!(DateOrder::MonthFirst.to_string(), "mdy");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DateOrder {
    /// `12/07/2025` is 12 July.
    #[serde(rename = "dmy")]
    DayFirst,
    /// `12/07/2025` is 7 December.
    #[serde(rename = "mdy")]
    MonthFirst,
}

/// A text that is not the name of a [`DateOrder`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an order of dates (dmy: the day first; mdy: the month first)")]
pub struct DateOrderError;

impl DateOrder {
    /// `dmy` or `mdy`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DayFirst => "dmy",
            Self::MonthFirst => "mdy",
        }
    }

    /// Day and month of two numbers in this order.
    pub(super) const fn day_and_month(self, first: i8, second: i8) -> (i8, i8) {
        match self {
            Self::DayFirst => (first, second),
            Self::MonthFirst => (second, first),
        }
    }
}

impl fmt::Display for DateOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for DateOrder {
    type Err = DateOrderError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::DayFirst, Self::MonthFirst]
            .into_iter()
            .find(|order| order.name().eq_ignore_ascii_case(text.trim()))
            .ok_or(DateOrderError)
    }
}

/// The orders that a date whose order is open may be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PossibleOrders {
    /// Only the day can come first: `25/07/2025`.
    DayFirst,
    /// Only the month can come first: `07/25/2025`.
    MonthFirst,
    /// Both are days, and not the same: `07/12/2025`.
    Either,
}

impl PossibleOrders {
    /// The order that the date proves, if it proves one.
    pub const fn proven(self) -> Option<DateOrder> {
        match self {
            Self::DayFirst => Some(DateOrder::DayFirst),
            Self::MonthFirst => Some(DateOrder::MonthFirst),
            Self::Either => None,
        }
    }
}
