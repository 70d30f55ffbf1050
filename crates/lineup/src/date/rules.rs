//! What holds for all dates of a file.

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use super::order::DateOrder;
use crate::spelling;

/// What the planner says of the dates of a file, or what the file itself proves.
///
/// As JSON: `{"order":"dmy","year":2025,"days":[["Saturday","2025-07-12"]],"named_days":[["Day 1","2025-07-11"]]}`; what
/// is not said is left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DateRules {
    /// The order of day and month where both are numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<DateOrder>,
    /// The year of dates that are written without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i16>,
    /// The dates of weekdays that stand alone. Of two for one weekday the first holds.
    #[serde(skip_serializing_if = "Vec::is_empty", with = "days")]
    pub days: Vec<(Weekday, Date)>,
    /// The dates of other names that stand in place of dates: `Day 1`. Of two for one name the first holds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub named_days: Vec<(String, Date)>,
}

impl DateRules {
    /// The date of a weekday that stands alone.
    pub fn day(&self, weekday: Weekday) -> Option<Date> {
        self.days.iter().find(|(of, _)| *of == weekday).map(|(_, date)| *date)
    }

    /// The date of another name that stands in place of a date, compared without case, accents, spaces and
    /// punctuation.
    pub fn named_day(&self, name: &str) -> Option<Date> {
        if self.named_days.is_empty() {
            return None;
        }
        let folded = spelling::fold(name);
        self.named_days.iter().find(|(of, _)| spelling::fold(of) == folded).map(|(_, date)| *date)
    }
}

/// Pairs of a weekday by its English name, and a date.
mod days {
    use jiff::civil::{Date, Weekday};
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::date::names::{weekday, weekday_name};

    pub(super) fn serialize<S: Serializer>(days: &[(Weekday, Date)], into: S) -> Result<S::Ok, S::Error> {
        let named: Vec<_> = days.iter().map(|(weekday, date)| (weekday_name(*weekday), date)).collect();
        named.serialize(into)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(Weekday, Date)>, D::Error> {
        let named = Vec::<(String, Date)>::deserialize(from)?;
        let day = |(name, date): (String, Date)| match weekday(&name) {
            Some(weekday) => Ok((weekday, date)),
            None => Err(D::Error::custom(format_args!("{name:?} is not a weekday"))),
        };
        named.into_iter().map(day).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_readable_json() {
        let days = vec![(Weekday::Saturday, Date::constant(2025, 7, 12))];
        let named_days = vec![("Day 1".to_owned(), Date::constant(2025, 7, 11))];
        let rules = DateRules { order: Some(DateOrder::DayFirst), year: Some(2025), days, named_days };
        let text = r#"{"order":"dmy","year":2025,"days":[["Saturday","2025-07-12"]],"named_days":[["Day 1","2025-07-11"]]}"#;
        assert_eq!(serde_json::to_string(&rules).unwrap(), text);
        assert_eq!(serde_json::from_str::<DateRules>(text).unwrap(), rules);
        assert_eq!(serde_json::from_str::<DateRules>("{}").unwrap(), DateRules::default());
        assert_eq!(serde_json::to_string(&DateRules::default()).unwrap(), "{}");
        assert!(serde_json::from_str::<DateRules>(r#"{"days":[["Someday","2025-07-12"]]}"#).is_err());
    }
}
