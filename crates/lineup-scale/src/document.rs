//! The tables of docs/scale.md. A test writes and compares them.

use lineup_contracts::options::{MAX_CHUNK_BYTES, MAX_CHUNKS, MIN_CHUNK_BYTES};
use lineup_costs::{ModelError, Prices, UsageType, rounded};

use crate::amount::{duration, percent, short, whole};
use crate::assumptions::{self, Assumption, NEW_ACCOUNT_QUOTA};
use crate::forecast::{ImportForecast, forecast};
use crate::paper;
use crate::setting::{FileOrder, ImportSetting};

/// The sizes of files.
pub(crate) const VOLUMES: [u64; 6] = [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];
/// The values of `MaxConcurrency`.
pub(crate) const CONCURRENCIES: [u64; 4] = [1, 10, 100, 1_000];
/// The most that `WarmWriteUnits` may be.
pub(crate) const WARM: f64 = 40_000.0;
/// Sets of a stage-day, for rows that are spread.
const SETS: [f64; 5] = [24.0, 100.0, 1_000.0, 10_000.0, 100_000.0];

/// The name of each generated part of docs/scale.md, with its text.
///
/// # Errors
/// As [`forecast`].
pub fn tables() -> Result<Vec<(&'static str, String)>, ModelError> {
    Ok(vec![
        ("assumptions of the table", assumed(assumptions::of_table())),
        ("assumptions of the others", assumed(assumptions::of_others())),
        ("time", over_concurrency(&|import| duration(import.seconds()))?),
        ("cost", over_concurrency(&|import| rounded(import.dollars))?),
        ("parts", parts()?),
        ("walls", walls()?),
        ("warm", warm()?),
        ("chunks", chunks()?),
        ("orders", orders()?),
        ("spread", spread()?),
        ("unknown", unknown()?),
        ("paper", table(3, &["what", "comes to", "how"], paper::rows()?.into_iter().map(Vec::from))),
    ])
}

/// A table; the columns behind the first `left` are numbers.
pub(crate) fn table(left: usize, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let rule = |column| if column < left { "---" } else { "---:" };
    let rules: Vec<String> = (0..head.len()).map(|column| rule(column).to_owned()).collect();
    let rows: String = rows.into_iter().map(|row| line(&row)).collect();
    format!("{}{}{rows}", line(&head), line(&rules))
}

fn assumed(all: Vec<Assumption>) -> String {
    let row = |Assumption { what, value, taken, source: (title, page) }: Assumption| {
        vec![what.to_owned(), value.to_owned(), taken.to_owned(), format!("[{title}]({page})")]
    };
    table(4, &["what", "AWS says", "the simulation takes", "page"], all.into_iter().map(row))
}

fn over_concurrency(figure: &dyn Fn(&ImportForecast) -> String) -> Result<String, ModelError> {
    let mut rows = Vec::new();
    for volume in VOLUMES {
        let mut row = vec![whole(volume as f64)];
        for max_concurrency in CONCURRENCIES {
            row.push(figure(&forecast(&ImportSetting { max_concurrency, ..ImportSetting::new(volume) })?));
        }
        let warm = ImportSetting::new(volume).warmed(WARM);
        row.push(figure(&forecast(&warm)?));
        rows.push(row);
    }
    Ok(table(0, &["rows", "`MaxConcurrency` 1", "10", "100", "1,000", "10, warmed to 40,000"], rows))
}

/// What a whole import is made of.
fn parts() -> Result<String, ModelError> {
    let mut rows = Vec::new();
    for volume in VOLUMES {
        let import = forecast(&ImportSetting::new(volume))?;
        let survey = if import.survey > 0.0 { duration(import.survey) } else { "in split".to_owned() };
        rows.push(vec![
            whole(volume as f64),
            whole(import.chunks as f64),
            duration(import.split),
            survey,
            duration(import.load.seconds),
            duration(import.summarize),
            rounded(import.write_dollars),
            rounded(import.function_dollars),
            rounded(import.transition_dollars),
        ]);
    }
    let head =
        ["rows", "chunks", "split", "survey", "load", "summarize", "write units", "functions", "transitions"];
    Ok(table(0, &head, rows))
}

