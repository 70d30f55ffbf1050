//! Random imports, as many as `LINEUP_MODEL_SEEDS` says, or the one of `LINEUP_MODEL_SEED`.

use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use lineup_model::lineups::Lineup;
use lineup_model::operator::{self, Report};
use lineup_model::simulation::Simulation;
use lineup_model::versions;

/// The default number of seeds; `make test` runs 300, `make long` 3,000.
const SEEDS: u64 = 40;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

#[test]
fn whatever_goes_wrong_in_the_end_the_table_is_the_file_and_nothing_is_lost() {
    run_seeds("whatever", seeds(), operator::run);
}

#[test]
fn versions_that_are_imported_at_the_same_time_leave_the_newest_whatever_goes_wrong() {
    // Each has several imports.
    run_seeds("versions", seeds().div_ceil(4), versions::run);
}

/// Which row stays where a key is repeated must not depend on how the file is cut, nor on what loads first.
#[test]
fn a_file_with_a_fifth_of_its_keys_repeated_gives_the_same_table_however_it_is_cut_and_loaded() {
    run_seeds("fifth", seeds().div_ceil(30), |seed| {
        operator::run_in(&Simulation::with(seed, Lineup::with_repeated_keys(400)))
    });
}

/// How many seeds.
fn seeds() -> u64 {
    number("LINEUP_MODEL_SEEDS").unwrap_or(SEEDS)
}

/// Runs this many seeds, or the one that was asked for. `filter` selects the test.
fn run_seeds(filter: &str, seeds: u64, run: fn(u64) -> Report) {
    if let Some(seed) = number("LINEUP_MODEL_SEED") {
        let report = run(seed);
        println!("{}", report.log.join("\n"));
        assert!(report.violations.is_empty(), "{:#?}", report.violations);
        return;
    }
    let (next, failed) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let seed = next.fetch_add(1, Ordering::Relaxed)
                    && seed < seeds
                {
                    failed.lock().unwrap().extend(failure(seed, filter, run));
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} of {seeds} seeds fail:\n{}", failed.len(), failed.join("\n"));
}

/// The violations of a seed, and how to run it again.
fn failure(seed: u64, filter: &str, run: fn(u64) -> Report) -> Option<String> {
    let violations = match catch_unwind(|| run(seed)) {
        Ok(Report { violations, .. }) => violations,
        Err(_) => vec!["it panicked".to_owned()],
    };
    let again =
        format!("LINEUP_MODEL_SEED={seed} cargo test --workspace --test model {filter} -- --nocapture");
    (!violations.is_empty()).then(|| format!("seed {seed}: {}\n  {again}", violations.join("\n  ")))
}
