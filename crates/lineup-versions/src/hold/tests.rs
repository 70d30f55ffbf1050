use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::*;

const NOW: Timestamp = Timestamp::constant(1_750_000_000, 0);

fn later(minutes: i64) -> Timestamp {
    NOW + SignedDuration::from_mins(minutes)
}

/// The upload with this number, imported by the execution of this name.
fn import(upload: u8, execution: &str) -> LineupHolder {
    let version = Version::of_upload(Uuid::from_u128(upload.into()), format!("00{upload:02}"));
    LineupHolder { version, execution: execution.to_owned() }
}

/// The document after a change that must write one.
fn next(step: HoldStep) -> LineupVersions {
    step.next.unwrap_or_else(|| panic!("nothing was written, answer {:?}", step.answer))
}

fn held(import: &LineupHolder) -> LineupVersions {
    next(LineupVersions::default().take(import, NOW))
}

fn unchanged(answer: HoldAnswer) -> HoldStep {
    HoldStep { next: None, answer }
}

#[test]
fn the_document_is_as_documented() {
    let lineup = next(held(&import(1, "a")).take(&import(2, "b"), NOW));
    let one = r#"{"sequencer":"0001","import_id":"00000000-0000-0000-0000-000000000001"}"#;
    let two = r#"{"sequencer":"0002","import_id":"00000000-0000-0000-0000-000000000002"}"#;
    let json = format!(
        r#"{{"current":null,"may_hold":[{one}],"holder":{{"version":{one},"execution":"a"}},"wanted":{two}}}"#
    );
    assert_eq!(serde_json::to_string(&lineup).unwrap(), json);
    assert_eq!(serde_json::from_str::<LineupVersions>(&json).unwrap(), lineup);
    assert_eq!(serde_json::from_str::<LineupVersions>("{}").unwrap(), LineupVersions::default());
}

#[test]
fn whoever_takes_the_hold_may_have_rows_in_the_table_from_then_on() {
    let lineup = held(&import(1, "a"));
    assert_eq!(lineup.may_hold, [import(1, "a").version]);
    assert_eq!(lineup.check(&import(1, "a")), HoldAnswer::Held);
    assert_eq!(lineup.take(&import(1, "a"), NOW), unchanged(HoldAnswer::Held));
}

#[test]
fn a_newer_one_waits_and_an_older_one_is_superseded() {
    let (one, two, three) = (import(1, "a"), import(2, "b"), import(3, "c"));
    let waiting = next(held(&two).take(&three, NOW));
    assert_eq!(waiting.take(&three, NOW), unchanged(HoldAnswer::WaitFor(two.clone())));
    assert_eq!(waiting.take(&one, NOW), unchanged(HoldAnswer::Superseded(Some(three.version.clone()))));
    // The holder goes on, also where it asks again because an answer was lost.
    assert_eq!(
        (waiting.check(&two), waiting.take(&two, NOW)),
        (HoldAnswer::Held, unchanged(HoldAnswer::Held))
    );
    let released = next(waiting.release(&two, ImportEnd::Failed, None));
    assert_eq!(released.take(&two, NOW), unchanged(HoldAnswer::Superseded(Some(three.version.clone()))));
    assert_eq!(released.take(&three, NOW).answer, HoldAnswer::Held);
}

#[test]
fn an_end_that_is_complete_leaves_only_its_own_rows_unless_some_were_kept() {
    let (one, two) = (import(1, "a"), import(2, "b"));
    let first = next(held(&one).release(&one, ImportEnd::Complete { kept: false }, None));
    let second = next(first.take(&two, NOW));
    assert_eq!(second.others(&two.version).collect::<Vec<_>>(), [&one.version]);
    let kept = next(second.release(&two, ImportEnd::Complete { kept: true }, None));
    assert_eq!((kept.current.as_ref(), kept.may_hold.len()), (Some(&two.version), 2));
    let removed = next(second.release(&two, ImportEnd::Complete { kept: false }, None));
    assert_eq!((removed.current, removed.may_hold), (Some(two.version.clone()), vec![two.version.clone()]));
    let failed = next(second.release(&two, ImportEnd::Failed, None));
    assert_eq!((failed.current, failed.may_hold.len()), (Some(one.version), 2));
}

