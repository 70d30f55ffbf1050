//! Random decisions, determined by the seed.

use std::collections::HashMap;
use std::sync::Mutex;

/// Random numbers, determined by the seed, the kind of decision, and the number of earlier decisions
/// of that kind. So an additional decision of one kind changes none of another.
#[derive(Debug)]
pub struct Random {
    seed: u64,
    decided: Mutex<HashMap<String, u64>>,
}

impl Random {
    /// The decisions of this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, decided: Mutex::default() }
    }

    /// The generator for the next decision of this kind.
    pub fn of(&self, kind: &str) -> fastrand::Rng {
        let mut decided = self.decided.lock().unwrap();
        let count = decided.entry(kind.to_owned()).or_default();
        *count += 1;
        let bytes = kind.bytes().chain(count.to_le_bytes()).chain(self.seed.to_le_bytes());
        // FNV-1a; the generator mixes it further.
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        fastrand::Rng::with_seed(hash)
    }
}

/// True with this probability, from 0 to 1.
pub fn chance(rng: &mut fastrand::Rng, probability: f64) -> bool {
    rng.f64() < probability
}

/// One of these, each with the same probability.
pub fn choice<'t, T>(rng: &mut fastrand::Rng, of: &'t [T]) -> &'t T {
    &of[rng.usize(..of.len())]
}
