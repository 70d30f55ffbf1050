//! Executions, as the pages list them.

use aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput;
use aws_sdk_sfn::primitives::DateTime;
use aws_sdk_sfn::types::ExecutionStatus;
use jiff::Timestamp;
use lineup_aws::map_runs::said;
use lineup_contracts::{ExecutionState, Outcome, Reported};
use lineup_web::{ListedExecution, ShownState};
use serde_json::Value;
use uuid::Uuid;

use crate::catalog::file_name;

/// The ARN of the execution `name` of a state machine; `None` if there can be none of this name.
pub(super) fn arn(state_machine: &str, name: &str) -> Option<String> {
    // Step Functions API reference, StartExecution: a name has at most 80 characters.
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    if name.is_empty() || name.len() > 80 || !name.chars().all(is_plain) {
        return None;
    }
    let (before, machine) = state_machine.split_once(":stateMachine:")?;
    Some(format!("{before}:execution:{machine}:{name}"))
}

/// The name in an execution's ARN.
pub(super) fn name(arn: &str) -> String {
    arn.rsplit(':').next().unwrap_or(arn).to_owned()
}

/// An execution as the pages list it. Of a re-run, the file is not known yet.
pub(super) fn listed(execution: &DescribeExecutionOutput) -> ListedExecution {
    let input = execution.input().and_then(|input| serde_json::from_str::<ExecutionState>(input).ok());
    let output: Value =
        execution.output().and_then(|output| serde_json::from_str(output).ok()).unwrap_or_default();
    let reported: Option<Reported> = serde_json::from_value(output["summary"].clone()).ok();
    let detail = input.as_ref().and_then(|input| input.detail.as_ref());
    let is_rerun = input.as_ref().is_some_and(|input| input.rerun.is_some());
    let cause = execution.cause().map(said).unwrap_or_default();
    ListedExecution {
        name: execution.name().map_or_else(|| name(execution.execution_arn()), str::to_owned),
        import_id: input.as_ref().and_then(ExecutionState::import_id),
        file: detail.map_or_else(|| "another input".to_owned(), |detail| file_name(&detail.object.key)),
        is_rerun,
        state: state(execution.status(), &output, reported.as_ref()),
        started: timestamp(execution.start_date()),
        ended: execution.stop_date().map(timestamp),
        rows: reported.map(|reported| reported.rows),
        error: execution.error().map(|error| (error.to_owned(), cause)),
    }
}

fn state(status: &ExecutionStatus, output: &Value, reported: Option<&Reported>) -> ShownState {
    match status {
        ExecutionStatus::Running | ExecutionStatus::PendingRedrive => ShownState::Running,
        ExecutionStatus::Succeeded
            if output.pointer("/import/duplicate_of").is_some_and(Value::is_string) =>
        {
            ShownState::Duplicate
        }
        ExecutionStatus::Succeeded
            if output.pointer("/hold/superseded") == Some(&Value::Bool(true))
                || reported.is_some_and(|reported| reported.outcome == Outcome::Superseded) =>
        {
            ShownState::Superseded
        }
        ExecutionStatus::Succeeded
            if reported.is_some_and(|reported| reported.outcome == Outcome::Partial) =>
        {
            ShownState::Partial
        }
        ExecutionStatus::Succeeded => ShownState::Succeeded,
        ExecutionStatus::Failed => ShownState::Failed,
        _ => ShownState::Interrupted,
    }
}

fn timestamp(at: &DateTime) -> Timestamp {
    let milliseconds = at.to_millis().unwrap_or_default();
    Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}

/// Whether an execution is about this import.
pub(super) fn is_about(execution: &ListedExecution, import_id: Uuid) -> bool {
    execution.import_id == Some(import_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_of_an_address_is_a_plain_name() {
        let machine = "arn:aws:states:eu-central-1:000000000000:stateMachine:lineup-import";
        let execution = "arn:aws:states:eu-central-1:000000000000:execution:lineup-import:9f-1_A";
        assert_eq!(arn(machine, "9f-1_A").as_deref(), Some(execution));
        assert_eq!(name(execution), "9f-1_A");
        for run in ["", "a:b", "../x", "a b", &"x".repeat(81)] {
            assert_eq!(arn(machine, run), None, "{run}");
        }
    }
}
