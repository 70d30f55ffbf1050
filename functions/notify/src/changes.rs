//! What the message says of the version before.

use lineup_contracts::{Reported, VersionChanges};
use lineup_versions::KeptBecause;
use uuid::Uuid;

use crate::commands::{self, LineupCommand};
use crate::message::{Lines, grouped};

/// The ways on where nothing was removed.
pub(crate) struct ReplaceCommands {
    /// Removes what was kept.
    replace: String,
    /// As `replace`, with the aws command.
    aws_replace: String,
    /// Imports a file that only adds.
    add: String,
}

impl ReplaceCommands {
    /// For an import.
    pub(crate) fn new(lineup: &LineupCommand, import_id: Uuid, state_machine_arn: &str) -> Self {
        Self {
            replace: lineup.replace(import_id),
            aws_replace: commands::aws_replace(state_machine_arn, import_id),
            add: format!(
                "{lineup} import FILE --replace never     (or upload it with the metadata replace=never)"
            ),
        }
    }
}

/// Adds how the file differs from the version before, if there is one.
pub(crate) fn report(lines: &mut Lines, commands: &ReplaceCommands, summary: &Reported) {
    let Some(changes) = &summary.changes else { return };
    compared(lines, "Changes", changes);
    gone(lines, changes);
    if let Some(because) = &changes.kept {
        lines.gap().text(format!("Nothing of the version before was removed: {because}."));
        ways_on(lines, commands, because);
    }
    left(lines, changes);
}

/// Adds what an import of the file would change, if there is a version before.
pub(crate) fn report_dry_run(lines: &mut Lines, summary: &Reported) {
    let Some(changes) = &summary.changes else { return };
    compared(lines, "Would be", changes);
    gone(lines, changes);
    if let Some(because) = &changes.kept {
        lines.gap().text(format!("Nothing of the version before would be removed: {because}."));
    }
    if changes.spared > 0 {
        lines.gap().text(format!(
            "{} that the file does not have would stay in the table, because a row of the same performer would be rejected.",
            sets(changes.spared)
        ));
    }
    if !changes.not_compared.is_empty() {
        lines.gap().text(NOT_COMPARED);
    }
}

fn compared(lines: &mut Lines, name: &str, changes: &VersionChanges) {
    if let Some(before) = changes.before.filter(|_| changes.not_compared.is_empty()) {
        lines.field(name, changes.differences.to_string());
        lines.field("Compared", format!("with import {before}, the version before"));
    }
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

/// What a planner can do where nothing was removed.
fn ways_on(lines: &mut Lines, commands: &ReplaceCommands, because: &KeptBecause) {
    if *because == KeptBecause::Never {
        return;
    }
    if !because.yields_to_always() {
        lines.text(
            "Correct the rejected rows and import the file again: then what it does not have is removed.",
        );
        return;
    }
    lines.text("If this file is the whole lineup, remove what it does not have; nothing is loaded again:");
    lines.item(&commands.replace);
    lines.item(&commands.aws_replace);
    lines.text("If it is a part, say of the next one that it only adds to the lineup:");
    lines.item(&commands.add);
}

const NOT_COMPARED: &str = "The file could not be compared with an earlier version: that one is too old or too large to have a \
    list of its keys.";

/// Which rows of earlier versions are still in the table, besides those that the guard kept.
fn left(lines: &mut Lines, changes: &VersionChanges) {
    if changes.spared > 0 {
        lines.gap().text(format!(
            "{} that the file does not have stayed in the table, because a row of the same performer was rejected.",
            sets(changes.spared)
        ));
    }
    if !changes.not_compared.is_empty() {
        lines.gap().text(format!("{NOT_COMPARED} What only the earlier version has is still in the table."));
    }
}

fn sets(number: u64) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} set{s}", grouped(number))
}
