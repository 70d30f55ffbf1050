//! A map for very many keys that keeps only their hashes.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// A hash of 128 bits of a pair of texts: its SipHash value, and the value with one more byte appended.
///
/// The odds that two of 900,000 keys have one hash are 1 in 10^27. With 64 bits they
/// would be 1 in 46 million, too much for counts that must be exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyHash([u32; 4]);

impl KeyHash {
    pub(crate) fn of((one, other): (&str, &str)) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write_usize(one.len());
        hasher.write(one.as_bytes());
        hasher.write(other.as_bytes());
        let low = hasher.finish();
        hasher.write_u8(1);
        let high = hasher.finish();
        Self([low as u32, (low >> 32) as u32, high as u32, (high >> 32) as u32])
    }

    fn part(self) -> usize {
        self.0[0] as usize % PARTS
    }
}

/// The map's hasher gets bits of the hash, as they are.
impl Hash for KeyHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [_, _, low, high] = self.0;
        state.write_u64(u64::from(high) << 32 | u64::from(low));
    }
}

/// A hasher that passes on the hash of a [`KeyHash`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// A hash table doubles when it is full, and needs both sizes meanwhile: 33 MB for a
/// million keys. So the map has parts, which grow one at a time.
const PARTS: usize = 16;

/// A map from [`KeyHash`]es. A key takes one place, of 17 bytes and those of `V`. Between
/// half and seven eighths of the places are taken.
#[derive(Debug)]
pub(crate) struct KeyMap<V> {
    parts: [HashMap<KeyHash, V, BuildHasherDefault<AsItIs>>; PARTS],
    len: usize,
}

impl<V> Default for KeyMap<V> {
    fn default() -> Self {
        Self { parts: std::array::from_fn(|_| HashMap::default()), len: 0 }
    }
}

impl<V> KeyMap<V> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn get(&self, key: KeyHash) -> Option<&V> {
        self.parts[key.part()].get(&key)
    }

    /// Returns whether the key is new.
    pub(crate) fn insert(&mut self, key: KeyHash, value: V) -> bool {
        let new = self.parts[key.part()].insert(key, value).is_none();
        self.len += usize::from(new);
        new
    }

    /// Forgets all keys, and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.parts.iter_mut().for_each(HashMap::clear);
        self.len = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_differ_only_in_where_they_are_cut_have_different_hashes() {
        assert_ne!(KeyHash::of(("ab", "c")), KeyHash::of(("a", "bc")));
    }

    #[test]
    fn it_holds_what_was_inserted_last() {
        let key = |n: u32| KeyHash::of(("key", &n.to_string()));
        let mut map = KeyMap::default();
        assert!((0..10_000).all(|n| map.insert(key(n), n)));
        assert!((0..10_000).all(|n| !map.insert(key(n), n + 1)));
        assert!((0..10_000).all(|n| map.get(key(n)) == Some(&(n + 1))));
        assert_eq!((map.len(), map.get(key(10_000))), (10_000, None));
        map.clear();
        assert_eq!((map.len(), map.get(key(0))), (0, None));
    }
}
