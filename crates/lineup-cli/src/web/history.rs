//! The history of an execution, as the pages read it.

use aws_sdk_sfn::types::{HistoryEvent, HistoryEventType};
use lineup_aws::error::CallFailure;
use lineup_aws::map_runs::said;
use lineup_web::{ExecutionEvent, ExecutionEventKind};

use crate::target::Target;

/// The most events that are read. An import has some dozens, and some more for each redrive: the events of its
/// chunks are those of their own executions.
const MOST_EVENTS: usize = 2_000;
/// How many a page has: the maximum (API reference, GetExecutionHistory).
const PAGE: i32 = 1_000;

/// What happened in an execution, in order.
pub(super) async fn events(target: &Target, arn: &str) -> anyhow::Result<Vec<ExecutionEvent>> {
    let history = target.sfn.get_execution_history().execution_arn(arn).max_results(PAGE);
    let mut pages = history.include_execution_data(true).into_paginator().send();
    let mut events = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| CallFailure::of(error).on("states:GetExecutionHistory", arn))?;
        events.extend(page.events.iter().filter_map(event));
        if events.len() >= MOST_EVENTS {
            break;
        }
    }
    Ok(events)
}

/// An event, if the pages show it.
fn event(event: &HistoryEvent) -> Option<ExecutionEvent> {
    let at = jiff::Timestamp::from_millisecond(event.timestamp.to_millis().ok()?).ok()?;
    let what = match event.r#type {
        HistoryEventType::TaskScheduled
        | HistoryEventType::MapRunStarted
        | HistoryEventType::MapRunRedriven => ExecutionEventKind::Attempted,
        HistoryEventType::TaskSucceeded | HistoryEventType::MapRunSucceeded => ExecutionEventKind::Done,
        _ => entered(event).or_else(|| exited(event)).or_else(|| failed(event))?,
    };
    Some(ExecutionEvent { at, what })
}

fn entered(event: &HistoryEvent) -> Option<ExecutionEventKind> {
    let details = event.state_entered_event_details()?;
    let input = details.input().unwrap_or_default().to_owned();
    Some(ExecutionEventKind::Entered { state: details.name().to_owned(), input })
}

fn exited(event: &HistoryEvent) -> Option<ExecutionEventKind> {
    let details = event.state_exited_event_details()?;
    let output = details.output().unwrap_or_default().to_owned();
    Some(ExecutionEventKind::Exited { state: details.name().to_owned(), output })
}

/// What failed, whatever kind of thing it is: each has details of its own with the same two fields.
fn failed(event: &HistoryEvent) -> Option<ExecutionEventKind> {
    let task = event.task_failed_event_details().map(|details| (details.error(), details.cause()));
    let (error, cause) = task
        .or_else(|| event.task_timed_out_event_details().map(|details| (details.error(), details.cause())))
        .or_else(|| event.map_run_failed_event_details().map(|details| (details.error(), details.cause())))
        .or_else(|| event.execution_failed_event_details().map(|details| (details.error(), details.cause())))
        .or_else(|| event.execution_aborted_event_details().map(|details| (details.error(), details.cause())))
        .or_else(|| {
            event.execution_timed_out_event_details().map(|details| (details.error(), details.cause()))
        })?;
    let (error, cause) = (error.unwrap_or("no error name").to_owned(), said(cause.unwrap_or_default()));
    Some(ExecutionEventKind::Failed { error, cause })
}
