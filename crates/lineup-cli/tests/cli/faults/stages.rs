//! Tests one fault at a time, at every request that a stage sends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lineup_contracts::error::ErrorName;
use lineup_testing::{Fault, Gate};

use super::stage::{Import, Stage, sdk};

/// A request: the beginning of its operation, a later part of it, and its number among such requests.
type Request = (&'static str, &'static str, usize);

const SPLIT: [Request; 10] = [
    ("PUT", "claim.json", 1),
    ("GET", "manifest.json", 1),
    ("HEAD", "a.csv", 1),
    ("GET", "a.csv", 1),
    ("PUT", "chunks.jsonl", 1),
    ("PUT", "rejected-performers.json", 1),
    ("PUT", ".run", 1),
    ("PUT", "manifest.json", 1),
    ("GET", "lineup.json", 1),
    ("PUT", "lineup.json", 1),
];
const CONVERT: [Request; 5] = [
    ("GET", "converted.json", 1),
    ("HEAD", "a.csv", 1),
    ("GET", "a.csv", 1),
    ("PUT", "converted.csv", 1),
    ("PUT", "converted.json", 1),
];
/// The first chunk's.
const SURVEY: [Request; 6] = [
    ("GET", "survey.json", 1),
    ("GET", "a.csv", 1),
    ("PUT", "surveys/1/00001.replaced", 1),
    ("PUT", "surveys/1/00001.run", 1),
    ("PUT", "surveys/1/00001.rejected", 1),
    ("PUT", "surveys/1/00001.json", 1),
];
const DECIDE: [Request; 10] = [
    ("PUT", "claim.json", 1),
    ("GET", "claim.json", 1),
    ("GET", "manifest.json", 1),
    ("HEAD", "a.csv", 1),
    ("GET", "survey.json", 1),
    ("LIST", "surveys/1/", 1),
    ("GET", "surveys/1/00002.json", 1),
    ("GET", "surveys/1/00002.run", 1),
    ("GET", "surveys/1/00002.rejected", 1),
    ("PUT", "manifest.json", 1),
];
const SELECT_CHUNKS: [Request; 4] = [
    ("GET", "manifest.json", 1),
    ("GET", "chunks.jsonl", 1),
    ("DELETE", "results/", 1),
    ("PUT", "retry-1.jsonl", 1),
];
const AWAIT_REDRIVE: [Request; 4] = [
    ("GET", "manifest.json", 1),
    ("GET", "chunks.jsonl", 1),
    ("LIST", "results/", 1),
    ("PUT", "retry-1.jsonl", 1),
];
/// The first two batches are those of the calendar.
const LOAD: [Request; 9] = [
    ("GET", "manifest.json", 1),
    ("GET", "lineup.json", 1),
    ("GET", "a.csv", 1),
    ("Query", "", 1),
    ("BatchWriteItem", "", 1),
    ("BatchWriteItem", "", 2),
    ("BatchWriteItem", "", 3),
    ("PUT", "rejects/", 1),
    ("PUT", "results/", 1),
];
const HOLD: [Request; 9] = [
    ("GET", "manifest.json", 1),
    ("GET", "lineup.json", 1),
    ("GET", "changes.json", 1),
    ("HEAD", ".run", 1),
    ("HEAD", ".run", 2),
    ("GET", ".run", 2),
    ("GET", "rejected-performers.json", 1),
    ("PUT", "obsolete.run", 1),
    ("PUT", "changes.json", 1),
];
const REMOVE: [Request; 10] = [
    ("GET", "manifest.json", 1),
    ("GET", "lineup.json", 1),
    ("GET", "changes.json", 1),
    ("GET", "removed.json", 1),
    ("LIST", "results/", 1),
    ("HEAD", "obsolete.run", 1),
    ("GET", "obsolete.run", 1),
    ("BatchWriteItem", "", 1),
    ("DeleteItem", "", 1),
    ("PUT", "removed.json", 1),
];
const SUMMARIZE: [Request; 11] = [
    ("GET", "manifest.json", 1),
    ("LIST", "results/", 1),
    ("GET", "results/", 1),
    ("GET", "chunks.jsonl", 1),
    ("LIST", "map-runs", 1),
    ("GET", "FAILED_0.json", 1),
    ("GET", "rejects/", 1),
    ("GET", "changes.json", 1),
    ("GET", "lineup.json", 1),
    ("PUT", "lineup.json", 1),
    ("PUT", "summary.json", 1),
];
const NOTIFY: [Request; 1] = [("Publish", "", 1)];