/// The settings whose wall is told.
fn walled() -> Vec<(&'static str, ImportSetting)> {
    let new = ImportSetting::new(10_000_000);
    let warm = new.warmed(WARM);
    let popular = |setting: ImportSetting| ImportSetting { popularity: true, ..setting };
    let large = ImportSetting::new(1_000_000_000);
    let tiny = ImportSetting { chunk_bytes: MIN_CHUNK_BYTES, ..warm };
    vec![
        ("10 million rows, a new table", new),
        ("… with a popularity", popular(new)),
        ("… one function at a time", ImportSetting { max_concurrency: 1, ..new }),
        ("10 million rows, warmed to 40,000", warm),
        ("… with a popularity", popular(warm)),
        ("… one function at a time", ImportSetting { max_concurrency: 1, ..warm }),
        ("… by performer", ImportSetting { order: FileOrder::Performer, ..warm }),
        ("… chunks of 16 KiB", tiny),
        ("… and 100 at a time", ImportSetting { max_concurrency: 100, ..tiny }),
        (
            "… and 1,000 wanted in a new account",
            ImportSetting { max_concurrency: 1_000, lambda_quota: NEW_ACCOUNT_QUOTA, ..tiny },
        ),
        (
            "… with a quota of 400,000, warmed to that, 100 at a time",
            ImportSetting { quota_units: 400_000.0, max_concurrency: 100, ..new.warmed(400_000.0) },
        ),
        ("1 billion rows, a new table", large),
        ("… with a popularity", popular(large)),
        ("… random", ImportSetting { order: FileOrder::Random, ..large }),
        ("1 billion rows, warmed to 40,000", large.warmed(WARM)),
    ]
}

fn walls() -> Result<String, ModelError> {
    let mut rows = Vec::new();
    for (name, setting) in walled() {
        let import = forecast(&setting)?;
        let load = &import.load;
        let mut limits: Vec<_> =
            load.held_up.iter().filter(|(_, seconds)| **seconds >= load.seconds * 0.02).collect();
        limits.sort_by(|one, other| other.1.total_cmp(one.1));
        let limits = limits
            .into_iter()
            .map(|(limit, seconds)| format!("{} {:.0} %", limit.name(), seconds / load.seconds * 100.0));
        rows.push(vec![
            name.to_owned(),
            limits.collect::<Vec<_>>().join(", "),
            duration(load.seconds),
            whole(setting.rows as f64 / load.seconds),
            whole(load.peak),
        ]);
    }
    Ok(table(2, &["the load of", "held up by", "takes", "rows a second", "at most"], rows))
}

fn warm() -> Result<String, ModelError> {
    let mut rows = Vec::new();
    for volume in &VOLUMES[2..] {
        for popularity in [false, true] {
            let new = ImportSetting { popularity, ..ImportSetting::new(*volume) };
            let mut row = vec![
                whole(*volume as f64),
                if popularity { "with a popularity" } else { "without" }.to_owned(),
            ];
            for units in [4_000.0, 8_000.0, 16_000.0, WARM] {
                row.push(duration(forecast(&new.warmed(units))?.seconds()));
            }
            rows.push(row);
        }
    }
    Ok(table(2, &["rows", "", "new", "warmed to 8,000", "16,000", "40,000"], rows))
}

