//! A Map Run: a child execution for each item, so many at a time, until they
//! are through or too many have failed (Step Functions guide, "Using Map state
//! in Distributed mode").

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use asl::definition::MapState;
use asl::failure::{EXCEED_TOLERATED_FAILURE_THRESHOLD, Failure, ITEM_READER_FAILED};
use serde_json::Value;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::arn::child_name;
use crate::cancel::Cancel;
use crate::error::EngineError;
use crate::event::Event;
use crate::execution::{Execution, Stop, Visit, limited};
use crate::item_reader::Items;
use crate::limits::Cut;
use crate::map_plan::MapPlan;
use crate::mutex::lock;
use crate::record::{ExecutionRecord, ExecutionStatus, MapRunCounts, MapRunRecord, MapRunStatus};
use crate::redrive;
use crate::result_writer::{Results, entry};
use crate::store::MapRunHome;

/// The most redrives of a Map Run (Step Functions guide, "Service quotas").
const MAX_REDRIVES: u32 = 1000;

/// A Map Run that is under way.
pub(crate) struct MapRun<'a> {
    pub id: Uuid,
    pub map: &'a MapState,
    pub plan: MapPlan,
    pub home: MapRunHome,
    pub record: Arc<Mutex<MapRunRecord>>,
    pub arn: String,
    /// Stops the children.
    pub stop: Cancel,
}

/// A child that is to be started.
pub(crate) enum Job {
    /// For item number `.0`, for the first time.
    New(u64),
    /// For item number `.0`, again.
    Redrive(u64),
}

impl Execution {
    /// Runs the children of a Map state; the result is the state's, before `ResultSelector`.
    pub(crate) async fn map(&mut self, visit: &mut Visit<'_>, map: &MapState) -> Result<Value, Stop> {
        let plan = self.plan_map(visit, map)?;
        let run = self.begin_map_run(visit, map, plan)?;
        let ended = match self.read_items(&run).await {
            Ok(items) => self.run_children(&run, items).await,
            Err(stop) => Err(stop),
        };
        self.end_map_run(&run, &ended)?;
        self.shared.live.end_map_run(&run.arn);
        self.shared.changed();
        ended
    }

