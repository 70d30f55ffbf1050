//! What lists say of executions that have ended, so that their records are read once.

use std::collections::HashMap;

use crate::record::ExecutionListItem;
use crate::store::RecordStamp;

/// By name. Each has the stamp of the record that it was read from: a redrive gives the record another one.
#[derive(Debug, Default)]
pub(crate) struct EndedExecutions(HashMap<String, (RecordStamp, ExecutionListItem)>);

impl EndedExecutions {
    /// The execution, if its record is still the one that it was read from.
    pub(crate) fn get(&self, name: &str, stamp: Option<RecordStamp>) -> Option<ExecutionListItem> {
        self.0.get(name).filter(|(known, _)| Some(*known) == stamp).map(|(_, item)| item.clone())
    }

    /// Keeps an execution that has ended.
    pub(crate) fn keep(&mut self, name: &str, stamp: RecordStamp, item: ExecutionListItem) {
        self.0.insert(name.to_owned(), (stamp, item));
    }
}
