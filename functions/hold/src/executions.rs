//! Whether an execution still runs.

use std::fmt;

use aws_sdk_sfn::types::ExecutionStatus;
use futures::future::BoxFuture;
use lineup_aws::error::CallFailure;

/// Knows whether executions have ended. A trait, so that a model can stand in the place of Step Functions.
pub trait Executions: fmt::Debug + Send + Sync {
    /// Whether the execution with this ARN has ended, or is not known any more. It may be redriven later.
    fn has_ended<'a>(&'a self, arn: &'a str) -> BoxFuture<'a, Result<bool, lineup_aws::Error>>;
}

impl Executions for aws_sdk_sfn::Client {
    fn has_ended<'a>(&'a self, arn: &'a str) -> BoxFuture<'a, Result<bool, lineup_aws::Error>> {
        Box::pin(async move {
            match self.describe_execution().execution_arn(arn).send().await {
                Ok(execution) => Ok(!matches!(
                    execution.status,
                    ExecutionStatus::Running | ExecutionStatus::PendingRedrive
                )),
                // Step Functions forgets an execution after 90 days.
                Err(error)
                    if error.as_service_error().is_some_and(|error| error.is_execution_does_not_exist()) =>
                {
                    Ok(true)
                }
                Err(error) => Err(CallFailure::of(error).on("states:DescribeExecution", arn)),
            }
        })
    }
}
