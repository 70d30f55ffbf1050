//! Starting an execution, for the first time or again.

use std::sync::Arc;

use asl::failure::MAX_PAYLOAD;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::error::EngineError;
use crate::event::Event;
use crate::execution::{Execution, Position};
use crate::history::History;
use crate::limits::Limits;
use crate::live::Control;
use crate::record::{DataDetails, ExecutionRecord, ExecutionStatus};
use crate::recover;
use crate::redrive;
use crate::shared::Shared;
use crate::store::Home;

/// Starts an execution of the state machine (API reference, StartExecution).
pub(crate) fn start(
    shared: &Arc<Shared>,
    name: Option<&str>,
    text: &str,
) -> Result<ExecutionRecord, EngineError> {
    let name = match name {
        Some(name) => {
            let name = valid_name(name)?.to_owned();
            // One that an earlier process has left running does not run any more.
            recover::execution(shared, &name)?;
            name
        }
        None => Uuid::new_v4().to_string(),
    };
    let input = valid_input(text)?;
    let arn = shared.arns.execution(&name);
    let home = shared.store.execution(&name);
    let Some(control) = shared.live.begin_own(&arn) else { return existing(shared, &home, arn, &input) };
    let begun = begin(shared, &home, &name, arn.clone(), text);
    match begun {
        Ok(Some((record, history))) => {
            let from = Position::before(&shared.machine.graph.start_at, input.clone());
            run(shared, home, record.clone(), history, input, control, from);
            Ok(record)
        }
        Ok(None) => {
            shared.live.end(&arn);
            existing(shared, &home, arn, &input)
        }
        Err(error) => {
            shared.live.end(&arn);
            Err(error)
        }
    }
}

/// Restarts an execution whose record says that it can be (API reference, RedriveExecution).
pub(crate) fn redrive(shared: &Arc<Shared>, arn: &str) -> Result<Timestamp, EngineError> {
    let not_found = || EngineError::ExecutionDoesNotExist(arn.into());
    let home = shared.store.execution(shared.arns.name_of_execution(arn).ok_or_else(not_found)?);
    let mut record = home.read()?.ok_or_else(not_found)?;
    let running = || "Execution is RUNNING and cannot be redriven".to_owned();
    let control = shared
        .live
        .begin_own(arn)
        .ok_or_else(|| EngineError::ExecutionNotRedrivable { reason: running() })?;
    let restarted = restart(shared, &home, &mut record);
    let (history, from, input) = restarted.inspect_err(|_| shared.live.end(arn))?;
    let date = record.redrive_date.unwrap_or(record.start_date);
    run(shared, home, record, history, input, control, from);
    Ok(date)
}

fn restart(
    shared: &Shared,
    home: &Home,
    record: &mut ExecutionRecord,
) -> Result<(History, Position, Value), EngineError> {
    let input: Value = serde_json::from_str(&record.input).unwrap_or_default();
    let from = redrive::resume_point(home.history(), &shared.machine.graph, &input)?;
    let now = shared.now();
    redrive::restart(record, now);
    let mut history = History::open(home.history())?;
    redrive::note(&mut history, now, record.redrive_count, &from);
    history.flush()?;
    home.write(record)?;
    shared.live.forget_unwritten(&record.execution_arn);
    Ok((history, from, input))
}

/// Puts a new execution on disk; `None` where its name is taken.
fn begin(
    shared: &Shared,
    home: &Home,
    name: &str,
    arn: String,
    input: &str,
) -> Result<Option<(ExecutionRecord, History)>, EngineError> {
    if !home.create()? && home.exists() {
        return Ok(None);
    }
    let now = shared.now();
    let record = ExecutionRecord {
        execution_arn: arn,
        state_machine_arn: shared.arns.state_machine(),
        name: name.into(),
        status: ExecutionStatus::Running,
        start_date: now,
        stop_date: None,
        input: input.into(),
        input_details: DataDetails::default(),
        output: None,
        output_details: None,
        map_run_arn: None,
        error: None,
        cause: None,
        redrive_count: 0,
        redrive_date: None,
        redrive_status: None,
        redrive_status_reason: None,
    };
    let mut history = History::open(home.history())?;
    history.add(now, Event::execution_started(input, &shared.config.role_arn));
    history.flush()?;
    home.write(&record)?;
    Ok(Some((record, history)))
}

fn run(
    shared: &Arc<Shared>,
    home: Home,
    record: ExecutionRecord,
    history: History,
    input: Value,
    control: Arc<Control>,
    from: Position,
) {
    let stops = [control.stop.clone(), control.stop.clone()];
    let deadline = shared.deadline(record.redrive_date.unwrap_or(record.start_date));
    let limits = Limits { stops, deadline, clock: Arc::clone(&shared.clock) };
    let graph = Arc::clone(&shared.machine.graph);
    let execution =
        Execution { shared: Arc::clone(shared), graph, record, home, history, input, limits, control };
    shared.changed();
    tokio::spawn(execution.run(from));
}

/// An execution of the same name: the answer, if it runs and has the same input.
fn existing(
    shared: &Shared,
    home: &Home,
    arn: String,
    input: &Value,
) -> Result<ExecutionRecord, EngineError> {
    let record = home.read()?.map(|record| shared.live.as_it_is(record));
    let record = record.filter(|record| record.status == ExecutionStatus::Running);
    let same = record
        .filter(|record| serde_json::from_str::<Value>(&record.input).is_ok_and(|value| value == *input));
    same.ok_or(EngineError::ExecutionAlreadyExists(arn))
}

/// The characters that a name may not have (API reference, StartExecution, `name`). `.` and `..`
/// are refused too, because executions are folders here.
fn valid_name(name: &str) -> Result<&str, EngineError> {
    let unfit = |c: char| c.is_whitespace() || c.is_control() || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(c);
    let length = name.chars().count();
    if length == 0 || length > 80 || name.contains(unfit) || name == "." || name == ".." {
        return Err(EngineError::InvalidName(name.into()));
    }
    Ok(name)
}

fn valid_input(text: &str) -> Result<Value, EngineError> {
    if text.len() > MAX_PAYLOAD {
        let problem = format!("{} bytes; {MAX_PAYLOAD} are the most", text.len());
        return Err(EngineError::InvalidExecutionInput(problem));
    }
    if text.is_empty() {
        return Err(EngineError::InvalidExecutionInput("Invalid execution input.".into()));
    }
    serde_json::from_str(text).map_err(|error| EngineError::InvalidExecutionInput(error.to_string()))
}
