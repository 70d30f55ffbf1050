//! The charts of docs/scale.md, in the style of docs/costs.svg.

mod axes;

use axes::{Axes, Scale, Sheet};
use lineup_costs::ModelError;

use crate::amount::{duration, short, whole};
use crate::assumptions::{
    CHILD_STARTS, LAMBDA_QUOTA, NEW_TABLE_UNITS, PREFIX_GETS, SHARDS, TABLE_QUOTA, TRANSITIONS,
};
use crate::document::{CONCURRENCIES, VOLUMES, WARM, sorted};
use crate::forecast::{ImportForecast, forecast};
use crate::setting::{FileOrder, ImportSetting};
use crate::simulate::{TRANSITIONS_A_CHUNK, load};
use crate::throughput::shards_of_new_index;

/// One for each of [`CONCURRENCIES`].
const COLOURS: [&str; CONCURRENCIES.len()] = ["#94a3b8", "#1f6feb", "#a16207", "#c2410c"];
const GREEN: &str = "#15803d";
const VIOLET: &str = "#7c3aed";
const DARK: &str = "#334155";

/// The name of each chart, with its SVG.
///
/// # Errors
/// As [`forecast`].
pub fn charts() -> Result<Vec<(&'static str, String)>, ModelError> {
    Ok(vec![("scale-size.svg", size()?), ("scale-order.svg", order()?), ("scale-wall.svg", wall()?)])
}

/// Time and dollars over rows, for each `MaxConcurrency`.
fn size() -> Result<String, ModelError> {
    let mut sheet = Sheet::new(360.0);
    let rows = Scale::log(1e4, 1e9);
    let times = Axes::new(78.0, rows, Scale::log(1.0, 1e5));
    let ticks = VOLUMES.map(|volume| (volume as f64, short(volume as f64)));
    let seconds = [
        (1.0, "1 s"),
        (10.0, "10 s"),
        (60.0, "1 min"),
        (600.0, "10 min"),
        (3_600.0, "1 h"),
        (36_000.0, "10 h"),
    ];
    times.draw(
        &mut sheet,
        "an import of so many rows takes",
        &ticks,
        &seconds.map(|(at, name)| (at, name.to_owned())),
    );
    let costs = Axes::new(470.0, Scale::log(1e5, 1e9), Scale::linear(1.0, 1.8));
    let dollars = [1.0, 1.2, 1.4, 1.6, 1.8].map(|at| (at, format!("${at:.2}")));
    costs.draw(&mut sheet, "and costs, for a million of them", &ticks[1..], &dollars);
    for (place, (max_concurrency, colour)) in CONCURRENCIES.into_iter().zip(COLOURS).enumerate() {
        let imports =
            over_volumes(&|volume| ImportSetting { max_concurrency, ..ImportSetting::new(volume) })?;
        // Lines that lie on each other are all seen.
        let width = 8.0 - 2.0 * place as f64;
        times.line(&mut sheet, &points(&imports, ImportForecast::seconds), colour, width, false);
        costs.line(&mut sheet, &points(&imports[1..], dollars_a_million), colour, 2.0, false);
        let name =
            if max_concurrency == 1 { "MaxConcurrency 1".to_owned() } else { whole(max_concurrency as f64) };
        sheet.key([78.0, 230.0, 280.0, 340.0][place], 328.0, colour, &name);
    }
    let warm = over_volumes(&|volume| ImportSetting::new(volume).warmed(WARM))?;
    times.line(&mut sheet, &points(&warm, ImportForecast::seconds), GREEN, 2.0, true);
    sheet.key(400.0, 328.0, GREEN, "10, table and indexes warmed to 40,000 units");
    Ok(sheet.done())
}

fn over_volumes(setting: &dyn Fn(u64) -> ImportSetting) -> Result<Vec<(f64, ImportForecast)>, ModelError> {
    VOLUMES.into_iter().map(|volume| Ok((volume as f64, forecast(&setting(volume))?))).collect()
}