    /// A new Map Run, or, for a redrive, the one that there is.
    fn begin_map_run<'a>(
        &mut self,
        visit: &mut Visit<'_>,
        map: &'a MapState,
        plan: MapPlan,
    ) -> Result<MapRun<'a>, Stop> {
        let now = self.shared.now();
        let (id, home, record) = match self.map_run_to_redrive(visit)? {
            Some((_, _, record)) if record.redrive_count >= MAX_REDRIVES => {
                let cause = format!("The Map Run {} was redriven {MAX_REDRIVES} times.", record.map_run_arn);
                return Err(Failure::runtime(cause).into());
            }
            Some((id, home, mut record)) => {
                record.status = MapRunStatus::Running;
                record.redrive_count += 1;
                record.redrive_date = Some(now);
                record.stop_date = None;
                self.history.add(now, Event::map_run_redriven(&record.map_run_arn, record.redrive_count));
                (id, home, record)
            }
            None => self.new_map_run(map, &plan)?,
        };
        self.history.flush()?;
        home.write(&record)?;
        let arn = record.map_run_arn.clone();
        let record = self.shared.live.begin_map_run(record);
        self.shared.changed();
        Ok(MapRun { id, map, plan, home, record, arn, stop: Cancel::default() })
    }

    fn map_run_to_redrive(
        &self,
        visit: &mut Visit<'_>,
    ) -> Result<Option<(Uuid, MapRunHome, MapRunRecord)>, EngineError> {
        let Some(id) = visit.map_run.take() else { return Ok(None) };
        let Some(home) = self.shared.store.map_run(id) else { return Ok(None) };
        Ok(home.read()?.map(|record| (id, home, record)))
    }

    fn new_map_run(
        &mut self,
        map: &MapState,
        plan: &MapPlan,
    ) -> Result<(Uuid, MapRunHome, MapRunRecord), EngineError> {
        let now = self.shared.now();
        let started = self.history.add(now, Event::map_state_started());
        let id =
            Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{}#{started}", self.record.execution_arn).as_bytes());
        let arn = self.shared.arns.map_run(&map.label, id);
        self.history.add(now, Event::map_run_started(&arn));
        let home = self.shared.store.create_map_run(&self.record.name, id)?;
        let record = MapRunRecord {
            map_run_arn: arn,
            execution_arn: self.record.execution_arn.clone(),
            status: MapRunStatus::Running,
            start_date: now,
            stop_date: None,
            max_concurrency: plan.max_concurrency,
            tolerated_failure_percentage: plan.tolerance.percentage.unwrap_or(0.0),
            tolerated_failure_count: plan.tolerance.count.unwrap_or(0),
            item_counts: MapRunCounts::default(),
            execution_counts: MapRunCounts::default(),
            redrive_count: 0,
            redrive_date: None,
        };
        Ok((id, home, record))
    }

    /// The items in S3, or, once the Map Run has read them, those that it read: a redrive works
    /// on the same ones ("Redriving Map Runs", "Scenarios of input used on Map Run redrive").
    async fn read_items(&self, run: &MapRun<'_>) -> Result<Items, Stop> {
        if let Some(bytes) = run.home.read_items()? {
            return Ok(Items::parse(bytes)?);
        }
        let (bucket, key) = &run.plan.items;
        let read = self.limits.run(self.shared.objects.get(bucket, key)).await?;
        let failed =
            |error| Failure::new(ITEM_READER_FAILED, format!("Reading s3://{bucket}/{key}: {error}"));
        let items = Items::parse(read.map_err(failed)?.into())?;
        run.home.write_items(items.bytes())?;
        Ok(items)
    }

    async fn run_children(&mut self, run: &MapRun<'_>, items: Items) -> Result<Value, Stop> {
        let mut jobs = self.jobs(run, items.len())?;
        let mut children = JoinSet::new();
        let mut end = Ok(());
        loop {
            while end.is_ok() && has_room(run, children.len()) {
                let Some(job) = jobs.pop_front() else { break };
                match self.start_child(run, &items, &job) {
                    Ok(child) => _ = children.spawn(child),
                    Err(stop) => end = Err(self.cut_short(run, stop)),
                }
            }
            let next = match &end {
                Ok(()) => self.limits.run(children.join_next()).await,
                Err(_) => Ok(children.join_next().await),
            };
            match next {
                Err(cut) => end = Err(self.cut_short(run, cut.into())),
                Ok(None) => break,
                Ok(Some(child)) => {
                    let child =
                        child.map_err(|error| Failure::runtime(format!("a child execution: {error}")));
                    if let Err(stop) = child.and_then(|child| count(run, &child)).map_err(Stop::from)
                        && end.is_ok()
                    {
                        end = Err(self.cut_short(run, stop));
                    }
                }
            }
            self.shared.changed();
        }
        self.drop_pending_redrives(run, &jobs)?;
        let written = self.write_results(run, &items, end.is_ok()).await;
        end?;
        written
    }

    fn cut_short(&self, run: &MapRun<'_>, stop: Stop) -> Stop {
        run.stop.cancel();
        stop
    }

    /// The children that are to be started, in the order of the items, with the counts that
    /// follow from those that are not.
    fn jobs(&self, run: &MapRun<'_>, total: u64) -> Result<VecDeque<Job>, EngineError> {
        let mut counts = MapRunCounts { total, ..MapRunCounts::default() };
        let mut jobs = VecDeque::new();
        let redriven = lock(&run.record).redrive_count > 0;
        for index in 0..total {
            let child = run.home.child(child_name(run.id, index));
            let record = if redriven { child.read()? } else { None };
            let record =
                record.map(|record| redrive::with_status(record, &child, self.shared.now())).transpose()?;
            match record {
                None => {
                    counts.pending += 1;
                    jobs.push_back(Job::New(index));
                }
                Some(record) if record.redrive_status_reason.is_none() => {
                    counts.pending_redrive += 1;
                    self.shared.live.wait_for_redrive(child_name(run.id, index), true);
                    jobs.push_back(Job::Redrive(index));
                }
                Some(record) => {
                    *of_status(&mut counts, record.status) += 1;
                    counts.failures_not_redrivable += u64::from(record.status != ExecutionStatus::Succeeded);
                }
            }
        }
        let mut record = lock(&run.record);
        set_counts(&mut record, counts);
        run.home.write(&record)?;
        Ok(jobs)
    }

    /// "When a Map Run has completed its execution or is aborted, the count of child workflow
    /// executions in the Pending redrive state is reset" ("Redriving Map Runs"): they are what
    /// they were before.
    fn drop_pending_redrives(&self, run: &MapRun<'_>, left: &VecDeque<Job>) -> Result<(), EngineError> {
        let mut record = lock(&run.record);
        let mut counts = MapRunCounts { pending_redrive: 0, ..record.execution_counts };
        for job in left {
            let Job::Redrive(index) = job else { continue };
            let name = child_name(run.id, *index);
            self.shared.live.wait_for_redrive(name, false);
            if let Some(child) = run.home.child(name).read()? {
                *of_status(&mut counts, child.status) += 1;
            }
        }
        set_counts(&mut record, counts);
        Ok(())
    }

    /// Writes the results, or gathers them. Pending items are listed only where the Map Run
    /// ended early.
    async fn write_results(&self, run: &MapRun<'_>, items: &Items, through: bool) -> Result<Value, Stop> {
        let Some(destination) = &run.plan.results else {
            return if through { Ok(self.gather(run, items)?) } else { Ok(Value::Null) };
        };
        let mut results = Results::default();
        for index in 0..items.len() {
            match self.result_of(run, index)? {
                Some(record) => results.add(&record),
                None => results.add_pending(&limited(&self.child_input(run, items, index)?, &run.map.label)?),
            }
        }
        let written = results.written;
        let details = results.write(&*self.shared.objects, destination, &run.arn, run.id).await?;
        let mut record = lock(&run.record);
        let counts = MapRunCounts { results_written: written, ..record.execution_counts };
        set_counts(&mut record, counts);
        Ok(serde_json::json!({"MapRunArn": run.arn, "ResultWriterDetails": details}))
    }

    /// The children's outputs in the order of the items; for one that failed, what the result
    /// file would have ("ResultWriter (Map)").
    fn gather(&self, run: &MapRun<'_>, items: &Items) -> Result<Value, Stop> {
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

    fn result_of(&self, run: &MapRun<'_>, index: u64) -> Result<Option<ExecutionRecord>, EngineError> {
        let child = run.home.child(child_name(run.id, index));
        child.read()?.map(|record| redrive::with_status(record, &child, self.shared.now())).transpose()
    }

    fn end_map_run(&mut self, run: &MapRun<'_>, ended: &Result<Value, Stop>) -> Result<(), EngineError> {
        let now = self.shared.now();
        let status = match ended {
            Ok(_) => {
                let succeeded = self.history.add(now, Event::map_run_succeeded());
                self.history.add_after(succeeded, now, Event::map_state_succeeded());
                MapRunStatus::Succeeded
            }
            Err(Stop::Failed(failure)) => {
                self.history.add(now, Event::map_run_failed(failure));
                self.history.add(now, Event::map_state_failed());
                MapRunStatus::Failed
            }
            Err(Stop::Cut(Cut::Stopped | Cut::TimedOut)) => {
                self.history.add(now, Event::map_run_aborted());
                MapRunStatus::Aborted
            }
        };
        self.history.flush()?;
        let mut record = lock(&run.record);
        record.status = status;
        record.stop_date = Some(now);
        run.home.write(&record)
    }
}

