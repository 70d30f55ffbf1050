//! Reading a performance from the attributes of its item.

use crate::names::attribute;
use lineup::clock_time::{ClockTime, ClockTimeError};
use lineup::date::{self, Date, DateError};
use lineup::row::Performance;

/// An item of the table that `load` cannot have written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// A required attribute is not there.
    #[error("an item of the table has no {attribute}: was it written by another program?")]
    Missing {
        /// The attribute.
        attribute: &'static str,
    },
    /// Start or End is not a time.
    #[error("an item of the table has {attribute} {value:?}")]
    Time {
        /// The attribute.
        attribute: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        source: ClockTimeError,
    },
    /// Date is not a date.
    #[error("an item of the table has Date {value:?}")]
    Date {
        /// Its value.
        value: String,
        /// What is wrong with it.
        source: DateError,
    },
    /// Popularity is not a number from 0 to 255.
    #[error("an item of the table has Popularity {value:?}")]
    Popularity {
        /// Its value.
        value: String,
        /// What is wrong with it.
        source: std::num::ParseIntError,
    },
}

/// The performance of an item. `attributes` are names and values in any order; a value is a
/// string's text or a number's digits. Computed attributes are left out, and extra ones
/// sorted by name.
///
/// ```
/// let mut attributes = vec![("Performer", "Stormzy"), ("Stage", "Pyramid Stage"), ("Date", "2022-06-24")];
/// attributes.extend([("Start", "20:00"), ("End", "21:30"), ("Genre", "Grime")]);
/// let performance = lineup_table::performance_from(attributes)?;
/// assert_eq!(performance.start_moment().to_string(), "2022-06-24T20:00:00");
/// assert_eq!(performance.extras[0].1, "Grime");
/// # Ok::<_, lineup_table::ItemError>(())
/// ```
///
/// # Errors
/// If an attribute is missing, or has a value that `load` never writes.
pub fn performance_from<'a>(
    attributes: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Performance, ItemError> {
    let mut found = FoundAttributes::default();
    for (name, text) in attributes {
        found.take(name, text);
    }
    found.extras.sort_unstable();
    found.performance()
}

#[derive(Default)]
struct FoundAttributes<'a> {
    performer: Option<&'a str>,
    stage: Option<&'a str>,
    date: Option<&'a str>,
    start: Option<&'a str>,
    end: Option<&'a str>,
    popularity: Option<&'a str>,
    extras: Vec<(&'a str, &'a str)>,
}

impl<'a> FoundAttributes<'a> {
    fn take(&mut self, name: &'a str, text: &'a str) {
        match name {
            attribute::PERFORMER => self.performer = Some(text),
            attribute::STAGE => self.stage = Some(text),
            attribute::DATE => self.date = Some(text),
            attribute::START => self.start = Some(text),
            attribute::END => self.end = Some(text),
            attribute::POPULARITY => self.popularity = Some(text),
            computed if attribute::COMPUTED.contains(&computed) => {}
            extra => self.extras.push((extra, text)),
        }
    }

    fn performance(self) -> Result<Performance, ItemError> {
        Ok(Performance {
            performer: required(attribute::PERFORMER, self.performer)?.to_owned(),
            stage: required(attribute::STAGE, self.stage)?.to_owned(),
            date: date(required(attribute::DATE, self.date)?)?,
            start: time(attribute::START, self.start)?,
            end: time(attribute::END, self.end)?,
            popularity: self.popularity.map(popularity).transpose()?,
            extras: self.extras.into_iter().map(|(name, text)| (name.into(), text.to_owned())).collect(),
        })
    }
}

fn required<'a>(attribute: &'static str, text: Option<&'a str>) -> Result<&'a str, ItemError> {
    text.ok_or(ItemError::Missing { attribute })
}

fn time(attribute: &'static str, text: Option<&str>) -> Result<ClockTime, ItemError> {
    let text = required(attribute, text)?;
    text.parse().map_err(|source| ItemError::Time { attribute, value: text.to_owned(), source })
}

fn date(text: &str) -> Result<Date, ItemError> {
    date::parse(text).map_err(|source| ItemError::Date { value: text.to_owned(), source })
}

fn popularity(text: &str) -> Result<u8, ItemError> {
    text.parse().map_err(|source| ItemError::Popularity { value: text.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEM: [(&str, &str); 5] =
        [("Performer", "p"), ("Stage", "s"), ("Date", "2025-07-12"), ("Start", "20:00"), ("End", "21:00")];

    #[test]
    fn an_attribute_that_no_load_writes_is_an_error_that_names_it() {
        for (name, value, message) in [
            ("Start", "soon", "an item of the table has Start \"soon\""),
            ("End", "24:00", "an item of the table has End \"24:00\""),
            ("Date", "today", "an item of the table has Date \"today\""),
            ("Popularity", "1e3", "an item of the table has Popularity \"1e3\""),
        ] {
            let item = ITEM.into_iter().filter(|(other, _)| *other != name).chain([(name, value)]);
            assert_eq!(performance_from(item).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn extra_attributes_are_sorted_by_name_and_computed_ones_left_out() {
        let more = [("Zone", "z"), ("StageDay", "s#2025-07-12"), ("Genre", "g")];
        let performance = performance_from(ITEM.into_iter().chain(more)).unwrap();
        assert_eq!(performance.extras, [("Genre".into(), "g".to_owned()), ("Zone".into(), "z".to_owned())]);
    }
}