/// How often the request fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Times {
    Once,
    Always,
}
use Times::{Always, Once};

/// The stage's reaction to the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The stage succeeds.
    Absorbed,
    /// The stage fails with this error name.
    Fails(ErrorName),
}
use Outcome::{Absorbed, Fails};

fn requests(stage: Stage) -> &'static [Request] {
    match stage {
        Stage::Split => &SPLIT,
        Stage::Convert => &CONVERT,
        Stage::Survey => &SURVEY,
        Stage::Decide => &DECIDE,
        Stage::SelectChunks => &SELECT_CHUNKS,
        Stage::AwaitRedrive => &AWAIT_REDRIVE,
        Stage::Hold => &HOLD,
        Stage::Load => &LOAD,
        Stage::Remove => &REMOVE,
        Stage::Summarize => &SUMMARIZE,
        Stage::Notify => &NOTIFY,
    }
}

/// Makes `request` fail in `stage`, and then runs the import to its end.
async fn wrong(
    mut import: Import,
    stage: Stage,
    request: Request,
    times: Times,
    fault: Fault,
    expected: Outcome,
) {
    let case = format!("{stage:?} {request:?} {times:?} {fault:?}");
    match (times, &fault) {
        // Otherwise it would retry until the time of the invocation is over.
        (Always, Fault::Throttled | Fault::WritesOnly(0)) => import.time = Duration::from_millis(300),
        (Always, Fault::Held(_)) => import.shorten_timeouts(),
        _ => {}
    }
    let struck = order(&import, request, times, fault);
    let called = import.call(stage).await;
    assert!(struck.load(Ordering::Relaxed) > 0, "{case}: there was no such request");
    import.assert_promise();
    import.aws.heal();
    import.restore_timeouts();
    match (expected, called) {
        (Absorbed, Ok(())) => {}
        (Fails(name), Err((actual, _))) if name == actual => import.call(stage).await.unwrap(),
        (_, called) => panic!("{case}: expected {expected:?}, came to {called:?}"),
    }
    import.complete(stage).await;
}

/// Orders the fault. Returns the counter of the requests that it hit.
fn order(import: &Import, (begin, part, which): Request, times: Times, fault: Fault) -> Arc<AtomicUsize> {
    let struck = Arc::new(AtomicUsize::new(0));
    let (count, mut seen) = (Arc::clone(&struck), 0);
    import.aws.fail(move |operation| {
        seen += usize::from(operation.starts_with(begin) && operation.contains(part));
        let strikes = operation.starts_with(begin)
            && operation.contains(part)
            && if times == Once { seen == which } else { seen >= which };
        strikes.then(|| {
            count.fetch_add(1, Ordering::Relaxed);
            fault.clone()
        })
    });
    struck
}

/// Tests the fault at each request of the stage for which `at` gives a reaction.
async fn each(stages: &[Stage], times: Times, fault: Fault, at: impl Fn(Request) -> Option<Outcome>) {
    let (sdk, mut cells) = (sdk().await, 0);
    for &stage in stages {
        for &request in requests(stage) {
            if let Some(expected) = at(request) {
                // A gate stays open: each request has its own.
                let fault =
                    if let Fault::Held(_) = fault { Fault::Held(Gate::default()) } else { fault.clone() };
                if let (Fault::Held(gate), Once) = (&fault, times) {
                    tokio::spawn(open(gate.clone()));
                }
                let import = Import::before(stage, &sdk).await;
                wrong(import, stage, request, times, fault, expected).await;
                cells += 1;
            }
        }
    }
    assert!(cells > 0, "no request of {stages:?} was meant");
}

