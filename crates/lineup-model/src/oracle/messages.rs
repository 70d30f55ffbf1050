//! Every statement of a message must be true, and no required statement may be missing.

use std::collections::BTreeSet;

use crate::expected::{Counts, Expected};
use crate::message::SentMessage;
use crate::observations::{InvocationEnd, Notification, PublishAnswer, Subject};
use crate::simulation::{KEY, Simulation, UPLOADS};

/// How many failed chunks a message names.
const CHUNKS_NAMED: usize = 20;
/// How many rejected rows a message shows.
const REJECTS_SHOWN: usize = 5;

/// Checks the invocations of `notify` from number `first` on. Each sends one message, unless a fault
/// explains none or several, and each message is true. Returns the number of the next invocation.
pub fn messages(simulation: &Simulation, first: usize) -> usize {
    let notifications = simulation.observe(|seen| seen.notifications().to_vec());
    for notification in &notifications[first..] {
        count(simulation, notification);
        for publication in &notification.publications {
            text(simulation, notification, &publication.message);
        }
    }
    let seen: usize = notifications.iter().map(|notification| notification.publications.len()).sum();
    let published = simulation.aws.published.lock().unwrap().len();
    simulation.check(seen == published, || format!("{published} messages, of which {seen} are notify's"));
    notifications.len()
}

/// Checks the number of messages. Those whose answer a fault removed do not count, because they may be
/// repeated.
fn count(simulation: &Simulation, notification: &Notification) {
    let Notification { execution, run, publications, end, .. } = notification;
    let count = |answer| publications.iter().filter(|publication| publication.answer == answer).count();
    let (received, pending) = (count(PublishAnswer::Received), count(PublishAnswer::Pending));
    let right = match end {
        InvocationEnd::Returned => (received, pending) == (1, 0),
        // The function was killed, or timed out, while it waited for the answer.
        InvocationEnd::Failed => received == 0 && pending <= 1,
        InvocationEnd::AnswerLost | InvocationEnd::Abandoned => received + pending <= 1,
    };
    simulation.check(right, || {
        format!("notify sends {received} messages in run {run} of {execution}, {pending} unanswered, and is {end:?}")
    });
}

/// A message under test.
struct Checked<'s> {
    simulation: &'s Simulation,
    message: &'s SentMessage,
}

impl Checked<'_> {
    fn field(&self, name: &str, expected: Option<&str>) {
        let found = self.message.field(name);
        self.simulation.check(found == expected, || {
            format!("{name} is {found:?} and not {expected:?}: {:?}", self.message)
        });
    }

    fn subject(&self, expected: &str) {
        let SentMessage { subject, .. } = self.message;
        self.simulation.check(subject == expected, || format!("{subject:?} is not {expected:?}"));
    }

    /// Checks that a line begins with a text if and only if it is `expected`.
    fn line(&self, begin: &str, expected: bool) {
        let found = self.message.body.lines().any(|line| line.trim_start().starts_with(begin));
        self.simulation.check(found == expected, || {
            format!("a line {begin:?} is {} there: {:?}", if found { "" } else { "not" }, self.message)
        });
    }
}

fn text(simulation: &Simulation, notification: &Notification, message: &SentMessage) {
    let checked = Checked { simulation, message };
    checked.field("Execution", Some(&notification.execution));
    checked.field("Import", Some(&simulation.import_id.to_string()));
    match &notification.about {
        Some(Subject::Summary { loaded }) if *loaded == simulation.expected.numbers() => {
            is_imported(&checked, loaded);
        }
        Some(Subject::Summary { loaded }) => not_loaded(&checked, loaded),
        Some(Subject::Error { function, error }) => not_begun(&checked, function, error),
        None => simulation.violation(format!("nothing happened of which this could tell: {message:?}")),
    }
}

fn file_field(simulation: &Simulation) -> String {
    format!("s3://{UPLOADS}/{KEY} ({} bytes)", grouped(simulation.lineup.bytes.len()))
}

/// The message of a loaded import has the counts of the whole file.
fn is_imported(checked: &Checked<'_>, all: &BTreeSet<u32>) {
    let expected = &checked.simulation.expected;
    let Counts { read, written, rejected, .. } = expected.counts(all);
    checked.subject(&match rejected {
        0 => format!("lineup: lineup.csv is imported ({read} rows)"),
        _ if written == 0 => "lineup: no row of lineup.csv could be read".to_owned(),
        _ => format!("lineup: lineup.csv is imported, {} rejected", counted(rejected, "row")),
    });
    figures(checked, all);
    checked.line("Not loaded:", false);
    checked.line("lineup redrive ", false);
    checked.line("lineup rerun ", false);
}