/// Found by the model: whoever released the hold was killed before he deleted the lists, and a repeat no longer knew of them.
#[test]
fn a_repeat_of_a_release_knows_which_lists_of_keys_are_not_needed_any_more() {
    let (one, two) = (import(1, "a"), import(2, "b"));
    let complete = ImportEnd::Complete { kept: false };
    let first = next(held(&one).release(&one, complete, None));
    assert!(first.forgotten.is_empty());
    let second = next(next(first.take(&two, NOW)).release(&two, complete, None));
    assert_eq!(second.release(&two, complete, None), unchanged(HoldAnswer::Released));
    assert_eq!(second.forgotten, [one.version.import_id]);
    assert!(!second.needs(one.version.import_id));
}

/// Found by the model: a re-run took the hold over and was killed before its end. The first execution was redriven, found every
/// chunk loaded, and nobody could complete the import.
#[test]
fn a_complete_end_counts_although_another_execution_of_the_same_version_has_the_hold() {
    let (first, rerun) = (import(1, "a"), import(1, "rerun"));
    let complete = ImportEnd::Complete { kept: false };
    let taken = next(held(&first).take_over(&rerun, &first, NOW, later(16)));
    assert_eq!(taken.release(&first, ImportEnd::Failed, None), unchanged(HoldAnswer::Released));
    let ended = taken.release(&first, complete, None);
    assert_eq!(ended.answer, HoldAnswer::Released);
    let ended = next(ended);
    assert_eq!((&ended.current, &ended.holder), (&Some(first.version.clone()), &Some(rerun.clone())));
    assert_eq!(next(ended.release(&rerun, ImportEnd::Failed, None)).current, Some(first.version.clone()));

    let failed = next(taken.release(&rerun, ImportEnd::Failed, None));
    assert_eq!(next(failed.release(&first, complete, None)).current, Some(first.version));
}

#[test]
fn a_release_that_is_repeated_changes_nothing() {
    let (one, two) = (import(1, "a"), import(2, "b"));
    let complete = ImportEnd::Complete { kept: false };
    let released = next(held(&one).release(&one, complete, None));
    assert_eq!(released.release(&one, complete, None), unchanged(HoldAnswer::Released));
    assert_eq!(released.release(&one, ImportEnd::Failed, None), unchanged(HoldAnswer::Released));
    // Who lost the hold did not complete anything.
    let other = held(&two);
    assert_eq!(other.release(&one, complete, None), unchanged(HoldAnswer::Superseded(Some(two.version))));
}

#[test]
fn an_execution_that_ended_without_a_word_loses_the_hold_and_its_invocations_are_waited_for() {
    let (one, two) = (import(1, "a"), import(2, "b"));
    let step = held(&one).take_over(&two, &one, NOW, later(16));
    assert_eq!(step.answer, HoldAnswer::WaitUntil(later(16)));
    let lineup = next(step);
    assert_eq!(lineup.check(&one), HoldAnswer::Superseded(Some(two.version.clone())));
    assert_eq!(lineup.take(&two, later(15)), unchanged(HoldAnswer::WaitUntil(later(16))));
    let taken = lineup.take(&two, later(16));
    assert_eq!(taken.answer, HoldAnswer::Held);
    assert_eq!(next(taken).may_hold, [one.version, two.version]);
}

#[test]
fn where_no_invocation_can_run_any_more_it_is_taken_over_at_once() {
    let (one, two) = (import(1, "a"), import(2, "b"));
    let step = held(&one).take_over(&two, &one, NOW, NOW);
    assert_eq!(step.answer, HoldAnswer::Held);
    assert_eq!(next(step).holder, Some(two));
}

