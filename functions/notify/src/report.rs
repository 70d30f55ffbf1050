//! Composes the message from the state of the execution, without I/O.

use lineup::shown::{NAME, one_line};
use lineup::survey::Warning;
use lineup_aws::map_runs::told;
use lineup_contracts::error::never_loads;
use lineup_contracts::{Caught, FailedChunk, NotifyInput, Outcome, Previous, Reported, Source, Summary};
use lineup_costs::{CostModel, Prices, rounded};
use uuid::Uuid;

use crate::changes::{self, ReplaceCommands};
use crate::commands::{self, LineupCommand};
use crate::message::{Lines, Message, grouped};

/// The most characters of a cause that are shown.
const CAUSE_CHARACTERS: usize = Summary::CAUSE_CHARACTERS;
/// The most characters of a row that is shown.
const ROW_CHARACTERS: usize = 400;

/// The message about an execution, with commands for readers who call the program as `lineup`.
pub fn compose(input: &NotifyInput, lineup: &LineupCommand) -> Message {
    let about = About::of(input, lineup);
    if input.state.hold.as_ref().is_some_and(|hold| hold.superseded) {
        return superseded(&about, None);
    }
    match &input.state.summary {
        Some(Previous::Summary(summary)) if summary.dry_run => read_only(&about, summary),
        Some(Previous::Summary(summary)) => match summary.outcome {
            Outcome::Succeeded | Outcome::Partial => loaded(&about, summary),
            Outcome::Failed => not_loaded(&about, summary),
            Outcome::Superseded => superseded(&about, Some(summary)),
        },
        Some(Previous::Error(caught)) if about.is_unknown() => nothing_asked(&about, caught),
        Some(Previous::Error(caught)) => not_begun(&about, caught),
        None => not_begun(&about, &Caught { error: "Unknown".into(), cause: "no summary was made".into() }),
    }
}

/// The import and the file of an execution.
struct About<'i> {
    input: &'i NotifyInput,
    lineup: &'i LineupCommand,
    import_id: Uuid,
    source: Option<Source>,
}

impl<'i> About<'i> {
    fn of(input: &'i NotifyInput, lineup: &'i LineupCommand) -> Self {
        let state = &input.state;
        let imported = state.import.as_ref().and_then(|import| import.source.clone());
        let uploaded = || state.detail.as_ref().map(|detail| detail.source());
        Self {
            input,
            lineup,
            import_id: state.import_id().unwrap_or_default(),
            source: imported.or_else(uploaded),
        }
    }

    /// Whether the execution's input says neither a file nor an import.
    fn is_unknown(&self) -> bool {
        self.source.is_none() && self.input.state.import_id().is_none()
    }

    /// The file's name without its folders, or the import's id if no file is known.
    fn name(&self) -> String {
        match &self.source {
            Some(source) => one_line(source.key.rsplit('/').next().unwrap_or(&source.key), NAME).into_owned(),
            None => format!("import {}", self.import_id),
        }
    }

    fn replace_commands(&self) -> ReplaceCommands {
        ReplaceCommands::new(self.lineup, self.import_id, &self.input.state_machine_arn)
    }

    fn fields(&self, lines: &mut Lines) {
        lines.gap();
        if let Some(Source { bucket, key, size, .. }) = &self.source {
            lines.field("File", format!("s3://{bucket}/{key} ({} bytes)", grouped(*size)));
        }
        lines.field("Import", self.import_id.to_string());
        lines.field("Execution", &self.input.execution_arn);
    }
}

/// The message for an import whose chunks are all loaded.
fn loaded(about: &About<'_>, summary: &Reported) -> Message {
    let (name, rows) = (about.name(), &summary.rows);
    let rejected_rows = counted(rows.rejected, "row");
    let (subject, text) = match (rows.written, rows.rejected) {
        (0, 1..) => (
            format!("no row of {name} could be read"),
            format!("No row of {name} could be read, so nothing of it is in the table."),
        ),
        (_, 0) if rows.read == 0 => (
            format!("{name} is taken out of the table"),
            format!("{name} has no rows: what its lineup had before is taken out of the table."),
        ),
        (_, 0) => {
            (format!("{name} is imported ({} rows)", grouped(rows.read)), format!("{name} is imported."))
        }
        _ => (format!("{name} is imported, {rejected_rows} rejected"), format!("{name} is imported.")),
    };
    let subject = format!("lineup: {subject}");
    let mut lines = Lines::default();
    lines.text(text);
    about.fields(&mut lines);
    figures(&mut lines, about, summary);
    changes::report(&mut lines, &about.replace_commands(), summary);
    understood(&mut lines, summary);
    rejected(&mut lines, about, summary);
    Message::new(&subject, lines.finish())
}

