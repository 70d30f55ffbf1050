//! The settings of a function, from its environment. They are read once, at the start, so
//! that a wrong value fails there and not in the middle of an import.

use std::ops::RangeInclusive;

use lineup_contracts::error::{ErrorName, Named};

/// The imports bucket.
pub const IMPORTS_BUCKET: &str = "IMPORTS_BUCKET";
/// The table of performances.
pub const PERFORMANCES_TABLE: &str = "PERFORMANCES_TABLE";
/// The table of the stages of each day and the days of each stage.
pub const CALENDAR_TABLE: &str = "CALENDAR_TABLE";
/// The topic of the messages.
pub const TOPIC_ARN: &str = "TOPIC_ARN";
/// How the readers of messages call `lineup`, such as `lineup --stack festival`; `lineup` where it is not set.
pub const LINEUP_COMMAND: &str = "LINEUP_COMMAND";
/// The size of a chunk, in bytes.
pub const CHUNK_BYTES: &str = "CHUNK_BYTES";
/// The most bytes of rows that `split` surveys itself. The rows of a larger file are surveyed by a Map.
pub const SURVEYED_BYTES: &str = "SURVEYED_BYTES";
/// The largest text whose runs `split` holds in memory, in bytes. Those of a larger one are read as they are merged.
pub const HELD_TEXT_BYTES: &str = "HELD_TEXT_BYTES";
/// How many runs of a larger text are merged at a time. More are gathered in groups of so many first.
pub const MERGED_RUNS: &str = "MERGED_RUNS";
/// How many keys are merged or compared before it is looked at the time.
pub const RANGE_KEYS: &str = "RANGE_KEYS";
/// How long an invocation may go on after its execution has ended, in seconds.
pub const LONGEST_INVOCATION_SECONDS: &str = "LONGEST_INVOCATION_SECONDS";
/// How long an import waits at first for another one of its lineup, in seconds.
pub const FIRST_WAIT_SECONDS: &str = "FIRST_WAIT_SECONDS";
/// How many chunks load at a time.
pub const MAX_CONCURRENCY: &str = "MAX_CONCURRENCY";

/// A setting that a function cannot start with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The variable is not set.
    #[error("the environment variable {0} is not set; the template sets it")]
    Missing(&'static str),
    /// The value of a variable is not a number, or it is out of range. Whoever set it can set it right, and redrive.
    #[error(transparent)]
    Environment(Box<Self>),
    /// The value is not a number, or it is out of range. That of an object's metadata ends its import: it is uploaded with it.
    #[error("{name} is {value:?}; it takes a whole number from {least} to {most}")]
    OutOfRange {
        /// The variable, or the object's metadata.
        name: String,
        /// The value.
        value: String,
        /// The least value.
        least: u64,
        /// The greatest value.
        most: u64,
    },
}

impl Named for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::Missing(_) | Self::Environment(_) => ErrorName::InvalidRequest,
            Self::OutOfRange { .. } => ErrorName::InvalidInput,
        }
    }
}

/// The value of an environment variable that must be there.
pub fn required(name: &'static str) -> Result<String, Error> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).ok_or(Error::Missing(name))
}

/// A number from the environment, or `default` where the variable is not set.
pub fn number(name: &'static str, range: RangeInclusive<u64>, default: u64) -> Result<u64, Error> {
    match required(name) {
        Ok(value) => parse(name, &value, range).map_err(|error| Error::Environment(Box::new(error))),
        Err(_) => Ok(default),
    }
}

/// `value` as a number within `range`. The error has `name` as its origin.
pub fn parse(name: &str, value: &str, range: RangeInclusive<u64>) -> Result<u64, Error> {
    let number = value.trim().parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| Error::OutOfRange {
        name: name.to_owned(),
        value: value.to_owned(),
        least: *range.start(),
        most: *range.end(),
    })
}

/// The imports bucket, from the environment.
pub fn imports(config: &aws_config::SdkConfig) -> Result<crate::imports::Imports, Error> {
    let objects = crate::objects::Objects::new(crate::client::s3(config));
    Ok(crate::imports::Imports::new(objects, required(IMPORTS_BUCKET)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_out_of_range_is_named_with_its_range() {
        for bad in ["0", "11", "-1", "ten", "", "1.5"] {
            let error = parse("CHUNK_BYTES", bad, 1..=10).err().map(|error| error.to_string());
            let expected = format!("CHUNK_BYTES is {bad:?}; it takes a whole number from 1 to 10");
            assert_eq!(error, Some(expected));
        }
    }

    /// `InvalidInput` would end the import: the same file would have to be uploaded again once the stack is right.
    #[test]
    fn a_bad_value_of_the_environment_can_be_set_right_and_redriven() {
        let bad = parse(CHUNK_BYTES, "ten", 1..=10);
        assert_eq!(bad.as_ref().err().map(Named::name), Some(ErrorName::InvalidInput));
        let of_environment = bad.map_err(|error| Error::Environment(Box::new(error)));
        assert_eq!(of_environment.as_ref().err().map(Named::name), Some(ErrorName::InvalidRequest));
        let text = of_environment.err().map(|error| error.to_string());
        assert_eq!(text.as_deref(), Some("CHUNK_BYTES is \"ten\"; it takes a whole number from 1 to 10"));
    }

    #[test]
    fn a_number_in_range_is_taken() {
        assert_eq!(parse("CHUNK_BYTES", " 10 ", 1..=10), Ok(10));
    }
}
