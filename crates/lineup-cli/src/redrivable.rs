//! Finds the execution of an import that a redrive continues.
//!
//! An import has the execution that its upload started, and one for each re-run. Only an execution's
//! input names its import. So the unsuccessful executions are described, the most recent first.

use std::time::{Duration, SystemTime};

use aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput;
use aws_sdk_sfn::primitives::DateTime;
use aws_sdk_sfn::types::{ExecutionListItem, ExecutionRedriveStatus, ExecutionStatus};
use lineup_aws::error::CallFailure;
use lineup_aws::map_runs::said;
use lineup_contracts::ExecutionState;
use lineup_contracts::error::never_loads;
use uuid::Uuid;

use crate::follow::describe;
use crate::target::Target;

/// How many executions a page lists. It is the maximum (API reference, ListExecutions).
const PAGE: i32 = 1000;
/// An execution can be redriven for 14 days (Step Functions guide, "Redrive eligibility for unsuccessful
/// executions"). One day is added because clocks differ.
const PERIOD: Duration = Duration::from_secs(15 * 24 * 3600);

/// Whether an execution can be redriven.
pub(crate) enum RedriveEligibility {
    /// It is running.
    Running,
    /// It succeeded, so there is nothing to redrive.
    Succeeded,
    /// It can be redriven.
    Redrivable {
        /// Its ARN.
        arn: String,
        /// How often it was redriven before: `redriveCount`.
        redrives: i32,
    },
    /// Step Functions does not redrive it any more, for this reason.
    Expired(String),
    /// It would fail again, with this error.
    NeverLoads(String),
}

impl RedriveEligibility {
    /// Decides it from the execution's description.
    pub(crate) fn of(execution: &DescribeExecutionOutput) -> Self {
        match execution.status {
            ExecutionStatus::Running | ExecutionStatus::PendingRedrive => return Self::Running,
            ExecutionStatus::Succeeded => return Self::Succeeded,
            _ => {}
        }
        let error = execution.error().unwrap_or_default();
        if never_loads(error) {
            let cause = said(execution.cause().unwrap_or_default());
            return Self::NeverLoads(format!("{error}: {cause}"));
        }
        if execution.redrive_status == Some(ExecutionRedriveStatus::NotRedrivable) {
            return Self::Expired(execution.redrive_status_reason().unwrap_or("no reason given").to_owned());
        }
        let arn = execution.execution_arn.clone();
        Self::Redrivable { arn, redrives: execution.redrive_count.unwrap_or(0) }
    }
}

/// Looks at the import's executions that changed after `since`. Returns the most recent one that is
/// running or can be redriven. If there is none, returns the most recent unsuccessful one, or `None`.
pub(crate) async fn most_recent(
    target: &Target,
    import_id: Uuid,
    since: Option<SystemTime>,
) -> Result<Option<RedriveEligibility>, lineup_aws::Error> {
    let since = since.unwrap_or(SystemTime::UNIX_EPOCH).max(SystemTime::now() - PERIOD);
    let list = target.sfn.list_executions().state_machine_arn(&target.state_machine_arn).max_results(PAGE);
    let mut pages = list.into_paginator().items().send();
    let mut first = None;
    while let Some(item) = pages.next().await {
        let failed = |error| CallFailure::of(error).on("states:ListExecutions", &target.state_machine_arn);
        let item = item.map_err(failed)?;
        // The list is sorted by this time, the most recent first.
        if last_change(&item) <= DateTime::from(since) {
            break;
        }
        if item.status == ExecutionStatus::Succeeded {
            continue;
        }
        let execution = describe(target, &item.execution_arn).await?;
        if import_of(&execution) != Some(import_id) {
            continue;
        }
        match RedriveEligibility::of(&execution) {
            eligibility @ (RedriveEligibility::Running | RedriveEligibility::Redrivable { .. }) => {
                return Ok(Some(eligibility));
            }
            eligibility => first = first.or(Some(eligibility)),
        }
    }
    Ok(first)
}

/// The time by which ListExecutions sorts: the start or redrive of a running execution, the end of another.
fn last_change(item: &ExecutionListItem) -> DateTime {
    item.stop_date.or(item.redrive_date).unwrap_or(item.start_date)
}

/// The import of an execution; `None` if the input names none. Users may start one with any input.
fn import_of(execution: &DescribeExecutionOutput) -> Option<Uuid> {
    serde_json::from_str::<ExecutionState>(execution.input.as_deref()?).ok()?.import_id()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(
        status: ExecutionStatus,
    ) -> aws_sdk_sfn::operation::describe_execution::builders::DescribeExecutionOutputBuilder {
        DescribeExecutionOutput::builder()
            .execution_arn("arn:one")
            .state_machine_arn("arn:machine")
            .status(status)
            .start_date(DateTime::from_secs(0))
    }

    #[test]
    fn an_execution_that_failed_can_be_redriven_unless_step_functions_says_no() {
        let failed = described(ExecutionStatus::Failed).error("ChunksNotLoaded").redrive_count(2);
        let eligibility = RedriveEligibility::of(&failed.clone().build().unwrap());
        assert!(
            matches!(eligibility, RedriveEligibility::Redrivable { arn, redrives: 2 } if arn == "arn:one")
        );
        for reason in ["Execution redrivable period exceeded", "Execution history event limit exceeded"] {
            let failed = failed.clone().redrive_status(ExecutionRedriveStatus::NotRedrivable);
            let eligibility = RedriveEligibility::of(&failed.redrive_status_reason(reason).build().unwrap());
            assert!(matches!(eligibility, RedriveEligibility::Expired(said) if said == reason));
        }
    }

    #[test]
    fn a_file_that_can_never_load_is_not_redriven_though_step_functions_would() {
        let cause = r#"{"errorType":"InvalidInput","errorMessage":"the header has no column Stage"}"#;
        let failed = described(ExecutionStatus::Failed).error("InvalidInput").cause(cause);
        let failed = failed.redrive_status(ExecutionRedriveStatus::Redrivable).build().unwrap();
        let said = "InvalidInput: the header has no column Stage";
        assert!(
            matches!(RedriveEligibility::of(&failed), RedriveEligibility::NeverLoads(text) if text == said)
        );
    }

    #[test]
    fn an_execution_is_about_the_import_of_its_event_or_of_its_rerun() {
        let id = Uuid::from_u128(7);
        let with =
            |input: String| import_of(&described(ExecutionStatus::Failed).input(input).build().unwrap());
        assert_eq!(with(serde_json::json!({"rerun": {"import_id": id}}).to_string()), Some(id));
        let event =
            r#"{"detail":{"bucket":{"name":"up"},"object":{"key":"a.csv","etag":"e","sequencer":"1"}}}"#;
        let expected = lineup_contracts::layout::import_id("up", "a.csv", None, "e", "1");
        assert_eq!(with(event.to_owned()), Some(expected));
        assert_eq!((with("[]".to_owned()), with("{}".to_owned())), (None, None));
    }
}
