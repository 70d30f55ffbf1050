//! Numbers and keys as bytes.

use std::cmp::Ordering;

use crate::entry::ItemKey;
use crate::error::RunError;

/// What is left of some bytes. Each method takes from the front, and fails where too little is left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByteCursor<'b>(pub(crate) &'b [u8]);

impl<'b> ByteCursor<'b> {
    pub(crate) fn take(&mut self, bytes: usize) -> Result<&'b [u8], RunError> {
        let (taken, rest) =
            self.0.split_at_checked(bytes).ok_or(RunError::Damaged("a part of it is too short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], RunError> {
        let (taken, rest) =
            self.0.split_first_chunk().ok_or(RunError::Damaged("a part of it is too short"))?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, RunError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, RunError> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn u128(&mut self) -> Result<u128, RunError> {
        self.array().map(u128::from_le_bytes)
    }

    /// A number of as many bytes as `width`, at most eight.
    pub(crate) fn number(&mut self, width: usize) -> Result<u64, RunError> {
        let bytes = self.take(width)?;
        Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A number of seven bits a byte.
    pub(crate) fn varint(&mut self) -> Result<u64, RunError> {
        let mut number = 0u64;
        for shift in (0..u64::BITS).step_by(7) {
            let [byte] = self.array()?;
            let bits = u64::from(byte & 0x7f);
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return if number >> shift == bits { Ok(number) } else { Err(TOO_LARGE) };
            }
        }
        Err(TOO_LARGE)
    }

    /// A number of seven bits a byte that `N` can hold.
    pub(crate) fn small<N: TryFrom<u64>>(&mut self) -> Result<N, RunError> {
        self.varint()?.try_into().map_err(|_| TOO_LARGE)
    }

    /// Overwrites `key`, which is the one before, with the next, and says how that compares with it.
    pub(crate) fn key(&mut self, key: &mut ItemKey) -> Result<Ordering, RunError> {
        let performer = self.name(&mut key.performer)?;
        let performance = self.name(&mut key.performance)?;
        Ok(performer.then(performance))
    }

    fn name(&mut self, name: &mut String) -> Result<Ordering, RunError> {
        let kept: usize = self.small()?;
        let more = self.small()?;
        let more = str::from_utf8(self.take(more)?).map_err(|_| RunError::Damaged("a key is not UTF-8"))?;
        let Some(other) = name.get(kept..) else {
            return Err(RunError::Damaged("a key repeats more than the one before has"));
        };
        let order = more.cmp(other);
        name.truncate(kept);
        name.push_str(more);
        Ok(order)
    }
}

const TOO_LARGE: RunError = RunError::Damaged("a number in it is too large");

pub(crate) fn push_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Appends `key`, and makes it the one before.
pub(crate) fn push_key(bytes: &mut Vec<u8>, before: &mut ItemKey, key: &ItemKey) {
    push_name(bytes, &mut before.performer, &key.performer);
    push_name(bytes, &mut before.performance, &key.performance);
}

fn push_name(bytes: &mut Vec<u8>, before: &mut String, name: &str) {
    let same = before.bytes().zip(name.bytes()).take_while(|(one, other)| one == other).count();
    let kept = name.floor_char_boundary(same);
    let more = &name[kept..];
    push_varint(bytes, kept as u64);
    push_varint(bytes, more.len() as u64);
    bytes.extend_from_slice(more.as_bytes());
    before.truncate(kept);
    before.push_str(more);
}

/// How many bytes a number needs.
pub(crate) fn width(number: u64) -> usize {
    (8 - number.leading_zeros() as usize / 8).min(8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_reads_back(number in any::<u64>(), small in 0u64..300) {
            for number in [number, small, u64::MAX] {
                let mut bytes = Vec::new();
                push_varint(&mut bytes, number);
                let mut rest = ByteCursor(&bytes);
                prop_assert_eq!(rest.varint().unwrap(), number);
                prop_assert!(rest.0.is_empty());
            }
        }

        #[test]
        fn keys_read_back(keys in proptest::collection::vec(("[aäé]{0,4}", "[aäé#]{0,4}"), 0..20)) {
            let keys: Vec<ItemKey> = keys.into_iter().map(|(one, other)| ItemKey::new(one, other)).collect();
            let (mut bytes, mut before) = (Vec::new(), ItemKey::default());
            keys.iter().for_each(|key| push_key(&mut bytes, &mut before, key));
            let (mut rest, mut key) = (ByteCursor(&bytes), ItemKey::default());
            for expected in &keys {
                let order = expected.cmp(&key);
                prop_assert_eq!(rest.key(&mut key).unwrap(), order);
                prop_assert_eq!(&key, expected);
            }
            prop_assert!(rest.0.is_empty());
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let (mut rest, mut key) = (ByteCursor(&bytes), ItemKey::new("äöü", "a"));
            while rest.key(&mut key).is_ok() {
                prop_assert!(key.performer.len() + key.performance.len() < 80);
            }
            let mut rest = ByteCursor(&bytes);
            while let Ok(number) = rest.varint() {
                prop_assert!(rest.0.len() < bytes.len(), "{number} took no byte");
            }
        }
    }

    #[test]
    fn a_width_is_the_bytes_of_the_number() {
        let cases = [(0, 0), (1, 1), (255, 1), (256, 2), (0xff_ffff, 3), (0x100_0000, 4), (u64::MAX, 8)];
        for (number, bytes) in cases {
            assert_eq!(width(number), bytes, "{number}");
        }
    }
}