fn has_room(run: &MapRun<'_>, running: usize) -> bool {
    // Step Functions guide, "Service quotas": 10,000 child executions run at a time at the most.
    let most = match run.plan.max_concurrency {
        0 => 10_000,
        most => most.min(10_000) as usize,
    };
    running < most
}

/// Counts a child that has ended.
fn count(run: &MapRun<'_>, child: &ExecutionRecord) -> Result<(), Failure> {
    let mut record = lock(&run.record);
    let mut counts = record.execution_counts;
    counts.running = counts.running.saturating_sub(1);
    *of_status(&mut counts, child.status) += 1;
    set_counts(&mut record, counts);
    if run.plan.tolerance.is_exceeded(counts.failed + counts.timed_out, counts.total) {
        let cause = "The specified tolerated failure threshold was exceeded";
        return Err(Failure::new(EXCEED_TOLERATED_FAILURE_THRESHOLD, cause));
    }
    Ok(())
}

pub(crate) fn set_counts(record: &mut MapRunRecord, counts: MapRunCounts) {
    record.item_counts = counts;
    record.execution_counts = counts;
}

pub(crate) fn of_status(counts: &mut MapRunCounts, status: ExecutionStatus) -> &mut u64 {
    match status {
        ExecutionStatus::Running => &mut counts.running,
        ExecutionStatus::Succeeded => &mut counts.succeeded,
        ExecutionStatus::Failed => &mut counts.failed,
        ExecutionStatus::TimedOut => &mut counts.timed_out,
        ExecutionStatus::Aborted => &mut counts.aborted,
        ExecutionStatus::PendingRedrive => &mut counts.pending_redrive,
    }
}
