//! Executions that were running when their process ended.

use crate::arn::child_name;
use crate::error::EngineError;
use crate::event::Event;
use crate::history::History;
use crate::item_reader::Items;
use crate::map_run::{of_status, set_counts};
use crate::record::{ExecutionRecord, ExecutionStatus, MapRunCounts, MapRunStatus};
use crate::shared::Shared;
use crate::store::{Home, MapRunHome};

/// The error of an execution whose process ended.
pub const INTERRUPTED: &str = "Interrupted";

const CAUSE: &str = "The process that ran this execution ended before the execution did.";

/// Aborts what is RUNNING on disk. Children come first and the execution last, so that another
/// interruption leaves nothing behind that the next opening would not find.
pub(crate) fn recover(shared: &Shared) -> Result<(), EngineError> {
    for name in shared.store.execution_names()? {
        let home = shared.store.execution(&name);
        let Some(record) = home.read()?.filter(|record| record.status == ExecutionStatus::Running) else {
            continue;
        };
        for id in home.map_run_ids()? {
            recover_map_run(shared, id, &home.map_run(id))?;
        }
        interrupt(shared, &home, record)?;
    }
    Ok(())
}

fn recover_map_run(shared: &Shared, id: uuid::Uuid, home: &MapRunHome) -> Result<(), EngineError> {
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
            Some(child_record) => *of_status(&mut counts, interrupt(shared, &child, child_record)?) += 1,
        }
    }
    set_counts(&mut record, counts);
    record.status = MapRunStatus::Aborted;
    record.stop_date = Some(shared.now());
    home.write(&record)
}

fn interrupt(
    shared: &Shared,
    home: &Home,
    mut record: ExecutionRecord,
) -> Result<ExecutionStatus, EngineError> {
    if record.status != ExecutionStatus::Running {
        return Ok(record.status);
    }
    let now = shared.now();
    let cause = format!("{CAUSE} {}", shared.config.interrupted_hint);
    let mut history = History::open(home.history())?;
    history.add(now, Event::execution_aborted(Some(INTERRUPTED), Some(&cause)));
    history.flush()?;
    record.status = ExecutionStatus::Aborted;
    record.stop_date = Some(now);
    record.error = Some(INTERRUPTED.into());
    record.cause = Some(cause);
    home.write(&record)?;
    Ok(record.status)
}
