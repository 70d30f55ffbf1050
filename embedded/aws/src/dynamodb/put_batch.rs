//! A BatchWriteItem of puts into one table, in the form in which the SDKs write it.

use std::collections::HashMap;
use std::fmt;

use dynoxide::types::{AttributeValue, Item, MAX_ITEM_SIZE, item_size};
use dynoxide::validation::normalize_item_sets;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

/// The most items of a batch (API reference, "BatchWriteItem").
const MOST_ITEMS: usize = 25;

/// The most digits that are taken for a number whatever reads them; DynamoDB takes 38 (developer guide, "Data types: Number").
const MOST_DIGITS: usize = 38;

/// A BatchWriteItem that puts items of strings and numbers into one table. All of it is valid that can be seen without the
/// table.
#[derive(Debug)]
pub(super) struct PutBatch {
    /// The table.
    pub table: String,
    /// What is put.
    pub items: Vec<Item>,
    /// What the answer says of the capacity: TOTAL, INDEXES or NONE.
    pub capacity: Option<String>,
}

impl PutBatch {
    /// Reads the body of a request. `None` if it is anything else, or if it may be invalid: the library is asked then.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let body: PutBody = serde_json::from_slice(body).ok()?;
        let mut tables = body.tables.into_iter();
        let (Some((table, writes)), None) = (tables.next(), tables.next()) else { return None };
        let mut items: Vec<Item> = writes.into_iter().map(|write| write.put.item.0).collect();
        let capacity = body.capacity.map(|mode| mode.name().to_owned());
        let valid = (1..=MOST_ITEMS).contains(&items.len()) && items.iter().all(is_valid);
        // 2.0 is stored, compared and measured as 2.
        items.iter_mut().for_each(normalize_item_sets);
        valid.then_some(Self { table, items, capacity })
    }
}

fn is_valid(item: &Item) -> bool {
    let is_number = |value: &AttributeValue| !matches!(value, AttributeValue::N(digits) if !is_plain(digits));
    item_size(item) <= MAX_ITEM_SIZE && item.iter().all(|(name, value)| !name.is_empty() && is_number(value))
}

/// Whether a number is written as people write it, so that no reader can refuse it.
fn is_plain(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole)
        && all_digits(fraction)
        && (whole == "0" || !whole.starts_with('0'))
        && digits.len() <= MOST_DIGITS
        && number != "-0"
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PutBody {
    #[serde(rename = "RequestItems")]
    tables: HashMap<String, Vec<PutWrite>>,
    #[serde(rename = "ReturnConsumedCapacity", default)]
    capacity: Option<CapacityMode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PutWrite {
    #[serde(rename = "PutRequest")]
    put: PutOf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PutOf {
    #[serde(rename = "Item")]
    item: ScalarItem,
}

#[derive(Deserialize)]
enum CapacityMode {
    #[serde(rename = "TOTAL")]
    Total,
    #[serde(rename = "INDEXES")]
    Indexes,
    #[serde(rename = "NONE")]
    None,
}

impl CapacityMode {
    const fn name(&self) -> &'static str {
        match self {
            Self::Total => "TOTAL",
            Self::Indexes => "INDEXES",
            Self::None => "NONE",
        }
    }
}

/// A value of one type, as `{"S":"…"}`.
#[derive(Deserialize)]
enum ScalarValue {
    S(String),
    N(String),
}

/// An item of strings and numbers.
struct ScalarItem(Item);

impl<'de> Deserialize<'de> for ScalarItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Attributes;

        impl<'de> Visitor<'de> for Attributes {
            type Value = ScalarItem;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("attributes of strings and numbers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut attributes: A) -> Result<ScalarItem, A::Error> {
                let mut item = Item::new();
                while let Some((name, value)) = attributes.next_entry::<String, ScalarValue>()? {
                    let value = match value {
                        ScalarValue::S(text) => AttributeValue::S(text),
                        ScalarValue::N(digits) => AttributeValue::N(digits),
                    };
                    item.insert(name, value);
                }
                Ok(ScalarItem(item))
            }
        }

        deserializer.deserialize_map(Attributes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(items: &str) -> Option<PutBatch> {
        let body = format!(r#"{{"ReturnConsumedCapacity":"TOTAL","RequestItems":{{"Sets":[{items}]}}}}"#);
        PutBatch::read(body.as_bytes())
    }

    fn put(item: &str) -> String {
        format!(r#"{{"PutRequest":{{"Item":{item}}}}}"#)
    }

    #[test]
    fn puts_of_strings_and_numbers_are_read() {
        let batch = read(&put(r#"{"a":{"S":"x\n\u00e9"},"n":{"N":"-12.50"}}"#)).unwrap();
        assert_eq!((batch.table.as_str(), batch.capacity.as_deref()), ("Sets", Some("TOTAL")));
        assert_eq!(batch.items[0]["a"], AttributeValue::S("x\né".to_owned()));
        assert_eq!(batch.items[0]["n"], AttributeValue::N("-12.5".to_owned()));
    }

    #[test]
    fn what_may_be_invalid_is_left_to_the_library() {
        let many = vec![put(r#"{"a":{"S":"x"}}"#); 26].join(",");
        let long = put(&format!(r#"{{"a":{{"S":"{}"}}}}"#, "x".repeat(MAX_ITEM_SIZE)));
        let items = [
            String::new(),
            many,
            long,
            put(r#"{"":{"S":"x"}}"#),
            put(r#"{"a":{"S":1}}"#),
            put(r#"{"a":{"S":"x","N":"1"}}"#),
            put(r#"{"a":{}}"#),
            put(r#"{"a":{"BOOL":true}}"#),
            put(r#"{"a":{"N":"1e3"}}"#),
            put(r#"{"a":{"N":"-0"}}"#),
            put(r#"{"a":{"N":"007"}}"#),
            put(r#"{"a":{"N":""}}"#),
            put(r#"{"a":{"N":"."}}"#),
            r#"{"DeleteRequest":{"Key":{"a":{"S":"x"}}}}"#.to_owned(),
            r#"{"PutRequest":{"Item":{"a":{"S":"x"}}},"DeleteRequest":{"Key":{"a":{"S":"x"}}}}"#.to_owned(),
            "null".to_owned(),
        ];
        for items in items {
            assert!(read(&items).is_none(), "{items:.100}");
        }
        let two_tables = r#"{"RequestItems":{"A":[],"B":[]}}"#;
        let metrics = r#"{"ReturnItemCollectionMetrics":"SIZE","RequestItems":{"A":[{"PutRequest":{"Item":{"a":{"S":"x"}}}}]}}"#;
        for body in ["", "[]", "{}", two_tables, metrics] {
            assert!(PutBatch::read(body.as_bytes()).is_none(), "{body}");
        }
    }
}