#[test]
fn a_rerun_takes_over_from_the_first_execution_of_its_import_at_once() {
    let (first, rerun) = (import(1, "a"), import(1, "b"));
    assert_eq!(held(&first).take(&rerun, NOW), unchanged(HoldAnswer::WaitFor(first.clone())));
    let step = held(&first).take_over(&rerun, &first, NOW, later(16));
    assert_eq!(step.answer, HoldAnswer::Held);
    let lineup = next(step);
    assert_eq!(lineup.check(&first), HoldAnswer::Superseded(None));
    // A newer upload waits for what runs of either.
    let released = next(lineup.release(&rerun, ImportEnd::Complete { kept: false }, None));
    assert_eq!(released.take(&import(2, "c"), NOW).answer, HoldAnswer::WaitUntil(later(16)));
}

#[test]
fn nobody_takes_over_from_a_holder_that_is_another_by_now_or_for_an_older_version() {
    let (one, two, three) = (import(1, "a"), import(2, "b"), import(3, "c"));
    let lineup = held(&two);
    let step = lineup.take_over(&three, &one, NOW, later(16));
    assert_eq!(
        (step.answer, next(lineup.take(&three, NOW)).holder),
        (HoldAnswer::WaitFor(two.clone()), Some(two.clone()))
    );
    let step = lineup.take_over(&one, &two, NOW, later(16));
    assert_eq!(step, unchanged(HoldAnswer::Superseded(Some(two.version))));
}

#[test]
fn a_failed_import_says_how_long_others_wait_and_its_own_redrive_does_not() {
    let (one, two) = (import(1, "a"), import(2, "b"));
    let failed = next(held(&one).release(&one, ImportEnd::Failed, Some(later(16))));
    assert_eq!(failed.take(&one, NOW).answer, HoldAnswer::Held);
    assert_eq!(failed.take(&two, NOW).answer, HoldAnswer::WaitUntil(later(16)));
    // The redrive ends soon, and what ran before it still runs.
    let redriven = next(failed.take(&one, NOW));
    let complete = next(redriven.release(&one, ImportEnd::Complete { kept: false }, None));
    assert_eq!(complete.take(&two, later(1)).answer, HoldAnswer::WaitUntil(later(16)));
    assert_eq!(next(complete.take(&two, later(16))).still_running, None);
}

#[test]
fn what_is_done_without_an_upload_is_newer_than_all_before_it_and_older_than_the_next_upload() {
    let (one, two) = (import(1, "a"), import(2, "b"));
    let lineup = next(held(&one).release(&one, ImportEnd::Complete { kept: false }, None));
    let removal =
        LineupHolder { version: lineup.without_upload(Uuid::from_u128(9)), execution: "r".to_owned() };
    assert!(one.version < removal.version && removal.version < two.version);
    let removing = next(lineup.take(&removal, NOW));
    assert_eq!(removing.take(&one, NOW).answer, HoldAnswer::Superseded(Some(removal.version.clone())));
    assert!(removing.without_upload(Uuid::nil()) > removal.version);
    let first = LineupVersions::default().without_upload(Uuid::from_u128(9));
    assert!(first < one.version);
}

#[test]
fn runs_are_needed_of_every_import_that_the_document_names() {
    let (one, two, three) = (import(1, "a"), import(2, "b"), import(3, "c"));
    let first = next(held(&one).release(&one, ImportEnd::Complete { kept: false }, None));
    let lineup = next(next(first.take(&two, NOW)).take(&three, NOW));
    assert!([&one, &two, &three].iter().all(|import| lineup.needs(import.version.import_id)));
    let last = next(lineup.release(&two, ImportEnd::Complete { kept: false }, None));
    assert!(!last.needs(one.version.import_id) && last.needs(three.version.import_id));
}
