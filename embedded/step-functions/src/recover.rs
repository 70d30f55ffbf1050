//! Executions that were running when their process ended.

use crate::arn::child_name;
use crate::damage;
use crate::ending::interrupt;
use crate::error::EngineError;
use crate::item_reader::Items;
use crate::map_run::{of_status, set_counts};
use crate::record::{ExecutionStatus, MapRunCounts, MapRunStatus};
use crate::shared::Shared;
use crate::store::MapRunHome;

/// Aborts what is RUNNING on disk. Children come first and the execution last, so that another
/// interruption leaves nothing behind that the next opening would not find.
///
/// Where nothing can be written, as on a full disk, what was found is kept in memory: whoever only wants to read
/// must be able to.
pub(crate) fn recover(shared: &Shared) -> Result<(), EngineError> {
    for name in shared.store.execution_names()? {
        let home = shared.store.execution(&name);
        let read = match home.read() {
            Err(error @ EngineError::Damaged { .. }) => Some(damage::record(shared, &name, &home, &error)?),
            read => read?,
        };
        let Some(record) = read.filter(|record| record.status == ExecutionStatus::Running) else { continue };
        for id in home.map_run_ids()? {
            recover_map_run(shared, id, &home.map_run(id))?;
        }
        interrupt(shared, &home, record);
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
            Some(child_record) => *of_status(&mut counts, interrupt(shared, &child, child_record)) += 1,
        }
    }
    set_counts(&mut record, counts);
    record.status = MapRunStatus::Aborted;
    record.stop_date = Some(shared.now());
    if let Err(error) = home.write(&record) {
        tracing::warn!("the end of a Map Run is not on disk: {}", error.chain());
    }
    Ok(())
}
