//! The chart of docs/costs.md, in the style of docs/performance.svg: what a month costs, and what of it is which service.

use std::fmt::Write;

use crate::document::{GROUPS, VOLUMES, month, shares};
use crate::model::{CostModel, ModelError};
use crate::prices::Prices;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 330.0;
const PANEL: f64 = 270.0;
const TOP: f64 = 46.0;
const BOTTOM: f64 = 250.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 420.0;
/// Without a popularity, and with one.
const LINES: [&str; 2] = ["#334155", "#7c3aed"];
/// One for each of [`GROUPS`].
const FILLS: [&str; GROUPS.len()] = ["#1f6feb", "#c2410c", "#a16207", "#15803d", "#6b7280"];
const BAR: f64 = 32.0;
const STEPS: [(f64, &str); 5] = [(0.1, "$0.10"), (1.0, "$1"), (10.0, "$10"), (0.3, "$0.30"), (3.0, "$3")];

/// The chart, as SVG.
///
/// # Errors
/// As [`CostModel::month`].
pub fn chart(model: &CostModel, prices: &Prices) -> Result<String, ModelError> {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
    );
    dollars_panel(&mut svg, model, prices)?;
    shares_panel(&mut svg, model, prices)?;
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, colour: &str, content: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(
        svg,
        "<text x=\"{x:.0}\" y=\"{y:.0}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{content}</text>"
    );
}

fn line(svg: &mut String, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
    let _ =
        writeln!(svg, "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#ddd\"/>");
}

fn rows(volume: u64) -> String {
    format!("{}k", volume / 1_000)
}

/// Dollars a month over rows a day, both logarithmic.
fn dollars_panel(svg: &mut String, model: &CostModel, prices: &Prices) -> Result<(), ModelError> {
    let across = |volume: u64| LEFT + ((volume as f64).log10() - 3.0) / 2.0 * PANEL;
    let up = |dollars: f64| BOTTOM - (dollars.log10() + 1.0) / 2.0 * (BOTTOM - TOP);
    text(svg, (LEFT + PANEL / 2.0, TOP - 26.0), "middle", "#000", "a month of one file a day, dollars");
    for volume in VOLUMES {
        line(svg, (across(volume), TOP), (across(volume), BOTTOM));
        text(svg, (across(volume), BOTTOM + 18.0), "middle", "#444", &rows(volume));
    }
    for (dollars, label) in STEPS {
        line(svg, (LEFT, up(dollars)), (LEFT + PANEL, up(dollars)));
        text(svg, (LEFT - 6.0, up(dollars) + 4.0), "end", "#444", label);
    }
    for (popularity, colour) in [false, true].into_iter().zip(LINES) {
        let mut points = Vec::new();
        for volume in VOLUMES {
            points.push((volume, prices.total(&month(model, volume, 1, popularity)?)));
        }
        series(svg, &points, colour, popularity, &|(volume, dollars)| (across(volume), up(dollars)));
    }
    text(svg, (LEFT + PANEL / 2.0, BOTTOM + 40.0), "middle", "#444", "rows a day");
    Ok(())
}

/// A line with its points, the dollars beside each, and its name: with a popularity above the line, without below it.
fn series(
    svg: &mut String,
    points: &[(u64, f64)],
    colour: &str,
    popularity: bool,
    at: &dyn Fn((u64, f64)) -> (f64, f64),
) {
    let path: Vec<String> =
        points.iter().map(|point| at(*point)).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
        path.join(" ")
    );
    for point in points {
        let (x, y) = at(*point);
        let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
        let beside = if popularity { (x - 6.0, y - 8.0, "end") } else { (x + 6.0, y + 16.0, "start") };
        text(svg, (beside.0, beside.1), beside.2, colour, &format!("${:.2}", point.1));
    }
    let (name, y) =
        if popularity { ("with a popularity", TOP + 14.0) } else { ("without a popularity", TOP + 30.0) };
    text(svg, (LEFT + 8.0, y), "start", colour, name);
}

/// The share of each service, as a bar for each month.
fn shares_panel(svg: &mut String, model: &CostModel, prices: &Prices) -> Result<(), ModelError> {
    let up = |share: f64| BOTTOM - share * (BOTTOM - TOP);
    text(svg, (RIGHT + 160.0, TOP - 26.0), "middle", "#000", "what of it is which service");
    for percent in [0.0, 50.0, 100.0] {
        line(svg, (RIGHT, up(percent / 100.0)), (RIGHT + 320.0, up(percent / 100.0)));
        text(svg, (RIGHT - 6.0, up(percent / 100.0) + 4.0), "end", "#444", &format!("{percent} %"));
    }
    let mut bars = Vec::new();
    for volume in VOLUMES {
        bars.push((volume, 1, false, rows(volume)));
        bars.push((volume, 1, true, format!("{}, pop.", rows(volume))));
    }
    bars.push((100_000, 1_000, false, "1,000 files".to_owned()));
    for (place, (volume, files, popularity, label)) in bars.into_iter().enumerate() {
        let x = RIGHT + 8.0 + place as f64 * 45.0;
        let shares = shares(&month(model, volume, files, popularity)?, prices);
        bar(svg, x, &shares, &up);
        let low = if place % 2 == 0 { 16.0 } else { 30.0 };
        text(svg, (x + BAR / 2.0, BOTTOM + low), "middle", "#444", &label);
    }
    for (place, ((name, _), fill)) in GROUPS.into_iter().zip(FILLS).enumerate() {
        let (x, y) = (RIGHT - 30.0 + (place % 3) as f64 * 120.0, BOTTOM + 46.0 + (place / 3) as f64 * 18.0);
        let _ = writeln!(svg, "<rect x=\"{x:.0}\" y=\"{y:.0}\" width=\"10\" height=\"10\" fill=\"{fill}\"/>");
        text(svg, (x + 15.0, y + 9.0), "start", "#444", name);
    }
    Ok(())
}

fn bar(svg: &mut String, x: f64, shares: &[f64], up: &dyn Fn(f64) -> f64) {
    let mut below = 0.0;
    for (share, fill) in shares.iter().zip(FILLS) {
        let (top, height) = (up(below + share), up(below) - up(below + share));
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{BAR}\" height=\"{height:.1}\" fill=\"{fill}\"/>"
        );
        below += share;
    }
}
