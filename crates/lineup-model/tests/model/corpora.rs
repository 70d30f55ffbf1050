//! Every fuzz target on its corpus, as it is and with random changes.

use std::panic::catch_unwind;

use lineup_model::fuzz::{FuzzTarget, TARGETS, corpus, mutated};

/// The default number of random changes of each input; `LINEUP_FUZZ_MUTANTS` overrides it.
const MUTANTS: usize = 100;

#[test]
fn every_input_of_the_corpora_is_answered_and_so_are_random_changes_of_it() {
    let mutants = std::env::var("LINEUP_FUZZ_MUTANTS").map_or(MUTANTS, |number| number.parse().unwrap());
    for (name, target) in TARGETS {
        let inputs = corpus(name);
        assert!(!inputs.is_empty(), "{name} has no corpus");
        let mut rng = fastrand::Rng::with_seed(7);
        for (path, input) in &inputs {
            run(name, target, input, &path.display().to_string());
            for _ in 0..mutants {
                let other = &inputs[rng.usize(..inputs.len())].1;
                run(name, target, &mutated(&mut rng, input, other), "a changed input");
            }
        }
    }
}

fn run(name: &str, target: FuzzTarget, input: &[u8], what: &str) {
    let survived = catch_unwind(|| target(input)).is_ok();
    assert!(survived, "{name} fails on {what}; add it to the corpus: {:?}", String::from_utf8_lossy(input));
}
