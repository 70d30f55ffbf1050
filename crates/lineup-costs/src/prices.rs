//! Prices, by line of the bill.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::usage::{Usage, UsageType};

/// The list prices of this version, `prices.json`.
const LIST: &str = include_str!("../prices.json");

/// The price of a line of the bill.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Dollars for [`Self::per`].
    pub dollars: f64,
    /// How much they buy.
    pub per: PriceUnit,
    /// How much an account has free in every month, without an end.
    #[serde(default)]
    pub free: f64,
    /// AWS's page with the price.
    #[serde(default)]
    pub source: String,
    /// Where it was confirmed, and when; empty if it was not.
    #[serde(default)]
    pub confirmed: String,
}

/// How much a price buys, as AWS's pages say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "they are numbers")]
pub enum PriceUnit {
    One,
    Thousand,
    TenThousand,
    HundredThousand,
    Million,
}

impl PriceUnit {
    /// The number.
    pub const fn number(self) -> f64 {
        match self {
            Self::One => 1.0,
            Self::Thousand => 1e3,
            Self::TenThousand => 1e4,
            Self::HundredThousand => 1e5,
            Self::Million => 1e6,
        }
    }
}

/// The prices of all lines of the bill, in one region on one day.
///
/// ```
/// use lineup_costs::{Prices, Usage, UsageType};
///
/// let prices = Prices::list();
/// let usage = Usage::from_iter([(UsageType::WriteUnits, 2e6)]);
/// assert_eq!(prices.dollars(UsageType::WriteUnits, 2e6), prices.total(&usage));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Prices {
    region: String,
    as_of: String,
    prices: BTreeMap<UsageType, Price>,
}

/// Why a file of prices cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PriceError {
    /// It is not what a file of prices is.
    #[error(
        "this is no file of prices: it is {{\"as_of\", \"region\", \"prices\": {{\"DynamoDB/WriteRequestUnits\": \
         {{\"dollars\", \"per\"}}, …}}}}, as crates/lineup-costs/prices.json"
    )]
    Malformed(#[from] serde_json::Error),
    /// It has a price that nothing needs: perhaps one that is misspelt.
    #[error("there is no line {key:?} of the bill; the lines are {}", keys())]
    UnknownKey {
        /// The key.
        key: String,
    },
    /// It has no price for a line of the bill.
    #[error("it has no price of {key:?}: add it, with \"dollars\": 0 where nothing is charged")]
    Missing {
        /// The key.
        key: String,
    },
    /// A price is less than nothing.
    #[error("the price of {key:?} is {dollars}: write a number that is not negative")]
    Negative {
        /// The key.
        key: String,
        /// The price.
        dollars: f64,
    },
}

fn keys() -> String {
    UsageType::ALL.map(UsageType::key).join(", ")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PricesFile {
    as_of: String,
    #[serde(default)]
    region: String,
    prices: BTreeMap<String, Price>,
}

impl Prices {
    /// The list prices that this version was made with: us-east-1, without a free tier.
    #[allow(clippy::expect_used, reason = "the file is part of the program; a test reads it")]
    pub fn list() -> Self {
        Self::parse(LIST).expect("the prices of the program can be read")
    }

    /// Reads a file of prices.
    ///
    /// # Errors
    /// [`PriceError`]: it is not such a file, or has a key too many or too few.
    pub fn parse(json: &str) -> Result<Self, PriceError> {
        let PricesFile { as_of, region, prices } = serde_json::from_str(json)?;
        let mut found = BTreeMap::new();
        for (key, price) in prices {
            let dollars = price.dollars;
            if dollars.is_sign_negative() && dollars != 0.0 {
                return Err(PriceError::Negative { key, dollars });
            }
            let usage_type = UsageType::of_key(&key).ok_or(PriceError::UnknownKey { key })?;
            found.insert(usage_type, price);
        }
        match UsageType::ALL.iter().find(|usage_type| !found.contains_key(usage_type)) {
            Some(missing) => Err(PriceError::Missing { key: missing.key() }),
            None => Ok(Self { region, as_of, prices: found }),
        }
    }

    /// The day of the prices, as their file says it: `2026-10-08`.
    pub fn as_of(&self) -> &str {
        &self.as_of
    }

    /// The region of the prices: `us-east-1`.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Every line of the bill with its price.
    pub fn iter(&self) -> impl Iterator<Item = (UsageType, &Price)> {
        self.prices.iter().map(|(usage_type, price)| (*usage_type, price))
    }

    /// What `quantity` of the line costs.
    pub fn dollars(&self, usage_type: UsageType, quantity: f64) -> f64 {
        self.prices.get(&usage_type).map_or(0.0, |price| quantity * price.dollars / price.per.number())
    }

    /// What all of it costs.
    pub fn total(&self, usage: &Usage) -> f64 {
        // A sum of nothing would be -0.
        usage.iter().fold(0.0, |sum, (usage_type, quantity)| sum + self.dollars(usage_type, quantity))
    }

    /// What of a month's usage is left to pay where the account uses its free tier for nothing else.
    pub fn beyond_free_tier(&self, usage: &Usage) -> Usage {
        let free = |usage_type| self.prices.get(&usage_type).map_or(0.0, |price| price.free);
        usage.iter().map(|(of, quantity)| (of, (quantity - free(of)).max(0.0))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(
        change: impl Fn(&mut serde_json::Map<String, serde_json::Value>),
    ) -> Result<Prices, PriceError> {
        let mut json: serde_json::Value = serde_json::from_str(LIST).unwrap();
        change(json["prices"].as_object_mut().unwrap());
        Prices::parse(&json.to_string())
    }

    #[test]
    fn every_list_price_names_its_page() {
        let prices = Prices::list();
        assert_eq!(prices.iter().count(), UsageType::ALL.len());
        for (usage_type, price) in prices.iter() {
            assert!(price.source.starts_with("https://aws.amazon.com/"), "{}", usage_type.key());
        }
        assert!(prices.as_of().parse::<jiff::civil::Date>().is_ok(), "{}", prices.as_of());
        assert_eq!(prices.region(), "us-east-1");
    }

    #[test]
    fn a_price_that_nothing_needs_and_one_that_is_missing_are_named() {
        let misspelt = changed(|prices| {
            let price = prices.remove("DynamoDB/WriteRequestUnits").unwrap();
            prices.insert("DynamoDB/WriteUnits".into(), price);
        });
        let text = misspelt.unwrap_err().to_string();
        assert!(
            text.contains("DynamoDB/WriteUnits") && text.contains("DynamoDB/WriteRequestUnits"),
            "{text}"
        );
        let missing = changed(|prices| drop(prices.remove("KMS/KMS-Keys"))).unwrap_err().to_string();
        assert!(missing.contains("KMS/KMS-Keys"), "{missing}");
        let negative = changed(|prices| prices["KMS/KMS-Keys"]["dollars"] = (-1).into()).unwrap_err();
        assert!(negative.to_string().contains("not negative"), "{negative}");
        for text in ["", "[]", "{}", r#"{"as_of": "x", "prices": {"a": 1}}"#] {
            assert!(matches!(Prices::parse(text), Err(PriceError::Malformed(_))), "{text}");
        }
    }

    #[test]
    fn the_free_tier_takes_no_more_than_there_is() {
        let prices = Prices::list();
        let usage = Usage::from_iter([(UsageType::Transitions, 5000.0), (UsageType::Emails, 30.0)]);
        let left = prices.beyond_free_tier(&usage);
        assert_eq!((left.quantity(UsageType::Transitions), left.quantity(UsageType::Emails)), (1000.0, 0.0));
    }
}
