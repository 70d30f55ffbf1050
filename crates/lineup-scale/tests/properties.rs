//! What holds for every import that is simulated.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use lineup_scale::{FileOrder, ImportSetting, load};
use proptest::prelude::*;

/// Ten times the default quotas, all of it warm from the first second to the last.
fn with_plenty(setting: ImportSetting) -> ImportSetting {
    let plenty =
        ImportSetting { quota_units: 400_000.0, lambda_quota: 10_000.0, ..setting.warmed(400_000.0) };
    ImportSetting { growth_seconds: f64::INFINITY, heat_seconds: f64::INFINITY, ..plenty }
}

fn settings() -> impl Strategy<Value = ImportSetting> {
    let order = prop::sample::select(FileOrder::ALL.to_vec());
    let sets = prop::sample::select(vec![1.0, 24.0, 500.0, 20_000.0]);
    let warm = prop::sample::select(vec![1_000.0, 4_000.0, 4_500.0, 12_000.0]);
    (1u64..30_000_000, any::<bool>(), order, sets, 14u32..24, 1u64..2_000, warm, any::<bool>()).prop_map(
        |(rows, popularity, order, sets_a_stage_day, chunk, max_concurrency, warm_units, spread)| {
            ImportSetting {
                popularity,
                order,
                sets_a_stage_day,
                chunk_bytes: 1 << chunk,
                max_concurrency,
                warm_units,
                spread,
                ..ImportSetting::new(rows)
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn every_row_is_written_once_and_the_time_is_that_of_the_limits(setting in settings()) {
        let run = load(&setting).unwrap();
        prop_assert!((run.rows_written - setting.rows as f64).abs() < 1e-9 * setting.rows as f64);
        let held_up: f64 = run.held_up.values().sum();
        prop_assert!((held_up - run.seconds).abs() < 1e-6 * run.seconds);
        prop_assert!(run.peak * run.seconds >= run.rows_written * 0.999);
        prop_assert!(run.function_seconds <= run.seconds * setting.max_concurrency as f64 * (1.0 + 1e-9));
        prop_assert_eq!(load(&setting).unwrap(), run);
    }

    #[test]
    fn more_at_a_time_is_never_slower_where_the_table_stays_as_it_is(setting in settings(), more in 1u64..2_000) {
        let fewer = with_plenty(setting);
        let more = ImportSetting { max_concurrency: fewer.max_concurrency + more, ..fewer };
        // The last chunks are shared by the functions of the step in which they begin, and steps are of ten seconds later on.
        prop_assert!(load(&more).unwrap().seconds <= load(&fewer).unwrap().seconds * (1.0 + 1e-6) + 10.0);
    }

    #[test]
    fn twice_the_warm_throughput_is_never_slower(setting in settings()) {
        let twice = setting.warmed(2.0 * setting.warm_units);
        let (once, twice) = (load(&setting).unwrap().seconds, load(&twice).unwrap().seconds);
        // The sixteen keys of `ByPopularity` may lie worse in twice as many partitions: 5 % at most in 1,500 settings.
        let allowed = if setting.popularity { 0.1 } else { 1e-6 };
        // Steps are of ten seconds later on.
        prop_assert!(twice <= once * (1.0 + allowed) + 10.0, "{once} {twice}");
    }

    #[test]
    fn a_higher_quota_is_never_slower(setting in settings()) {
        let higher = ImportSetting { quota_units: 2.0 * setting.quota_units, ..setting };
        prop_assert!(load(&higher).unwrap().seconds <= load(&setting).unwrap().seconds * (1.0 + 1e-6) + 10.0);
    }

    #[test]
    fn a_popularity_and_more_rows_are_never_faster(setting in settings(), more in 1u64..30_000_000) {
        let plain = ImportSetting { popularity: false, ..setting };
        let popular = ImportSetting { popularity: true, ..setting };
        // The rows of the second are longer: its chunks are more.
        let (plain, popular) = (load(&plain).unwrap().seconds, load(&popular).unwrap().seconds);
        prop_assert!(popular >= plain * 0.97, "{plain} {popular}");
        let longer = ImportSetting { rows: setting.rows + more, ..setting };
        prop_assert!(load(&longer).unwrap().seconds >= load(&setting).unwrap().seconds * 0.99);
    }

    #[test]
    fn no_load_is_faster_than_its_quotas_allow(setting in settings()) {
        let run = load(&setting).unwrap();
        prop_assert!(run.peak <= setting.quota_units * (1.0 + 1e-9));
        prop_assert!(run.invocations >= 1.0 && run.function_seconds > 0.0);
    }
}
