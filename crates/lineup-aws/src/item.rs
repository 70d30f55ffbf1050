//! Reading a performance from an item of the SDK.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use lineup::row::Performance;
use lineup_contracts::error::{ErrorName, Named};

/// An item's attributes.
pub type Attributes = HashMap<String, AttributeValue>;

/// An item that `load` did not write.
#[derive(Debug, thiserror::Error)]
pub enum AttributeError {
    /// An attribute is neither a string nor a number.
    #[error(
        "the attribute {attribute} of an item is neither a string nor a number: was it written by another program?"
    )]
    Type {
        /// The attribute.
        attribute: String,
    },
    /// A required attribute is missing or unreadable.
    #[error(transparent)]
    Item(#[from] lineup_table::ItemError),
}

impl Named for AttributeError {
    fn name(&self) -> ErrorName {
        match self {
            Self::Type { .. } | Self::Item(_) => ErrorName::InvalidInput,
        }
    }
}

/// The performance of an item.
///
/// # Errors
/// If `load` cannot have written the item.
pub fn performance(attributes: &Attributes) -> Result<Performance, AttributeError> {
    let texts: Vec<(&str, &str)> = attributes.iter().map(text).collect::<Result<_, _>>()?;
    Ok(lineup_table::performance_from(texts)?)
}

fn text<'a>((name, value): (&'a String, &'a AttributeValue)) -> Result<(&'a str, &'a str), AttributeError> {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => Ok((name, text)),
        _ => Err(AttributeError::Type { attribute: name.clone() }),
    }
}
