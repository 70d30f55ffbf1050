//! Short names made of a hash.

use uuid::Uuid;

/// The namespace of all hashes here: a constant that was drawn once. Another one would change every UID.
const NAMESPACE: Uuid = Uuid::from_u128(0x5d0f_1a52_6c1e_4f7e_9b43_7a8e_2d91_c6f0);

/// Base 32 of RFC 4648 in lower case: safe in addresses, in file names, and where case is not told apart.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The letters of a hash: 80 bits.
pub(crate) const LETTERS: usize = 16;

/// A hash of these parts as 16 letters. Parts are told apart: `["ab", "c"]` and `["a", "bc"]` differ.
pub(crate) fn hash(parts: &[&str]) -> String {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    let hash = Uuid::new_v5(&NAMESPACE, &bytes).into_bytes();
    // A UUID has its version in byte 6 and its variant in byte 8: these bits are the same in all.
    let mut bits =
        hash[..6].iter().chain(&hash[9..13]).fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    let mut letters = [0; LETTERS];
    for letter in letters.iter_mut().rev() {
        *letter = ALPHABET[(bits % 32) as usize];
        bits /= 32;
    }
    letters.iter().map(|letter| char::from(*letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calendars that people subscribed to know sets by these letters.
    #[test]
    fn a_hash_never_changes() {
        assert_eq!(hash(&["lineup", "Björk", "2025-07-12", "1"]), "e3s6b7zz2yt6ajzp");
    }

    #[test]
    fn parts_are_told_apart() {
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_ne!(hash(&["a"]), hash(&["a", ""]));
    }
}