fn points(imports: &[(f64, ImportForecast)], figure: impl Fn(&ImportForecast) -> f64) -> Vec<(f64, f64)> {
    imports.iter().map(|(rows, import)| (*rows, figure(import))).collect()
}

fn dollars_a_million(import: &ImportForecast) -> f64 {
    import.dollars / import.load.rows_written * 1e6
}

/// Time over the order of the file, and what spreading rows inside a chunk would gain.
fn order() -> Result<String, ModelError> {
    let mut sheet = Sheet::new(360.0);
    order_bars(&mut sheet)?;
    let rows = Axes::new(470.0, Scale::log(10.0, 1e5), Scale::linear(0.0, 40_000.0));
    let sets = [10.0, 24.0, 100.0, 1e3, 1e4, 1e5].map(|at| (at, short(at)));
    let rates = [0.0, 10_000.0, 20_000.0, 30_000.0, 40_000.0].map(|at| (at, short(at)));
    rows.draw(&mut sheet, "rows a second, warmed, by sets of a stage-day", &sets, &rates);
    for (place, (max_concurrency, colour)) in
        [(1, COLOURS[0]), (10, COLOURS[1]), (100, COLOURS[2])].into_iter().enumerate()
    {
        for spread in [false, true] {
            let mut line = Vec::new();
            for sets in [10.0, 24.0, 50.0, 100.0, 200.0, 500.0, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5] {
                let run = load(&sorted(sets, max_concurrency, spread))?;
                line.push((sets, run.rows_written / run.seconds));
            }
            rows.line(&mut sheet, &line, colour, 2.0, spread);
        }
        let name =
            if max_concurrency == 1 { "MaxConcurrency 1".to_owned() } else { whole(max_concurrency as f64) };
        sheet.key([470.0, 610.0, 660.0][place], 328.0, colour, &name);
    }
    sheet.text((470.0, 350.0), "start", "#444", "dashed: each chunk in a random order");
    Ok(sheet.done())
}

/// Bars: how often as long as in the fastest order.
fn order_bars(sheet: &mut Sheet) -> Result<(), ModelError> {
    let axes = Axes::new(130.0, Scale::linear(0.0, 2.0), Scale::linear(0.0, 1.0));
    let times = [0.0, 0.5, 1.0, 1.5, 2.0].map(|at| (at, format!("{at}×")));
    axes.draw(sheet, "time by the order of the file, warmed", &times, &[]);
    let volumes = [1_000_000, 100_000_000, 1_000_000_000];
    for (group, volume) in volumes.into_iter().enumerate() {
        let warmed = |order| load(&ImportSetting { order, ..ImportSetting::new(volume).warmed(WARM) });
        let mut seconds = Vec::new();
        for order in FileOrder::ALL {
            seconds.push(warmed(order)?.seconds);
        }
        let fastest = seconds.iter().copied().fold(f64::INFINITY, f64::min);
        for (place, (order, seconds)) in FileOrder::ALL.into_iter().zip(seconds).enumerate() {
            let y = 54.0 + group as f64 * 74.0 + place as f64 * 16.0;
            axes.bar(sheet, y, seconds / fastest, COLOURS[group + 1], &duration(seconds));
            sheet.text((124.0, y + 10.0), "end", "#444", order.name());
        }
        sheet.key(
            [130.0, 210.0, 300.0][group],
            328.0,
            COLOURS[group + 1],
            &format!("{} rows", short(volume as f64)),
        );
    }
    Ok(())
}

