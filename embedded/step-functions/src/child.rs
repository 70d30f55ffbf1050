//! The child executions of a Map Run.

use std::sync::Arc;

use asl::definition::ExecutionType;
use asl::failure::Failure;
use futures::future::BoxFuture;
use serde_json::Value;

use crate::arn::child_name;
use crate::context::with_item;
use crate::error::EngineError;
use crate::event::Event;
use crate::execution::{Execution, Position, Stop, limited};
use crate::history::History;
use crate::item_reader::Items;
use crate::limits::Limits;
use crate::map_run::{Job, MapRun, set_counts};
use crate::mutex::lock;
use crate::record::{DataDetails, ExecutionRecord, ExecutionStatus};
use crate::redrive;
use crate::store::Home;

impl Execution {
    /// Makes the child ready, counts it as running, and gives what runs it.
    pub(crate) fn start_child(
        &self,
        run: &MapRun<'_>,
        items: &Items,
        job: &Job,
    ) -> Result<BoxFuture<'static, ExecutionRecord>, Stop> {
        let child = match *job {
            Job::New(index) => self.new_child(run, items, index)?,
            Job::Redrive(index) => self.redriven_child(run, index)?,
        };
        let mut record = lock(&run.record);
        let mut counts = record.execution_counts;
        match job {
            Job::New(_) => counts.pending = counts.pending.saturating_sub(1),
            Job::Redrive(_) => counts.pending_redrive = counts.pending_redrive.saturating_sub(1),
        }
        counts.running += 1;
        set_counts(&mut record, counts);
        Ok(child)
    }

    /// The item, or what `ItemSelector` makes of it.
    pub(crate) fn child_input(&self, run: &MapRun<'_>, items: &Items, index: u64) -> Result<Value, Failure> {
        let item = items.get(index)?;
        match &run.map.item_selector {
            None => Ok(item),
            Some(selector) => {
                selector.render_item(&run.plan.input, &with_item(run.plan.context.clone(), index, item))
            }
        }
    }

    fn new_child(
        &self,
        run: &MapRun<'_>,
        items: &Items,
        index: u64,
    ) -> Result<BoxFuture<'static, ExecutionRecord>, Stop> {
        let input = self.child_input(run, items, index)?;
        let text = limited(&input, &run.map.label)?;
        let name = child_name(run.id, index);
        let now = self.shared.now();
        let home = run.home.child(name);
        let record = ExecutionRecord {
            execution_arn: self.shared.arns.child(&run.map.label, name),
            state_machine_arn: self.shared.arns.child_state_machine(&run.map.label),
            name: name.to_string(),
            status: ExecutionStatus::Running,
            start_date: now,
            stop_date: None,
            input: text,
            input_details: DataDetails::default(),
            output: None,
            output_details: None,
            map_run_arn: Some(run.arn.clone()),
            error: None,
            cause: None,
            redrive_count: 0,
            redrive_date: None,
            redrive_status: None,
            redrive_status_reason: None,
        };
        let mut history = History::open(home.history())?;
        history.add(now, Event::execution_started(&record.input, &self.shared.config.role_arn));
        let from = Position::before(&run.map.processor.start_at, input.clone());
        Ok(self.child(run, home, record, history, input)?.run(from))
    }

    fn redriven_child(
        &self,
        run: &MapRun<'_>,
        index: u64,
    ) -> Result<BoxFuture<'static, ExecutionRecord>, Stop> {
        let name = child_name(run.id, index);
        self.shared.live.wait_for_redrive(name, false);
        let home = run.home.child(name);
        let record = home.read()?;
        let mut record =
            record.ok_or_else(|| Failure::runtime(format!("child {index} of {} is not there", run.arn)))?;
        let input: Value = serde_json::from_str(&record.input).unwrap_or_default();
        let graph = &run.map.processor;
        let from = match run.map.execution_type {
            ExecutionType::Standard => redrive::resume_point(home.history(), graph, &input)?,
            ExecutionType::Express => Position::before(&graph.start_at, input.clone()),
        };
        let now = self.shared.now();
        redrive::restart(&mut record, now);
        let mut history = History::open(home.history())?;
        redrive::note(&mut history, now, record.redrive_count, &from);
        self.shared.live.forget_unwritten(&record.execution_arn);
        Ok(self.child(run, home, record, history, input)?.run(from))
    }

    fn child(
        &self,
        run: &MapRun<'_>,
        home: Home,
        record: ExecutionRecord,
        history: History,
        input: Value,
    ) -> Result<Self, EngineError> {
        home.write(&record)?;
        let control = self.shared.live.begin(&record.execution_arn).unwrap_or_default();
        let stops = [control.stop.clone(), run.stop.clone()];
        let clock = Arc::clone(&self.shared.clock);
        Ok(Self {
            shared: Arc::clone(&self.shared),
            graph: Arc::clone(&run.map.processor),
            record,
            home,
            history,
            input,
            limits: Limits { stops, deadline: None, clock },
            control,
        })
    }
}
