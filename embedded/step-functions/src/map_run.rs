//! A Map Run: a child execution for each item, so many at a time, until they
//! are through or too many have failed (Step Functions guide, "Using Map state
//! in Distributed mode").

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use asl::definition::MapState;
use asl::failure::{EXCEED_TOLERATED_FAILURE_THRESHOLD, Failure, ITEM_READER_FAILED};
use serde_json::Value;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::arn::child_name;
use crate::cancel::Cancel;
use crate::ending::interrupt;
use crate::error::EngineError;
use crate::event::Event;
use crate::execution::{Execution, MapToRedrive, Stop, Visit};
use crate::item_reader::Items;
use crate::limits::Cut;
use crate::map_plan::MapPlan;
use crate::mutex::lock;
use crate::record::{ExecutionRecord, ExecutionStatus, MapRunCounts, MapRunRecord, MapRunStatus};
use crate::result_writer::ResultFolder;
use crate::store::MapRunHome;

/// The most redrives of a Map Run (Step Functions guide, "Service quotas").
const MAX_REDRIVES: u32 = 1000;

/// A Map Run that is under way.
pub(crate) struct MapRun<'a> {
    pub id: Uuid,
    pub map: &'a MapState,
    pub plan: MapPlan,
    /// How many children run at a time; 0 sets no limit.
    pub max_concurrency: u32,
    /// Where the results of this attempt go.
    pub results: Option<ResultFolder>,
    /// MapRunStarted or MapRunRedriven.
    pub begun: u64,
    pub home: MapRunHome,
    pub record: Arc<Mutex<MapRunRecord>>,
    pub arn: String,
    /// Stops the children.
    pub stop: Cancel,
}