/// The message for an import that a newer upload took over.
fn superseded(about: &About<'_>, summary: Option<&Reported>) -> Message {
    let name = about.name();
    let mut lines = Lines::default();
    lines.text(format!(
        "{name} was uploaded again before this version was loaded. The newer version takes its place."
    ));
    about.fields(&mut lines);
    if let Some(summary) = summary {
        figures(&mut lines, about, summary);
    }
    lines.gap().text("Nothing is to be done. Rows of this version that the newer one does not have are removed by its import.");
    Message::new(&format!("lineup: {name}: a newer version takes its place"), lines.finish())
}

/// The message for a dry run.
fn read_only(about: &About<'_>, summary: &Reported) -> Message {
    let (name, rows) = (about.name(), &summary.rows);
    let readable = counted(rows.read.saturating_sub(rows.rejected), "row");
    let subject =
        format!("lineup: dry run of {name}: {readable} can be imported, {} rejected", rows.rejected);
    let mut lines = Lines::default();
    lines.text(format!("This was a dry run of {name}: nothing was written."));
    about.fields(&mut lines);
    lines.field(
        "Rows",
        format!(
            "{} read = {} that can be imported + {} that would be rejected",
            grouped(rows.read),
            grouped(rows.read.saturating_sub(rows.rejected)),
            grouped(rows.rejected)
        ),
    );
    changes::report_dry_run(&mut lines, summary);
    understood(&mut lines, summary);
    reject_samples(&mut lines, summary, "would be rejected");
    lines.gap().text("To import the file, upload it again without the metadata dry-run.");
    Message::new(&subject, lines.finish())
}

/// The message for an import with missing chunks.
fn not_loaded(about: &About<'_>, summary: &Reported) -> Message {
    let (name, chunks) = (about.name(), &summary.chunks);
    let (failed, total) = (grouped(chunks.failed.into()), grouped(chunks.total.into()));
    if chunks.failed == 0 {
        return not_removed(about, summary);
    }
    let subject = format!("lineup: {name}: {failed} of {total} chunks not loaded");
    let mut lines = Lines::default();
    lines.text(format!("{failed} of {total} chunks of {name} are not loaded. What is loaded stays loaded."));
    about.fields(&mut lines);
    figures(&mut lines, about, summary);
    failed_chunks(&mut lines, about, summary);
    // What a chunk says that no repeat heals is so for the others too, whatever they say: they are of the same file.
    match summary.failed_chunks.iter().find(|chunk| never_loads(&chunk.error)) {
        Some(chunk) => upload_again(&mut lines, &chunk.error),
        None => reload(&mut lines, about, summary),
    }
    rejected(&mut lines, about, summary);
    Message::new(&subject, lines.finish())
}

/// The message for an import that is loaded, but of which rows of the version before are still in the table.
fn not_removed(about: &About<'_>, summary: &Reported) -> Message {
    let name = about.name();
    let mut lines = Lines::default();
    lines.text(format!("{name} is loaded, but rows that it does not have any more are still in the table."));
    about.fields(&mut lines);
    figures(&mut lines, about, summary);
    changes::report(&mut lines, &about.replace_commands(), summary);
    lines.gap().text("To remove them, once the cause is gone, redrive the execution (within 14 days):");
    redrive(&mut lines, about);
    lines.gap().text("or start a new one, at any time:");
    lines.item(about.lineup.rerun(about.import_id, &[]));
    rejected(&mut lines, about, summary);
    Message::new(&format!("lineup: {name}: rows of the version before are not removed"), lines.finish())
}

/// The message for an execution that failed before it had a summary.
fn not_begun(about: &About<'_>, caught: &Caught) -> Message {
    let name = about.name();
    let mut lines = Lines::default();
    lines.text(format!("{name} could not be imported."));
    lines.gap();
    error_fields(&mut lines, caught);
    about.fields(&mut lines);
    if never_loads(&caught.error) {
        if about.input.state.rerun.is_some() {
            lines.gap().text("The re-run did not begin; what was loaded before stays loaded.");
        } else {
            upload_again(&mut lines, &caught.error);
            lines.text("Nothing of it was loaded.");
        }
    } else {
        lines.gap().text("Once the cause is gone, redrive the execution; it goes on where it stopped:");
        redrive(&mut lines, about);
    }
    Message::new(&format!("lineup: {name} could not be imported: {}", caught.error), lines.finish())
}

/// The message for an execution whose input says nothing that could be imported. A person has started it.
fn nothing_asked(about: &About<'_>, caught: &Caught) -> Message {
    let mut lines = Lines::default();
    lines.text("An execution was started, and its input says nothing that could be imported.");
    lines.gap();
    error_fields(&mut lines, caught);
    lines.gap().field("Execution", &about.input.execution_arn);
    Message::new(&format!("lineup: nothing was imported: {}", caught.error), lines.finish())
}

/// The error and its cause. A cause may be empty.
fn error_fields(lines: &mut Lines, Caught { error, cause }: &Caught) {
    lines.field("Error", error);
    let cause = told(error, cause);
    if !cause.is_empty() {
        lines.field("Cause", one_line(&cause, CAUSE_CHARACTERS));
    }
}