/// The message of an import with missing chunks names each, and how to load them.
fn not_loaded(checked: &Checked<'_>, loaded: &BTreeSet<u32>) {
    let Checked { simulation, message } = checked;
    let chunks = &simulation.expected.chunks;
    let missing: Vec<_> = chunks.iter().filter(|chunk| !loaded.contains(&chunk.chunk)).collect();
    checked.subject(&format!("lineup: lineup.csv: {} of {} chunks not loaded", missing.len(), chunks.len()));
    figures(checked, loaded);
    let named: Vec<_> = missing.iter().take(CHUNKS_NAMED).map(|chunk| chunk.chunk).collect();
    let told = (named.clone(), missing.len() - named.len());
    simulation.check(message.chunks() == told, || format!("{told:?} are missing, not {message:?}"));
    for chunk in missing.iter().take(CHUNKS_NAMED) {
        let (number, last) = (chunk.chunk, chunk.end - 1);
        let place =
            format!("chunk {number} (bytes {} to {last}, from line {}): ", chunk.start, chunk.first_line);
        checked.line(&place, true);
    }
    let rerun = if named.len() == missing.len() { &named[..] } else { &[] };
    simulation
        .check(message.rerun().as_deref() == Some(rerun), || format!("re-runs not {missing:?}: {message:?}"));
    checked.line(&format!("lineup redrive {}", simulation.import_id), true);
}

/// The message of a run that failed before its summary.
fn not_begun(checked: &Checked<'_>, function: &str, error: &str) {
    let simulation = checked.simulation;
    // If `recover` failed for a re-run, the file is not known yet.
    let knows_file = function != "recover";
    let file = file_field(simulation);
    let name = if knows_file { "lineup.csv".to_owned() } else { format!("import {}", simulation.import_id) };
    checked.subject(&format!("lineup: {name} could not be imported: {error}"));
    checked.field("Error", Some(error));
    checked.field("File", knows_file.then_some(&*file));
    checked.field("Rows", None);
    let never_loads = ["InvalidInput", "SourceChanged"].contains(&error);
    checked.line(&format!("lineup redrive {}", simulation.import_id), !never_loads);
}

fn figures(checked: &Checked<'_>, loaded: &BTreeSet<u32>) {
    let simulation = checked.simulation;
    let (expected, all) = (&simulation.expected, simulation.expected.chunks.len());
    let Counts { read, written, rejected, replaced } = expected.counts(loaded);
    let rows =
        format!("{read} read = {written} written + {rejected} rejected + {replaced} replaced by a later row");
    checked.field("Rows", Some(&rows));
    checked.field("Chunks", Some(&format!("{} of {all} loaded", loaded.len())));
    checked.field("File", Some(&file_field(simulation)));
    let samples = reject_samples(expected, loaded);
    let first =
        if samples.len() < rejected { format!(", the first {}", samples.len()) } else { String::new() };
    checked.line(&format!("{} rejected{first}:", counted(rejected, "row")), rejected > 0);
    samples.iter().for_each(|sample| checked.line(sample, true));
    checked.line(&format!("lineup rejects {}", simulation.import_id), rejected > 0);
}

/// The first rejected rows of these chunks, in the form of messages.
pub(super) fn reject_samples(expected: &Expected, chunks: &BTreeSet<u32>) -> Vec<String> {
    let sample = |(row, rejected): (&crate::lineups::Row, &crate::lineups::Rejected)| {
        let line = format!("line {}, ", row.line);
        let column = match (&*rejected.column, &*rejected.value) {
            ("", _) => String::new(),
            (column, "") => format!("{column}: "),
            (column, value) => format!("{column} \"{value}\": "),
        };
        format!("{line}{column}{}", rejected.reason)
    };
    expected.rejects(chunks).take(REJECTS_SHOWN).map(sample).collect()
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// `3,315`, the form of numbers in messages.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let from_end = |(index, digit): (usize, char)| {
        let left = digits.len() - index;
        if index > 0 && left.is_multiple_of(3) { format!(",{digit}") } else { digit.to_string() }
    };
    digits.chars().enumerate().map(from_end).collect()
}