/// A Map Run of an earlier attempt, and the event MapStateStarted that it follows from.
struct OldMapRun {
    id: Uuid,
    home: MapRunHome,
    record: MapRunRecord,
    started: u64,
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
        let max_concurrency = self.max_concurrency(visit, map)?;
        let again = self.map_run_to_redrive(visit)?;
        if again.is_none() {
            let now = self.shared.now();
            self.history.add(now, Event::map_state_started());
        }
        let plan = self.plan_map(visit, map)?;
        let run = self.begin_map_run(map, plan, max_concurrency, again)?;
        let ended = self.through(&run).await.map_err(|stop| visit.located(stop));
        let written = self.end_map_run(&run, &ended);
        if written.is_ok() {
            self.shared.live.end_map_run(&run.arn);
        }
        self.shared.changed();
        let output = ended?;
        written?;
        Ok(output)
    }

    async fn through(&mut self, run: &MapRun<'_>) -> Result<Value, Stop> {
        if let Some(results) = &run.results {
            self.limits.run(results.test(&*self.shared.objects)).await??;
        }
        let items = self.read_items(run).await?;
        self.run_children(run, items).await
    }

    /// A new Map Run, or, for a redrive, the one that there is.
    fn begin_map_run<'a>(
        &mut self,
        map: &'a MapState,
        plan: MapPlan,
        max_concurrency: u32,
        again: Option<OldMapRun>,
    ) -> Result<MapRun<'a>, Stop> {
        let (id, home, record, begun) = match again {
            Some(old) => self.redriven_map_run(old)?,
            None => self.new_map_run(map, &plan, max_concurrency)?,
        };
        self.history.flush()?;
        home.write(&record)?;
        let arn = record.map_run_arn.clone();
        let results = plan.results.as_ref().map(|to| to.folder(&arn, id, record.redrive_count));
        let record = self.shared.live.begin_map_run(record);
        self.shared.changed();
        let stop = Cancel::default();
        Ok(MapRun { id, map, plan, max_concurrency, results, begun, home, record, arn, stop })
    }

    fn map_run_to_redrive(&self, visit: &mut Visit<'_>) -> Result<Option<OldMapRun>, EngineError> {
        let Some(MapToRedrive { id, started }) = visit.map_run.take() else { return Ok(None) };
        let home = self.shared.store.execution(&self.record.name).map_run(id);
        Ok(home.read()?.map(|record| OldMapRun { id, home, record, started }))
    }

    fn redriven_map_run(&mut self, old: OldMapRun) -> Result<(Uuid, MapRunHome, MapRunRecord, u64), Failure> {
        let OldMapRun { id, home, mut record, started } = old;
        if record.redrive_count >= MAX_REDRIVES {
            let cause = format!("The Map Run {} was redriven {MAX_REDRIVES} times.", record.map_run_arn);
            return Err(Failure::runtime(cause));
        }
        let now = self.shared.now();
        record.status = MapRunStatus::Running;
        record.redrive_count += 1;
        record.redrive_date = Some(now);
        record.stop_date = None;
        let event = Event::map_run_redriven(&record.map_run_arn, record.redrive_count);
        let begun = self.history.add_after(started, now, event);
        Ok((id, home, record, begun))
    }

    fn new_map_run(
        &mut self,
        map: &MapState,
        plan: &MapPlan,
        max_concurrency: u32,
    ) -> Result<(Uuid, MapRunHome, MapRunRecord, u64), EngineError> {
        let now = self.shared.now();
        let started = self.history.last_id();
        let id =
            Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{}#{started}", self.record.execution_arn).as_bytes());
        let arn = self.shared.arns.map_run(&map.label, id);
        let begun = self.history.add(now, Event::map_run_started(&arn));
        let home = self.shared.store.create_map_run(&self.record.name, id)?;
        let record = MapRunRecord {
            map_run_arn: arn,
            execution_arn: self.record.execution_arn.clone(),
            status: MapRunStatus::Running,
            start_date: now,
            stop_date: None,
            max_concurrency,
            tolerated_failure_percentage: plan.tolerance.percentage.unwrap_or(0.0),
            tolerated_failure_count: plan.tolerance.count.unwrap_or(0),
            item_counts: MapRunCounts::default(),
            execution_counts: MapRunCounts::default(),
            redrive_count: 0,
            redrive_date: None,
        };
        Ok((id, home, record, begun))
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
        let (mut jobs, through) = self.jobs(run, items.len())?;
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
        let written = match &run.results {
            Some(to) => self.write_results(run, &items, &through, to).await,
            None if end.is_ok() => Ok(self.gather(run, &items)?),
            None => Ok(Value::Null),
        };
        end?;
        written
    }

    fn cut_short(&self, run: &MapRun<'_>, stop: Stop) -> Stop {
        run.stop.cancel();
        stop
    }

    /// The children that are to be started, in the order of the items, with the counts that
    /// follow from those that are not; and the numbers of the items that have succeeded already.
    fn jobs(&self, run: &MapRun<'_>, total: u64) -> Result<(VecDeque<Job>, BTreeSet<u64>), EngineError> {
        let mut counts = MapRunCounts { total, ..MapRunCounts::default() };
        let mut jobs = VecDeque::new();
        let mut through = BTreeSet::new();
        let redriven = lock(&run.record).redrive_count > 0;
        for index in 0..total {
            let record = if redriven { self.ended_child(run, index)? } else { None };
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
                Some(record) if record.status == ExecutionStatus::Succeeded => {
                    counts.succeeded += 1;
                    counts.results_written += 1;
                    through.insert(index);
                }
                Some(record) => {
                    *of_status(&mut counts, record.status) += 1;
                    counts.failures_not_redrivable += 1;
                }
            }
        }
        let mut record = lock(&run.record);
        set_counts(&mut record, counts);
        run.home.write(&record)?;
        Ok((jobs, through))
    }

    /// A child of an earlier attempt. Nothing runs it any more, whatever its record says.
    fn ended_child(&self, run: &MapRun<'_>, index: u64) -> Result<Option<ExecutionRecord>, EngineError> {
        let child = run.home.child(child_name(run.id, index));
        if let Some(record) = child.read()?.map(|record| self.shared.live.as_it_is(record)) {
            interrupt(&self.shared, &child, record, self.shared.now());
        }
        self.result_of(run, index)
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

    fn end_map_run(&mut self, run: &MapRun<'_>, ended: &Result<Value, Stop>) -> Result<(), EngineError> {
        let now = self.shared.now();
        let status = match ended {
            Ok(_) => {
                let succeeded = self.history.add(now, Event::map_run_succeeded());
                self.history.add_after(succeeded, now, Event::map_state_succeeded());
                // MapStateExited follows from here (LocalStack's AWS-validated snapshots).
                self.history.follow(run.begun);
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
        let mut record = lock(&run.record);
        record.status = status;
        record.stop_date = Some(now);
        self.history.flush()?;
        run.home.write(&record)
    }
}

fn has_room(run: &MapRun<'_>, running: usize) -> bool {
    // Step Functions guide, "Service quotas": 10,000 child executions run at a time at the most.
    let most = match run.max_concurrency {
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