fn upload_again(lines: &mut Lines, error: &str) {
    lines.gap().text(match error {
        "SourceChanged" => {
            "The file is not the one that was uploaded any more. Upload it again to import it as it is now."
        }
        _ => "Correct the file and upload it again.",
    });
}

fn figures(lines: &mut Lines, about: &About<'_>, summary: &Reported) {
    let Reported { rows, chunks, write_units, throttles, milliseconds, .. } = summary;
    lines.field(
        "Rows",
        format!(
            "{} read = {} written + {} rejected + {} replaced by a later row",
            grouped(rows.read),
            grouped(rows.written),
            grouped(rows.rejected),
            grouped(rows.replaced)
        ),
    );
    lines.field(
        "Chunks",
        format!("{} of {} loaded", grouped(chunks.loaded.into()), grouped(chunks.total.into())),
    );
    lines.field("Write units", grouped(write_units.ceil() as u64));
    lines.field("Throttles", grouped(*throttles));
    lines.field("Loading", format!("{:.1} s, added over the chunks", *milliseconds as f64 / 1e3));
    if let Some(cost) = cost(about, summary) {
        lines.field("Cost", cost);
    }
}

/// What the import cost. `None` only if this version's own template or definition cannot be read: then the message goes without it.
fn cost(about: &About<'_>, summary: &Reported) -> Option<String> {
    let bytes = about.source.as_ref().map_or(0, |source| source.size);
    let used = CostModel::of_this_version().ok()?.reported(summary, bytes).ok()?;
    let prices = Prices::list();
    let dollars = rounded(prices.total(&used));
    Some(format!("about {dollars} on AWS, at {} list prices of {}", prices.region(), prices.as_of()))
}

/// How the file was read, and what looks wrong.
fn understood(lines: &mut Lines, summary: &Reported) {
    if !summary.notes.is_empty() {
        lines.gap();
        for note in &summary.notes {
            lines.text(note);
        }
    }
    for Warning { text, first, .. } in &summary.warnings {
        lines.gap().text(format!("Warning: {text}"));
        for row in first {
            lines.item(one_line(row, ROW_CHARACTERS));
        }
    }
}

fn rejected(lines: &mut Lines, about: &About<'_>, summary: &Reported) {
    reject_samples(lines, summary, "rejected");
    if summary.rows.rejected > 0 {
        lines.text("To see all of them with their reasons:").item(about.lineup.rejects(about.import_id));
    }
}

fn reject_samples(lines: &mut Lines, summary: &Reported, what: &str) {
    let rejected = summary.rows.rejected;
    if rejected == 0 {
        return;
    }
    let shown = summary.reject_samples.len() as u64;
    let of = if shown < rejected { format!(", the first {shown}") } else { String::new() };
    lines.gap().text(format!("{} {what}{of}:", counted(rejected, "row")));
    for sample in &summary.reject_samples {
        lines.item(one_line(sample, ROW_CHARACTERS));
    }
}

fn failed_chunks(lines: &mut Lines, about: &About<'_>, summary: &Reported) {
    lines.gap().text("Not loaded:");
    for chunk in &summary.failed_chunks {
        let FailedChunk { chunk, start, end, first_line, error, cause } = chunk;
        let place =
            format!("chunk {chunk} (bytes {start} to {}, from line {first_line})", end.saturating_sub(1));
        let cause = one_line(cause, CAUSE_CHARACTERS);
        let why = if cause.is_empty() { error.clone() } else { format!("{error}: {cause}") };
        lines.item(format!("{place}: {why}"));
    }
    if let Some(more @ 1..) = (summary.chunks.failed as usize).checked_sub(summary.failed_chunks.len()) {
        lines.item(format!("and {}; to see all of them:", counted(more as u64, "more chunk")));
        lines.item(about.lineup.show(about.import_id));
    }
}

/// The commands that load the missing chunks.
fn reload(lines: &mut Lines, about: &About<'_>, summary: &Reported) {
    let known = summary.failed_chunks.len() == summary.chunks.failed as usize;
    let numbers: Vec<u32> = summary.failed_chunks.iter().map(|chunk| chunk.chunk).collect();
    // A re-run without numbers loads all missing chunks.
    let numbers = if known { numbers.as_slice() } else { &[] };
    lines.gap().text(
        "To load only what is missing, once the cause is gone, redrive the execution (within 14 days):",
    );
    redrive(lines, about);
    lines.gap().text("or start a new one, at any time:");
    lines.item(about.lineup.rerun(about.import_id, numbers));
    lines.item(commands::aws_rerun(&about.input.state_machine_arn, about.import_id, numbers));
}

fn redrive(lines: &mut Lines, about: &About<'_>) {
    lines.item(about.lineup.redrive(about.import_id));
    lines.item(commands::aws_redrive(&about.input.execution_arn));
}

fn counted(number: u64, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {noun}{s}", grouped(number))
}

#[cfg(test)]
mod tests;
