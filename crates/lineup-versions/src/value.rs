//! The hash of all that an item says.

use lineup_table::Value;
use twox_hash::{XxHash3_64, XxHash3_128};

/// A hash of 128 bits of an item's attributes: equal for items with equal attributes, in whatever order they come, as
/// when columns of a file change places.
///
/// It is the sum, modulo 2^128, over the attributes of XXH3-128 of the value, seeded with XXH3-64 of the name, which is
/// seeded with 0 where the value is a string and with 1 where it is a number (its decimal digits are hashed then).
/// The specification of XXH3 fixes its values for every machine, so that this hash may be kept: it must never
/// change, or every row would count as changed once.
///
/// Two different items have one hash by chance in one of 3 × 10^38 cases. XXH3 has no secret: who wants to can make
/// two such items, and a row would be counted as unchanged that is changed. No row is written or removed by it.
///
/// ```
/// use lineup_table::Value;
/// use lineup_versions::value_hash;
///
/// let one = value_hash([("Genre", Value::S("Grime")), ("Popularity", Value::N(90))]);
/// assert_eq!(one, value_hash([("Popularity", Value::N(90)), ("Genre", Value::S("Grime"))]));
/// assert_ne!(one, value_hash([("Popularity", Value::N(91)), ("Genre", Value::S("Grime"))]));
/// ```
pub fn value_hash<'i>(attributes: impl IntoIterator<Item = (&'i str, Value<'i>)>) -> u128 {
    attributes.into_iter().map(|(name, value)| attribute_hash(name, value)).fold(0, u128::wrapping_add)
}

fn attribute_hash(name: &str, value: Value<'_>) -> u128 {
    let of = |kind: u64, text: &str| {
        let seed = XxHash3_64::oneshot_with_seed(kind, name.as_bytes());
        XxHash3_128::oneshot_with_seed(seed, text.as_bytes())
    };
    match value {
        Value::S(text) => of(0, text),
        Value::N(number) => {
            let digits = [number / 100, number / 10 % 10, number % 10].map(|digit| b'0' + digit);
            let leading = digits.iter().take(2).take_while(|digit| **digit == b'0').count();
            // Digits are ASCII, so the fallback is never used.
            of(1, str::from_utf8(&digits[leading..]).unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Computed with the reference implementation, by Python's `xxhash`:
    /// `xxh3_128_intdigest(value, seed=xxh3_64_intdigest(name, seed=kind))`.
    #[test]
    fn the_hash_of_an_item_never_changes() {
        for (attributes, expected) in [
            (vec![], 0),
            (vec![("Genre", Value::S("Grime"))], 0x1150_9ad1_cf4c_898e_53df_d65c_a5c3_d329),
            (vec![("Popularity", Value::N(7))], 0x74d5_9170_a080_0fa8_82eb_86bc_1a86_dd39),
            (vec![("Popularity", Value::N(100))], 0xf2fc_af42_21c0_7727_6de3_9462_9fd3_dcd8),
            (
                vec![("Performer", Value::S("Megan Thee Stallion")), ("Stage", Value::S("Main Stage"))],
                0x3791_ccee_55ec_c0f3_14d2_e8b6_89ac_a4ea,
            ),
        ] {
            assert_eq!(value_hash(attributes.iter().copied()), expected, "{attributes:?}");
        }
        let long = "Zürich ".repeat(50);
        assert_eq!(value_hash([("Note", Value::S(&long))]), 0x927c_bb26_db87_8250_24e6_c7f7_f4ba_79fc);
    }

    proptest! {
        #[test]
        fn items_have_one_hash_only_if_they_have_the_same_attributes(
            one in proptest::collection::btree_map("[ab]{0,2}", "[ab]{0,2}", 0..4),
            other in proptest::collection::btree_map("[ab]{0,2}", "[ab]{0,2}", 0..4),
        ) {
            let hash = |of: &std::collections::BTreeMap<String, String>, backwards: bool| {
                let mut attributes: Vec<_> = of.iter().map(|(name, text)| (name.as_str(), Value::S(text))).collect();
                if backwards {
                    attributes.reverse();
                }
                value_hash(attributes)
            };
            prop_assert_eq!(hash(&one, false) == hash(&other, true), one == other);
        }
    }
}
