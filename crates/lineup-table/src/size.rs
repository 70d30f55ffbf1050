//! Sizes and limits of DynamoDB, in bytes (developer guide, "DynamoDB item sizes and
//! formats" and "Constraints"; 1 KB is 1,024 bytes there).

use lineup::header::KnownColumn;

use crate::names::attribute;

/// The largest item: 400 KB, names included.
pub const ITEM_BYTES: usize = 400 * 1024;
/// The longest partition key.
pub const PARTITION_KEY_BYTES: usize = 2048;
/// The longest sort key.
pub const SORT_KEY_BYTES: usize = 1024;
/// How many bytes of an item one write unit writes, to a table or an index.
pub const WRITE_UNIT_BYTES: usize = 1024;

/// The size of a whole number's value: one byte for each two significant
/// digits, and one more. Zeros at the end are not significant.
///
/// ```
/// assert_eq!(lineup_table::number_bytes(1_000), 2);
/// assert_eq!(lineup_table::number_bytes(123), 3);
/// ```
pub fn number_bytes(mut number: u64) -> usize {
    while number != 0 && number.is_multiple_of(10) {
        number /= 10;
    }
    let digits = number.checked_ilog10().map_or(1, |log| log as usize + 1);
    digits.div_ceil(2) + 1
}

/// Why DynamoDB does not take an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// A key of the table or an index is too long.
    #[error("the key {attribute} is {bytes} bytes, DynamoDB takes {limit}")]
    Key {
        /// The attribute.
        attribute: &'static str,
        /// Its length.
        bytes: usize,
        /// The longest that DynamoDB takes there.
        limit: usize,
    },
    /// The item is too large.
    #[error("the item is {bytes} bytes, DynamoDB takes {limit}")]
    Item {
        /// Its size.
        bytes: usize,
        /// The largest that DynamoDB takes.
        limit: usize,
    },
}

impl TooLarge {
    /// The column that makes a key too long; `None` if the item as a whole is too large.
    pub fn column(&self) -> Option<KnownColumn> {
        match self {
            Self::Key { attribute: attribute::PERFORMER | attribute::START_PERFORMER, .. } => {
                Some(KnownColumn::Performer)
            }
            Self::Key { .. } => Some(KnownColumn::Stage),
            Self::Item { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_takes_a_byte_for_two_significant_digits_and_one_more() {
        let cases =
            [(0, 2), (1, 2), (9, 2), (10, 2), (55, 2), (100, 2), (101, 3), (1000, 2), (1234, 3), (12_345, 4)];
        for (number, bytes) in cases {
            assert_eq!(number_bytes(number), bytes, "{number}");
        }
    }
}