fn chunks() -> Result<String, ModelError> {
    let mut rows = Vec::new();
    for chunk_bytes in [MIN_CHUNK_BYTES, 128 << 10, 1 << 20, 8 << 20, MAX_CHUNK_BYTES] {
        let setting = ImportSetting { chunk_bytes, ..ImportSetting::new(10_000_000) };
        let mut row = vec![format!("{} KiB", whole((chunk_bytes >> 10) as f64))];
        let new = forecast(&setting)?;
        row.extend([whole(new.chunks as f64), duration(new.seconds())]);
        for max_concurrency in [10, 100] {
            let warm = ImportSetting { max_concurrency, ..setting.warmed(WARM) };
            row.push(duration(forecast(&warm)?.seconds()));
        }
        row.extend([new.dollars, new.transition_dollars].map(rounded));
        let most = (MAX_CHUNKS as u64 * chunk_bytes) as f64;
        row.push(format!("{} GB", whole(most / 1e9)));
        rows.push(row);
    }
    let head = [
        "chunk",
        "chunks",
        "new table",
        "warmed, 10 at a time",
        "warmed, 100",
        "cost",
        "of it transitions",
        "largest file",
    ];
    Ok(table(0, &head, rows))
}

fn orders() -> Result<String, ModelError> {
    let mut rows = Vec::new();
    for order in FileOrder::ALL {
        for volume in &VOLUMES[3..] {
            let new = ImportSetting { order, ..ImportSetting::new(*volume) };
            let (cold, warm) = (forecast(&new)?, forecast(&new.warmed(WARM))?);
            rows.push(vec![
                order.name().to_owned(),
                short(*volume as f64),
                duration(cold.load.seconds),
                duration(warm.load.seconds),
                warm.load.wall().name().to_owned(),
                whole(warm.load.read_units),
                rounded(Prices::list().dollars(UsageType::ReadUnits, warm.load.read_units)),
            ]);
        }
    }
    Ok(table(
        1,
        &[
            "order",
            "rows",
            "new table",
            "warmed",
            "held up by, warmed",
            "read units of the calendar",
            "dollars of these",
        ],
        rows,
    ))
}

/// A load with rows of this many sets a stage-day, at a warmed table.
pub(crate) fn sorted(sets_a_stage_day: f64, max_concurrency: u64, spread: bool) -> ImportSetting {
    let setting = ImportSetting::new(10_000_000).warmed(WARM);
    ImportSetting { sets_a_stage_day, max_concurrency, spread, order: FileOrder::Stage, ..setting }
}

fn spread() -> Result<String, ModelError> {
    let mut rows = Vec::new();
    for sets in SETS {
        let mut row = vec![whole(sets)];
        for max_concurrency in [1, 10, 100] {
            let seconds =
                |spread| Ok::<_, ModelError>(forecast(&sorted(sets, max_concurrency, spread))?.load.seconds);
            let (in_order, spread) = (seconds(false)?, seconds(true)?);
            row.extend([duration(in_order), duration(spread), percent(in_order / spread - 1.0)]);
        }
        rows.push(row);
    }
    let head = [
        "sets of a stage on a day",
        "1 at a time",
        "spread",
        "gain",
        "10",
        "spread",
        "gain",
        "100",
        "spread",
        "gain",
    ];
    Ok(table(0, &head, rows))
}

/// What the answers would be if what AWS does not publish were otherwise.
fn unknown() -> Result<String, ModelError> {
    let large = ImportSetting::new(100_000_000);
    let popular = ImportSetting { popularity: true, ..large };
    let cases = [
        ("as assumed", large, popular),
        (
            "growth within 15 minutes",
            ImportSetting { growth_seconds: 900.0, ..large },
            ImportSetting { growth_seconds: 900.0, ..popular },
        ),
        (
            "a hot partition is split after 120 s",
            ImportSetting { heat_seconds: 120.0, ..large },
            ImportSetting { heat_seconds: 120.0, ..popular },
        ),
        (
            "a hot partition is split after 1,800 s",
            ImportSetting { heat_seconds: 1_800.0, ..large },
            ImportSetting { heat_seconds: 1_800.0, ..popular },
        ),
    ];
    let mut rows = Vec::new();
    for (name, plain, popular) in cases {
        let mut row = vec![name.to_owned()];
        for setting in [plain, popular, plain.warmed(WARM), popular.warmed(WARM)] {
            row.push(duration(forecast(&setting)?.load.seconds));
        }
        rows.push(row);
    }
    let head = ["100 million rows", "new table", "with a popularity", "warmed", "warmed, with a popularity"];
    Ok(table(1, &head, rows))
}