async fn open(gate: Gate) {
    gate.reached().await;
    gate.open();
}

/// Makes a test of each line: its name, the stages, how often, the fault, and the expected reaction.
macro_rules! faults {
    ($($name:ident: $stages:expr, $times:expr, $fault:expr => $at:expr;)*) => {
        $(#[tokio::test]
        async fn $name() {
            each(&$stages, $times, $fault, $at).await;
        })*
    };
}

fn every(outcome: Outcome) -> impl Fn(Request) -> Option<Outcome> {
    move |_| Some(outcome)
}

/// The reaction for requests that read the source.
fn of_the_source(outcome: Outcome) -> impl Fn(Request) -> Option<Outcome> {
    move |(_, part, _)| (part == "a.csv").then_some(outcome)
}

/// The reaction for requests that write batches.
fn of_batches(outcome: Outcome) -> impl Fn(Request) -> Option<Outcome> {
    move |(begin, ..)| (begin == "BatchWriteItem").then_some(outcome)
}

/// The reaction for answers with a body, where the manifest does not exist yet. A source is read on from the byte
/// where it broke; others are requested again.
fn of_bodies((begin, part, _): Request) -> Option<Outcome> {
    match (begin, part) {
        ("GET", "a.csv") => Some(Absorbed),
        // The object does not exist yet when it is requested.
        ("GET", "manifest.json" | "converted.json" | "changes.json" | "removed.json") => None,
        ("GET", ".run" | "obsolete.run") => Some(Absorbed),
        ("GET", _) => Some(Fails(ErrorName::Unavailable)),
        _ => None,
    }
}

/// Of a file that has a version before.
const VERSIONS: [Stage; 2] = [Stage::Hold, Stage::Remove];
/// As [`of_bodies`], of the first import of a lineup, which has no document yet.
fn of_bodies_of_first((begin, part, number): Request) -> Option<Outcome> {
    if part == "lineup.json" { None } else { of_bodies((begin, part, number)) }
}

const RECOVER: [Stage; 2] = [Stage::SelectChunks, Stage::AwaitRedrive];

