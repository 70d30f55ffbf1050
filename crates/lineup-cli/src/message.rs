//! The message that an execution sent by e-mail. It is composed again from the execution's last state.

use anyhow::Context;
use aws_sdk_sfn::types::StateEnteredEventDetails;
use lineup_aws::error::CallFailure;
use lineup_contracts::{ExecutionState, NotifyInput, states};
use notify::Message;
use serde_json::Value;

use crate::target::Target;

/// The states after the ones that send the message, as `statemachine/import.asl.json` names them.
const STATES_AFTER_MESSAGE: [&str; 4] =
    [states::IMPORTED, states::SUPERSEDED, states::IMPORT_FAILED, states::AWAIT_REDRIVE];
/// How many events a page has. The last state is entered within the last few, but for each retry there: of a function that fails
/// for good 22 events, and hundreds while Lambda has no room.
const EVENTS: i32 = 100;

/// The message; `None` if the execution ended before it was sent.
pub(crate) async fn sent(target: &Target, arn: &str) -> anyhow::Result<Option<Message>> {
    let last = last_entered(target, arn).await?;
    let Some(last) = last.filter(|last| STATES_AFTER_MESSAGE.contains(&last.name.as_str())) else {
        return Ok(None);
    };
    let state: Value = serde_json::from_str(last.input.as_deref().unwrap_or_default())
        .with_context(|| format!("the state of {arn} cannot be read"))?;
    let input = NotifyInput {
        state: ExecutionState::readable(&state),
        execution_arn: arn.to_owned(),
        state_machine_arn: target.state_machine_arn.clone(),
    };
    Ok(Some(notify::compose(&input, &target.lineup)))
}

/// The state that the execution entered last.
async fn last_entered(
    target: &Target,
    arn: &str,
) -> Result<Option<StateEnteredEventDetails>, lineup_aws::Error> {
    let history = target.sfn.get_execution_history().execution_arn(arn).reverse_order(true);
    let history = history.max_results(EVENTS).include_execution_data(true);
    let mut events = history.into_paginator().items().send();
    while let Some(event) = events.next().await {
        let event = event.map_err(|error| CallFailure::of(error).on("states:GetExecutionHistory", arn))?;
        if event.state_entered_event_details.is_some() {
            return Ok(event.state_entered_event_details);
        }
    }
    Ok(None)
}