/// What each limit allows, and the rows a second of a large import.
fn wall() -> Result<String, ModelError> {
    let mut sheet = Sheet::new(400.0);
    limits(&mut sheet)?;
    let axes =
        Axes { width: 210.0, ..Axes::new(530.0, Scale::linear(0.0, 2.0), Scale::linear(0.0, 40_000.0)) };
    let hours = [0.0, 0.5, 1.0, 1.5, 2.0].map(|at| (at, format!("{at} h")));
    let rates = [0.0, 10_000.0, 20_000.0, 30_000.0, 40_000.0].map(|at| (at, short(at)));
    axes.draw(&mut sheet, "rows a second of 100 million rows", &hours, &rates);
    let new = ImportSetting::new(100_000_000);
    let popular = ImportSetting { popularity: true, ..new };
    let lines = [
        ("new table", new, DARK, 4.0, false),
        ("with a popularity", popular, VIOLET, 2.0, false),
        ("warmed", new.warmed(WARM), GREEN, 4.0, true),
        ("with a popularity, warmed", popular.warmed(WARM), VIOLET, 2.0, true),
    ];
    for (place, (name, setting, colour, width, dashed)) in lines.into_iter().enumerate() {
        axes.line(&mut sheet, &steps(&load(&setting)?), colour, width, dashed);
        sheet.line_key(530.0, 310.0 + place as f64 * 18.0, colour, name, dashed);
    }
    Ok(sheet.done())
}

/// The corners of a line that stays level until the rate changes; hours, and rows a second.
fn steps(run: &crate::simulate::LoadRun) -> Vec<(f64, f64)> {
    let mut corners = Vec::new();
    for (at, rate) in &run.rates {
        if let Some((_, before)) = corners.last().copied() {
            corners.push((at / 3_600.0, before));
        }
        corners.push((at / 3_600.0, *rate));
    }
    let last = run.rates.last().map_or(0.0, |(_, rate)| *rate);
    corners.push((run.seconds / 3_600.0, last));
    corners
}

fn limits(sheet: &mut Sheet) -> Result<(), ModelError> {
    let axes = Axes {
        width: 230.0,
        bottom: 340.0,
        ..Axes::new(200.0, Scale::log(1e3, 1e9), Scale::linear(0.0, 1.0))
    };
    let ticks = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9].map(|at| (at, short(at)));
    axes.draw(sheet, "rows a second that each limit allows", &ticks, &[]);
    let rows_a_chunk = ImportSetting::new(1_000_000_000).shape()?.rows_a_chunk;
    let tiny =
        ImportSetting { chunk_bytes: 16 << 10, ..ImportSetting::new(10_000_000) }.shape()?.rows_a_chunk;
    let function = ImportSetting::rows_a_function();
    let fullest = shards_of_new_index().into_iter().max().unwrap_or(1) as f64;
    let bars = [
        ("16 shards, new index", 1_000.0 * SHARDS as f64 / fullest, VIOLET),
        ("table and each index, new", NEW_TABLE_UNITS, DARK),
        ("16 shards, a partition each", 1_000.0 * SHARDS as f64, VIOLET),
        ("chunks of 16 KiB started", CHILD_STARTS * tiny, "#a16207"),
        ("table and each index, quota", TABLE_QUOTA, DARK),
        ("one load", function, "#1f6feb"),
        ("10 loads, a new account", 10.0 * function, "#1f6feb"),
        ("chunks of 8 MiB started", CHILD_STARTS * rows_a_chunk, "#a16207"),
        ("1,000 loads, Lambda's quota", LAMBDA_QUOTA * function, "#1f6feb"),
        ("transitions, 8 MiB", TRANSITIONS / TRANSITIONS_A_CHUNK * rows_a_chunk, "#a16207"),
        ("GETs of a prefix, 8 MiB", PREFIX_GETS / 2.0 * rows_a_chunk, "#a16207"),
    ];
    for (place, (name, rows, colour)) in bars.into_iter().enumerate() {
        let y = 52.0 + place as f64 * 26.0;
        axes.bar(sheet, y, rows, colour, &short(rows_rounded(rows)));
        sheet.text((194.0, y + 10.0), "end", "#444", name);
    }
    Ok(())
}

/// To two digits.
fn rows_rounded(rows: f64) -> f64 {
    let unit = 10f64.powf(rows.log10().floor() - 1.0);
    (rows / unit).round() * unit
}
