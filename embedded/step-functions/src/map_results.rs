//! What a Map Run gives: the outputs of its children, or the files that ResultWriter writes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::arn::child_name;
use crate::error::EngineError;
use crate::execution::{Execution, Stop, limited};
use crate::item_reader::Items;
use crate::map_run::{MapRun, set_counts};
use crate::mutex::lock;
use crate::record::{ExecutionRecord, MapRunCounts};
use crate::redrive;
use crate::result_writer::{ResultFolder, Results, entry};

impl Execution {
    /// Writes the results, but for those of the items `before`, which an earlier attempt has written. Pending
    /// items are listed only where the Map Run ended early.
    pub(crate) async fn write_results(
        &self,
        run: &MapRun<'_>,
        items: &Items,
        before: &BTreeSet<u64>,
        to: &ResultFolder,
    ) -> Result<Value, Stop> {
        let mut results = Results::default();
        for index in (0..items.len()).filter(|index| !before.contains(index)) {
            match self.result_of(run, index)? {
                Some(record) => results.add(&record),
                None => results.add_pending(&limited(&self.child_input(run, items, index)?, &run.map.label)?),
            }
        }
        let written = results.written + before.len() as u64;
        let details = results.write(&*self.shared.objects, to).await?;
        let mut record = lock(&run.record);
        let counts = MapRunCounts { results_written: written, ..record.execution_counts };
        set_counts(&mut record, counts);
        Ok(json!({"MapRunArn": run.arn, "ResultWriterDetails": details}))
    }

    /// The children's outputs in the order of the items; for one that failed, what the result
    /// file would have ("ResultWriter (Map)").
    pub(crate) fn gather(&self, run: &MapRun<'_>, items: &Items) -> Result<Value, Stop> {
        let mut outputs = Vec::new();
        for index in 0..items.len() {
            let record = self.result_of(run, index)?;
            outputs.push(match record {
                Some(ExecutionRecord { output: Some(output), .. }) => {
                    serde_json::from_str(&output).unwrap_or_default()
                }
                Some(record) => entry(&record),
                None => Value::Null,
            });
        }
        let outputs = Value::from(outputs);
        limited(&outputs, &run.map.label)?;
        Ok(outputs)
    }

    /// The child of an item, if it was started.
    pub(crate) fn result_of(
        &self,
        run: &MapRun<'_>,
        index: u64,
    ) -> Result<Option<ExecutionRecord>, EngineError> {
        let child = run.home.child(child_name(run.id, index));
        let record = child.read()?.map(|record| self.shared.live.as_it_is(record));
        record.map(|record| redrive::with_status(record, &child, self.shared.now())).transpose()
    }
}
