//! Random changes of an input, for the test that runs without libFuzzer.

use crate::random::choice;

/// The input with one to four changes: bytes that are flipped, dropped, doubled, or taken from another input.
pub fn mutated(rng: &mut fastrand::Rng, input: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..rng.usize(1..=4) {
        let at = rng.usize(..=bytes.len());
        let end = (at + rng.usize(1..=8)).min(bytes.len());
        match rng.u8(..5) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.u8(..8),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            3 if !other.is_empty() => {
                let from = rng.usize(..other.len());
                let to = (from + rng.usize(1..=16)).min(other.len());
                drop(bytes.splice(at..end, other[from..to].iter().copied()));
            }
            // Bytes that are common in files and JSON.
            _ => bytes.insert(at, *choice(rng, b"\",\n\r;|\t{}[]:0129-. \xff")),
        }
    }
    bytes
}