faults! {
    split_throttled_for_a_moment: [Stage::Split], Once, Fault::Throttled => every(Absorbed);
    split_throttled_for_good: [Stage::Split], Always, Fault::Throttled => every(Fails(ErrorName::Throttled));
    split_internal_error_for_a_moment: [Stage::Split], Once, Fault::InternalError => every(Absorbed);
    split_internal_error_for_good: [Stage::Split], Always, Fault::InternalError => every(Fails(ErrorName::Unavailable));
    split_slow_answer: [Stage::Split], Once, Fault::Held(Gate::default()) => every(Absorbed);
    split_no_answer: [Stage::Split], Always, Fault::Held(Gate::default()) => every(Fails(ErrorName::Unavailable));
    split_connection_reset: [Stage::Split], Once, Fault::Reset => every(Absorbed);
    split_connection_reset_for_good: [Stage::Split], Always, Fault::Reset => every(Fails(ErrorName::Unavailable));
    split_answer_lost: [Stage::Split], Once, Fault::AnswerLost => every(Absorbed);
    split_answer_broken_off: [Stage::Split], Once, Fault::BreaksAfter(9) => of_bodies_of_first;
    split_source_changed: [Stage::Split], Always, Fault::Refused(412, "PreconditionFailed")
        => of_the_source(Fails(ErrorName::SourceChanged));
    split_denied: [Stage::Split], Always, Fault::AccessDenied => every(Fails(ErrorName::AccessDenied));

    convert_throttled_for_a_moment: [Stage::Convert], Once, Fault::Throttled => every(Absorbed);
    convert_throttled_for_good: [Stage::Convert], Always, Fault::Throttled => every(Fails(ErrorName::Throttled));
    convert_internal_error_for_a_moment: [Stage::Convert], Once, Fault::InternalError => every(Absorbed);
    convert_internal_error_for_good: [Stage::Convert], Always, Fault::InternalError => every(Fails(ErrorName::Unavailable));
    convert_slow_answer: [Stage::Convert], Once, Fault::Held(Gate::default()) => every(Absorbed);
    convert_no_answer: [Stage::Convert], Always, Fault::Held(Gate::default()) => every(Fails(ErrorName::Unavailable));
    convert_connection_reset: [Stage::Convert], Once, Fault::Reset => every(Absorbed);
    convert_connection_reset_for_good: [Stage::Convert], Always, Fault::Reset => every(Fails(ErrorName::Unavailable));
    convert_answer_lost: [Stage::Convert], Once, Fault::AnswerLost => every(Absorbed);
    convert_answer_broken_off: [Stage::Convert], Once, Fault::BreaksAfter(9) => of_bodies;
    convert_source_changed: [Stage::Convert], Always, Fault::Refused(412, "PreconditionFailed")
        => of_the_source(Fails(ErrorName::SourceChanged));
    convert_denied: [Stage::Convert], Always, Fault::AccessDenied => every(Fails(ErrorName::AccessDenied));

    survey_throttled_for_a_moment: [Stage::Survey], Once, Fault::Throttled => every(Absorbed);
    survey_throttled_for_good: [Stage::Survey], Always, Fault::Throttled => every(Fails(ErrorName::Throttled));
    survey_internal_error_for_a_moment: [Stage::Survey], Once, Fault::InternalError => every(Absorbed);
    survey_internal_error_for_good: [Stage::Survey], Always, Fault::InternalError => every(Fails(ErrorName::Unavailable));
    survey_slow_answer: [Stage::Survey], Once, Fault::Held(Gate::default()) => every(Absorbed);
    survey_no_answer: [Stage::Survey], Always, Fault::Held(Gate::default()) => every(Fails(ErrorName::Unavailable));
    survey_connection_reset: [Stage::Survey], Once, Fault::Reset => every(Absorbed);
    survey_connection_reset_for_good: [Stage::Survey], Always, Fault::Reset => every(Fails(ErrorName::Unavailable));
    survey_answer_lost: [Stage::Survey], Once, Fault::AnswerLost => every(Absorbed);
    survey_answer_broken_off: [Stage::Survey], Once, Fault::BreaksAfter(9) => of_bodies;
    survey_source_changed: [Stage::Survey], Always, Fault::Refused(412, "PreconditionFailed")
        => of_the_source(Fails(ErrorName::SourceChanged));
    survey_denied: [Stage::Survey], Always, Fault::AccessDenied => every(Fails(ErrorName::AccessDenied));

    decide_throttled_for_a_moment: [Stage::Decide], Once, Fault::Throttled => every(Absorbed);
    decide_throttled_for_good: [Stage::Decide], Always, Fault::Throttled => every(Fails(ErrorName::Throttled));
    decide_internal_error_for_a_moment: [Stage::Decide], Once, Fault::InternalError => every(Absorbed);
    decide_internal_error_for_good: [Stage::Decide], Always, Fault::InternalError => every(Fails(ErrorName::Unavailable));
    decide_slow_answer: [Stage::Decide], Once, Fault::Held(Gate::default()) => every(Absorbed);
    decide_no_answer: [Stage::Decide], Always, Fault::Held(Gate::default()) => every(Fails(ErrorName::Unavailable));
    decide_connection_reset: [Stage::Decide], Once, Fault::Reset => every(Absorbed);
    decide_connection_reset_for_good: [Stage::Decide], Always, Fault::Reset => every(Fails(ErrorName::Unavailable));
    decide_answer_lost: [Stage::Decide], Once, Fault::AnswerLost => every(Absorbed);
    decide_answer_broken_off: [Stage::Decide], Once, Fault::BreaksAfter(9) => of_bodies;
    decide_source_changed: [Stage::Decide], Always, Fault::Refused(412, "PreconditionFailed")
        => of_the_source(Fails(ErrorName::SourceChanged));
    decide_denied: [Stage::Decide], Always, Fault::AccessDenied => every(Fails(ErrorName::AccessDenied));

    recover_throttled_for_a_moment: RECOVER, Once, Fault::Throttled => every(Absorbed);
    recover_throttled_for_good: RECOVER, Always, Fault::Throttled => every(Fails(ErrorName::Throttled));
    recover_internal_error_for_a_moment: RECOVER, Once, Fault::InternalError => every(Absorbed);
    recover_internal_error_for_good: RECOVER, Always, Fault::InternalError => every(Fails(ErrorName::Unavailable));
    recover_slow_answer: RECOVER, Once, Fault::Held(Gate::default()) => every(Absorbed);
    recover_no_answer: RECOVER, Always, Fault::Held(Gate::default()) => every(Fails(ErrorName::Unavailable));
    recover_connection_reset: RECOVER, Once, Fault::Reset => every(Absorbed);
    recover_connection_reset_for_good: RECOVER, Always, Fault::Reset => every(Fails(ErrorName::Unavailable));
    recover_answer_lost: RECOVER, Once, Fault::AnswerLost => every(Absorbed);
    recover_answer_broken_off: RECOVER, Once, Fault::BreaksAfter(9) => of_bodies;
    recover_denied: RECOVER, Always, Fault::AccessDenied => every(Fails(ErrorName::AccessDenied));

    hold_and_remove_throttled_for_a_moment: VERSIONS, Once, Fault::Throttled => every(Absorbed);
    hold_and_remove_throttled_for_good: VERSIONS, Always, Fault::Throttled => every(Fails(ErrorName::Throttled));
    hold_and_remove_internal_error_for_a_moment: VERSIONS, Once, Fault::InternalError => every(Absorbed);
    hold_and_remove_internal_error_for_good: VERSIONS, Always, Fault::InternalError
        => every(Fails(ErrorName::Unavailable));
    hold_and_remove_slow_answer: VERSIONS, Once, Fault::Held(Gate::default()) => every(Absorbed);
    hold_and_remove_no_answer: VERSIONS, Always, Fault::Held(Gate::default())
        => every(Fails(ErrorName::Unavailable));
    hold_and_remove_connection_reset: VERSIONS, Once, Fault::Reset => every(Absorbed);
    hold_and_remove_connection_reset_for_good: VERSIONS, Always, Fault::Reset
        => every(Fails(ErrorName::Unavailable));
    hold_and_remove_answer_lost: VERSIONS, Once, Fault::AnswerLost => every(Absorbed);
    hold_and_remove_answer_broken_off: VERSIONS, Once, Fault::BreaksAfter(9) => of_bodies;
    hold_and_remove_denied: VERSIONS, Always, Fault::AccessDenied => every(Fails(ErrorName::AccessDenied));

    load_throttled_for_a_moment: [Stage::Load], Once, Fault::Throttled => every(Absorbed);
    load_throttled_for_good: [Stage::Load], Always, Fault::Throttled => every(Fails(ErrorName::Throttled));
    load_some_unprocessed: [Stage::Load], Always, Fault::WritesOnly(1) => of_batches(Absorbed);
    load_all_unprocessed_for_a_moment: [Stage::Load], Once, Fault::WritesOnly(0) => of_batches(Absorbed);
    load_all_unprocessed_for_good: [Stage::Load], Always, Fault::WritesOnly(0)
        => of_batches(Fails(ErrorName::Throttled));
    load_internal_error_for_a_moment: [Stage::Load], Once, Fault::InternalError => every(Absorbed);
    load_internal_error_for_good: [Stage::Load], Always, Fault::InternalError => every(Fails(ErrorName::Unavailable));
    load_slow_answer: [Stage::Load], Once, Fault::Held(Gate::default()) => every(Absorbed);
    load_no_answer: [Stage::Load], Always, Fault::Held(Gate::default()) => every(Fails(ErrorName::Unavailable));
    load_connection_reset: [Stage::Load], Once, Fault::Reset => every(Absorbed);
    load_connection_reset_for_good: [Stage::Load], Always, Fault::Reset => every(Fails(ErrorName::Unavailable));
    load_answer_lost: [Stage::Load], Once, Fault::AnswerLost => every(Absorbed);
    load_answer_broken_off: [Stage::Load], Once, Fault::BreaksAfter(9) => of_bodies;
    load_source_changed: [Stage::Load], Always, Fault::Refused(412, "PreconditionFailed")
        => of_the_source(Fails(ErrorName::SourceChanged));
    load_denied: [Stage::Load], Always, Fault::AccessDenied => every(Fails(ErrorName::AccessDenied));

    summarize_throttled_for_a_moment: [Stage::Summarize], Once, Fault::Throttled => every(Absorbed);
    summarize_throttled_for_good: [Stage::Summarize], Always, Fault::Throttled => every(Fails(ErrorName::Throttled));
    summarize_internal_error_for_a_moment: [Stage::Summarize], Once, Fault::InternalError => every(Absorbed);
    summarize_internal_error_for_good: [Stage::Summarize], Always, Fault::InternalError
        => every(Fails(ErrorName::Unavailable));
    summarize_slow_answer: [Stage::Summarize], Once, Fault::Held(Gate::default()) => every(Absorbed);
    summarize_no_answer: [Stage::Summarize], Always, Fault::Held(Gate::default())
        => every(Fails(ErrorName::Unavailable));
    summarize_connection_reset: [Stage::Summarize], Once, Fault::Reset => every(Absorbed);
    summarize_connection_reset_for_good: [Stage::Summarize], Always, Fault::Reset
        => every(Fails(ErrorName::Unavailable));
    summarize_answer_lost: [Stage::Summarize], Once, Fault::AnswerLost => every(Absorbed);
    summarize_answer_broken_off: [Stage::Summarize], Once, Fault::BreaksAfter(9) => of_bodies;
    summarize_denied: [Stage::Summarize], Always, Fault::AccessDenied => every(Fails(ErrorName::AccessDenied));

    notify_throttled_for_a_moment: [Stage::Notify], Once, Fault::Throttled => every(Absorbed);
    notify_throttled_for_good: [Stage::Notify], Always, Fault::Throttled => every(Fails(ErrorName::Throttled));
    notify_internal_error_for_a_moment: [Stage::Notify], Once, Fault::InternalError => every(Absorbed);
    notify_internal_error_for_good: [Stage::Notify], Always, Fault::InternalError
        => every(Fails(ErrorName::Unavailable));
    notify_slow_answer: [Stage::Notify], Once, Fault::Held(Gate::default()) => every(Absorbed);
    notify_no_answer: [Stage::Notify], Always, Fault::Held(Gate::default()) => every(Fails(ErrorName::Unavailable));
    notify_connection_reset: [Stage::Notify], Once, Fault::Reset => every(Absorbed);
    notify_connection_reset_for_good: [Stage::Notify], Always, Fault::Reset => every(Fails(ErrorName::Unavailable));
    notify_denied: [Stage::Notify], Always, Fault::AccessDenied => every(Fails(ErrorName::AccessDenied));
}

#[tokio::test]
async fn notify_answer_lost_sends_the_message_twice() {
    let mut import = Import::before(Stage::Notify, &sdk().await).await;
    order(&import, NOTIFY[0], Once, Fault::AnswerLost);
    import.call(Stage::Notify).await.unwrap();
    assert_eq!(import.aws.published.lock().unwrap().len(), 2, "which is better than never");
}
