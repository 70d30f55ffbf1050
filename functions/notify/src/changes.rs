//! What the message says of the version before.

use lineup_contracts::{Reported, VersionChanges};
use lineup_versions::{DoubleBooking, KeptBecause};

use crate::message::{Lines, grouped};

/// Adds how the file differs from the version before, if there is one.
pub(crate) fn report(lines: &mut Lines, summary: &Reported) {
    let Some(changes) = &summary.changes else { return };
    if let Some(before) = changes.before.filter(|_| changes.not_compared.is_empty()) {
        lines.field("Changes", changes.differences.to_string());
        lines.field("Compared", format!("with import {before}, the version before"));
    }
    gone(lines, changes);
    kept(lines, changes);
    double_bookings(lines, changes);
}

/// The performers that are not in the file any more.
fn gone(lines: &mut Lines, changes: &VersionChanges) {
    let gone = &changes.differences.gone;
    if gone.count == 0 {
        return;
    }
    let more = gone.count.saturating_sub(gone.first.len() as u64);
    let and_more = if more > 0 { format!(" and {} more", grouped(more)) } else { String::new() };
    lines.gap().text(format!("Not in this file any more: {}{and_more}.", gone.first.join(", ")));
}

/// Why rows of the version before are still in the table, and what can be done.
fn kept(lines: &mut Lines, changes: &VersionChanges) {
    if let Some(because) = &changes.kept {
        lines.gap().text(format!("Nothing of the version before was removed: {because}."));
        if *because != KeptBecause::Never && because.yields_to_always() {
            lines.text("If this file is the whole lineup, import it again and say so; what it does not have is removed then:");
            lines.item(
                "lineup import FILE --replace always    (or upload it with the metadata replace=always)",
            );
            lines.text("If it only adds to the lineup:");
            lines.item("lineup import FILE --replace never     (or the metadata replace=never)");
        } else if *because != KeptBecause::Never {
            lines.text(
                "Correct the rejected rows and import the file again: then what it does not have is removed.",
            );
        }
    }
    if changes.spared > 0 {
        lines.gap().text(format!(
            "{} that the file does not have stayed in the table, because a row of the same performer was rejected.",
            sets(changes.spared)
        ));
    }
    if !changes.not_compared.is_empty() {
        lines.gap().text(
            "The file could not be compared with an earlier version: that one is too old or too large to have a list of \
             its keys. What only the earlier version has is still in the table.",
        );
    }
}

/// Performers that are on two stages at once.
fn double_bookings(lines: &mut Lines, changes: &VersionChanges) {
    let found = &changes.differences.double_bookings;
    if found.count == 0 {
        return;
    }
    let noun = if found.count == 1 { "set starts" } else { "sets start" };
    lines.gap().text(format!(
        "Warning: {} {noun} while the performer is still on at another stage:",
        grouped(found.count)
    ));
    for DoubleBooking { performer, on, starts } in &found.first {
        lines.item(format!("{performer}: {} and {}", spaced(on), spaced(starts)));
    }
}

/// A sort key as people read it: `2025-07-12 20:00 Main Stage`.
fn spaced(performance: &str) -> String {
    performance.splitn(3, '#').collect::<Vec<_>>().join(" ")
}

fn sets(number: u64) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} set{s}", grouped(number))
}
