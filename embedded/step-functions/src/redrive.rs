//! Redriving (Step Functions guide, "Restarting executions with redrive" and
//! "Redriving Map Runs").

use std::path::Path;

use asl::definition::Graph;
use asl::failure::DATA_LIMIT_EXCEEDED;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::error::EngineError;
use crate::event::Event;
use crate::execution::{MapToRedrive, Position, StateEntry};
use crate::history::{self, History, MAX_EVENTS};
use crate::record::{ExecutionRecord, ExecutionStatus, HistoryEvent, RedriveStatus};
use crate::store::Home;

/// How long after its end an execution can be redriven.
const PERIOD: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How long an execution may be open (Step Functions guide, "Service quotas": one year).
const OPEN: SignedDuration = SignedDuration::from_hours(365 * 24);

/// Why the execution cannot be redriven, in AWS's words; `None` if it can.
pub(crate) fn refusal(record: &ExecutionRecord, events: u64, now: Timestamp) -> Option<&'static str> {
    match record.status {
        ExecutionStatus::Running => return Some("Execution is RUNNING and cannot be redriven"),
        ExecutionStatus::Succeeded => return Some("Execution is SUCCEEDED and cannot be redriven"),
        ExecutionStatus::PendingRedrive => {
            return Some("Execution is PENDING_REDRIVE and cannot be redriven");
        }
        ExecutionStatus::Failed | ExecutionStatus::TimedOut | ExecutionStatus::Aborted => {}
    }
    // One event for the redrive itself, and at least one more.
    if events + 1 >= MAX_EVENTS {
        return Some("Execution history event limit exceeded");
    }
    let stopped = record.stop_date.unwrap_or(record.start_date);
    if now.duration_since(stopped) > PERIOD {
        return Some("Execution redrivable period exceeded");
    }
    (now.duration_since(record.start_date) > OPEN).then_some("Execution has exceeded the max execution time")
}

/// The record with `redriveStatus` and its reason filled in.
pub(crate) fn with_status(
    mut record: ExecutionRecord,
    home: &Home,
    now: Timestamp,
) -> Result<ExecutionRecord, EngineError> {
    let ended = record.status.is_terminal() && record.status != ExecutionStatus::Succeeded;
    let events = if ended { history::lines(home.history())?.len() as u64 } else { 0 };
    let reason = refusal(&record, events, now);
    record.redrive_status = Some(match reason {
        Some(_) => RedriveStatus::NotRedrivable,
        None if record.map_run_arn.is_some() => RedriveStatus::RedrivableByMapRun,
        None => RedriveStatus::Redrivable,
    });
    record.redrive_status_reason = reason.map(Into::into);
    Ok(record)
}

/// Makes the record one of an execution that runs again.
pub(crate) fn restart(record: &mut ExecutionRecord, now: Timestamp) {
    record.status = ExecutionStatus::Running;
    record.redrive_count += 1;
    record.redrive_date = Some(now);
    record.stop_date = None;
    record.error = None;
    record.cause = None;
}

/// Where a redriven execution goes on: at the state that was entered and not left. No state is entered a
/// second time, a Fail state neither.
pub(crate) fn resume_point(path: &Path, graph: &Graph, input: &Value) -> Result<Position, EngineError> {
    let mut position = Position::before(&graph.start_at, input.clone());
    history::for_each(path, |event| follow(&mut position, &event))?;
    Ok(position)
}

/// Adds the event of a redrive. What comes next follows from the entry of the state that goes on.
pub(crate) fn note(history: &mut History, now: Timestamp, redrive_count: u32, from: &Position) {
    history.add(now, Event::execution_redriven(redrive_count));
    if let Some(entered) = from.entered {
        history.follow(entered.event);
    }
}

fn follow(position: &mut Position, event: &HistoryEvent) {
    let text = |details: &str, field: &str| event.details.get(details)?.get(field)?.as_str();
    match event.event_type.as_str() {
        "MapRunStarted" => {
            let id = text("mapRunStartedEventDetails", "mapRunArn").and_then(id_of);
            position.map_run = id.map(|id| MapToRedrive { id, started: event.previous_event_id });
        }
        // A Map Run that failed in this way is not redriven: a new one is started. The page says so of
        // States.Runtime too; AWS was recorded redriving the same one (AWS captures of 2026).
        "MapRunFailed" if text("mapRunFailedEventDetails", "error") == Some(DATA_LIMIT_EXCEEDED) => {
            position.map_run = None;
        }
        entered if entered.ends_with("StateEntered") => {
            let name = text("stateEnteredEventDetails", "name").unwrap_or_default();
            let input = text("stateEnteredEventDetails", "input").unwrap_or("null");
            let input = serde_json::from_str(input).unwrap_or_default();
            let state = name.to_owned();
            let entered = StateEntry { event: event.id, time: event.timestamp };
            *position = Position { state, input, entered: Some(entered), map_run: None };
        }
        _ => {}
    }
}

fn id_of(map_run_arn: &str) -> Option<Uuid> {
    map_run_arn.rsplit(':').next()?.parse().ok()
}
