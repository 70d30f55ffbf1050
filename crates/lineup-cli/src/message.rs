//! The message that an execution sent by e-mail. It is composed again from the execution's last state.

use anyhow::Context;
use lineup_aws::error::CallFailure;
use lineup_contracts::{ExecutionState, NotifyInput, states};
use serde_json::Value;

use crate::target::Target;

/// The states after the ones that send the message, as `statemachine/import.asl.json` names them.
const STATES_AFTER_MESSAGE: [&str; 3] = [states::IMPORTED, states::IMPORT_FAILED, states::AWAIT_REDRIVE];
/// How many of the last events are read. An execution enters its last state within the last few.
const EVENTS: i32 = 20;

/// The text of the message; `None` if the execution ended before it was sent.
pub(crate) async fn sent(target: &Target, arn: &str) -> anyhow::Result<Option<String>> {
    let history = target.sfn.get_execution_history().execution_arn(arn).reverse_order(true);
    let history = history.max_results(EVENTS).include_execution_data(true).send().await;
    let history = history.map_err(|error| CallFailure::of(error).on("states:GetExecutionHistory", arn))?;
    let entered = history.events.into_iter().find_map(|event| event.state_entered_event_details);
    let Some(last) = entered.filter(|last| STATES_AFTER_MESSAGE.contains(&last.name.as_str())) else {
        return Ok(None);
    };
    let state: Value = serde_json::from_str(last.input.as_deref().unwrap_or_default())
        .with_context(|| format!("the state of {arn} cannot be read"))?;
    let input = NotifyInput {
        state: ExecutionState::readable(&state),
        execution_arn: arn.to_owned(),
        state_machine_arn: target.state_machine_arn.clone(),
    };
    Ok(Some(notify::compose(&input).body))
}
