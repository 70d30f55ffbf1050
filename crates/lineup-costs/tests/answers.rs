//! What users rely on in the answers of `lineup cost`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use lineup_costs::{CostModel, CostQuestion, CostReport, ImportFile, LineupKind, Prices, SampleLineup};
use proptest::prelude::*;

/// The list prices, each so many times.
fn prices(times: f64) -> Prices {
    let mut json: serde_json::Value = serde_json::from_str(include_str!("../prices.json")).unwrap();
    for price in json["prices"].as_object_mut().unwrap().values_mut() {
        price["dollars"] = (price["dollars"].as_f64().unwrap() * times).into();
    }
    Prices::parse(&json.to_string()).unwrap()
}

fn answer(prices: &Prices, rows: u64, files_per_day: u64, kind: LineupKind) -> CostReport {
    let question = CostQuestion { rows_per_day: vec![rows], files_per_day, kind };
    CostReport::answer(&CostModel::of_this_version().unwrap(), prices, &question).unwrap()
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(other.abs())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]
    #[test]
    fn lines_add_up_and_twice_the_prices_are_twice_the_sum(
        rows in 1u64..2_000_000, files in 1u64..1_000, popularity: bool,
    ) {
        let files = files.min(rows);
        let kind = || LineupKind::Sample { popularity };
        let (once, twice) = (answer(&prices(1.0), rows, files, kind()), answer(&prices(2.0), rows, files, kind()));
        let volume = &once.volumes[0];
        let sum: f64 = volume.lines.iter().map(|line| line.dollars).sum();
        prop_assert!(near(sum, volume.variable_per_month));
        prop_assert!(volume.lines.iter().all(|line| line.quantity > 0.0 && line.dollars >= 0.0));
        prop_assert!(near(2.0 * volume.variable_per_month, twice.volumes[0].variable_per_month));
        prop_assert!(near(2.0 * once.fixed_per_month, twice.fixed_per_month));
    }

    #[test]
    fn the_text_is_at_most_80_columns_wide(rows in 1u64..1_000_000_000_000, popularity: bool) {
        let file = ImportFile::sample(SampleLineup::new(rows.min(10_000_000), popularity)).unwrap();
        for kind in [LineupKind::Sample { popularity }, LineupKind::Like(Box::new(file))] {
            let text = answer(&prices(1.0), rows, 1, kind).text();
            for line in text.lines() {
                prop_assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }
}

/// The contract of the JSON.
#[test]
fn the_json_has_these_fields() {
    let report = answer(&prices(1.0), 1_000, 1, LineupKind::Sample { popularity: false });
    let json = serde_json::to_value(&report).unwrap();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&json), ["fixed_per_month", "prices_as_of", "volumes"]);
    assert_eq!(keys(&json["volumes"][0]), ["lines", "rows_per_day", "variable_per_month"]);
    assert_eq!(keys(&json["volumes"][0]["lines"][0]), ["dollars", "quantity", "service", "usage_type"]);
    assert!(json["volumes"][0]["lines"][0]["dollars"].is_f64());
    assert_eq!(json["prices_as_of"], prices(1.0).as_of());
}

/// What the answer for a file adds, and that rows like its own are counted.
#[test]
fn a_file_is_answered_with_its_import_and_months_of_rows_like_its_own() {
    let file = ImportFile::sample(SampleLineup::new(500, true)).unwrap();
    let report = answer(&prices(1.0), 500, 1, LineupKind::Like(Box::new(file)));
    let import = report.import.as_ref().unwrap();
    let sum: f64 = import.lines.iter().map(|line| line.dollars).sum();
    assert_eq!((import.rows, import.chunks), (500, 1));
    assert!(near(sum, import.dollars) && near(30.0 * import.dollars, report.volumes[0].variable_per_month));
    assert!(report.text().contains("This import, 500 rows in 1 chunk: $"), "{}", report.text());
}
