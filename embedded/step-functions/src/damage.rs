//! Executions whose record a power cut has damaged. Their history says what they were.

use jiff::Timestamp;
use serde_json::Value;

use crate::ending::INTERRUPTED;
use crate::error::EngineError;
use crate::event::Event;
use crate::history::{self, History};
use crate::record::{DataDetails, ExecutionRecord, ExecutionStatus, HistoryEvent};
use crate::shared::Shared;
use crate::store::Home;

/// Writes a record in the place of the damaged one: of an execution that was interrupted, with the input and the dates of its history,
/// so that it can be redriven. The damaged file is set aside.
pub(crate) fn record(
    shared: &Shared,
    name: &str,
    home: &Home,
    damage: &EngineError,
) -> Result<ExecutionRecord, EngineError> {
    tracing::warn!("an execution is taken for an interrupted one: {}", damage.chain());
    let mut events = Vec::new();
    history::for_each(home.history(), |event| events.push(event))?;
    let input = events.iter().find_map(input);
    let lost = if input.is_some() { "" } else { " Its input is lost: start it anew." };
    let (now, hint) = (shared.opened, &shared.config.interrupted_hint);
    let record = ExecutionRecord {
        execution_arn: shared.arns.execution(name),
        state_machine_arn: shared.arns.state_machine(),
        name: name.to_owned(),
        status: ExecutionStatus::Aborted,
        start_date: events.first().map_or(now, |event| event.timestamp),
        stop_date: Some(now),
        input: input.unwrap_or_else(|| "{}".to_owned()),
        input_details: DataDetails::default(),
        output: None,
        output_details: None,
        map_run_arn: None,
        error: Some(INTERRUPTED.to_owned()),
        cause: Some(format!("{}, as after a power cut.{lost} {hint}", damage.chain())),
        redrive_count: redrives(&events),
        redrive_date: last_redrive(&events),
        redrive_status: None,
        redrive_status_reason: None,
    };
    let mut history = History::open(home.history())?;
    history.add_after(0, now, Event::execution_aborted(Some(INTERRUPTED), record.cause.as_deref()));
    history.flush()?;
    home.set_aside()?;
    home.write(&record)?;
    Ok(record)
}

fn input(event: &HistoryEvent) -> Option<String> {
    let started = event.details.get("executionStartedEventDetails")?;
    started["input"].as_str().map(str::to_owned)
}

fn redrives(events: &[HistoryEvent]) -> u32 {
    let count = |event: &HistoryEvent| {
        event.details.get("executionRedrivenEventDetails")?.get("redriveCount").and_then(Value::as_u64)
    };
    events.iter().rev().find_map(count).and_then(|count| u32::try_from(count).ok()).unwrap_or(0)
}

fn last_redrive(events: &[HistoryEvent]) -> Option<Timestamp> {
    events.iter().rev().find(|event| event.event_type == "ExecutionRedriven").map(|event| event.timestamp)
}
