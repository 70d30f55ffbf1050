//! Executions that were running when their process ended.
//!
//! Nobody looks for them when a store is opened, which would take a look at every execution. Who reads an execution
//! reads it through here: one that is RUNNING on disk and that this process has not run was interrupted.

use uuid::Uuid;

use crate::arn::child_name;
use crate::damage;
use crate::ending::interrupt;
use crate::error::EngineError;
use crate::item_reader::Items;
use crate::map_run::{of_status, set_counts};
use crate::mutex::lock;
use crate::record::{ExecutionRecord, ExecutionStatus, MapRunCounts, MapRunStatus};
use crate::shared::Shared;
use crate::store::{Home, MapRunHome};

/// An execution of the state machine as it is now; `None` where there is none.
pub(crate) fn execution(shared: &Shared, name: &str) -> Result<Option<ExecutionRecord>, EngineError> {
    let arn = shared.arns.execution(name);
    if let Some(record) = shared.live.unwritten(&arn) {
        return Ok(Some(record));
    }
    let home = shared.store.execution(name);
    match home.read() {
        Ok(Some(record)) if record.status == ExecutionStatus::Running && !shared.live.has_run(&arn) => {
            interrupted(shared, name, &home)
        }
        Err(EngineError::Damaged { .. }) if !shared.live.has_run(&arn) => interrupted(shared, name, &home),
        read => read,
    }
}

/// A child of a Map Run as it is now, with its files; `None` where there is none.
pub(crate) fn child(shared: &Shared, child: Uuid) -> Result<Option<(Home, ExecutionRecord)>, EngineError> {
    let Some((parent, map_run)) = shared.store.parent_of(child)? else { return Ok(None) };
    execution(shared, &parent)?;
    let home = map_run.child(child);
    Ok(home.read()?.map(|record| shared.live.as_it_is(record)).map(|record| (home, record)))
}

/// The files of a Map Run, whose record is as it is now; `None` where there is none.
pub(crate) fn map_run(shared: &Shared, id: Uuid) -> Result<Option<MapRunHome>, EngineError> {
    let Some(parent) = shared.store.execution_of(id)? else { return Ok(None) };
    execution(shared, &parent)?;
    Ok(Some(shared.store.execution(&parent).map_run(id)))
}

/// Aborts an execution that is RUNNING or damaged on disk. Children come first and the execution last, so that another
/// interruption leaves nothing behind that the next look would not find.
///
/// They ended when the store was opened, at the latest: what this process has started since is more recent in every list.
///
/// Where nothing can be written, as on a full disk, what was found is kept in memory: whoever only wants to read
/// must be able to.
fn interrupted(shared: &Shared, name: &str, home: &Home) -> Result<Option<ExecutionRecord>, EngineError> {
    let _one = lock(&shared.recovery);
    // Another task may have been first.
    let read = match home.read() {
        Err(error @ EngineError::Damaged { .. }) => Some(damage::record(shared, name, home, &error)?),
        read => read?,
    };
    let Some(record) = read else { return Ok(None) };
    if record.status != ExecutionStatus::Running || shared.live.has_run(&record.execution_arn) {
        return Ok(Some(shared.live.as_it_is(record)));
    }
    for id in home.map_run_ids()? {
        interrupt_map_run(shared, id, &home.map_run(id))?;
    }
    interrupt(shared, home, record.clone(), shared.opened);
    Ok(Some(match shared.live.unwritten(&record.execution_arn) {
        Some(unwritten) => unwritten,
        None => home.read()?.unwrap_or(record),
    }))
}

fn interrupt_map_run(shared: &Shared, id: Uuid, home: &MapRunHome) -> Result<(), EngineError> {
    let Some(mut record) = home.read()?.filter(|record| record.status == MapRunStatus::Running) else {
        return Ok(());
    };
    let total = match home.read_items()? {
        Some(items) => Items::parse(items).map_or(0, |items| items.len()),
        None => 0,
    };
    let mut counts = MapRunCounts { total, ..MapRunCounts::default() };
    for index in 0..total {
        let child = home.child(child_name(id, index));
        match child.read()? {
            None => counts.pending += 1,
            Some(child_record) => {
                let status = interrupt(shared, &child, child_record, shared.opened);
                *of_status(&mut counts, status) += 1;
            }
        }
    }
    set_counts(&mut record, counts);
    record.status = MapRunStatus::Aborted;
    record.stop_date = Some(shared.opened);
    if let Err(error) = home.write(&record) {
        tracing::warn!("the end of a Map Run is not on disk: {}", error.chain());
    }
    Ok(())
}
