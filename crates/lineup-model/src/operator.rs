//! The people, simulated: they upload the file, and redrive and re-run failed executions until it is imported.

use std::sync::Arc;
use std::time::Duration;

use embedded_aws::step_functions::record::{ExecutionRecord, ExecutionStatus, RedriveStatus};
use embedded_aws::step_functions::{Engine, ExecutionFilter, Page};
use lineup_contracts::layout::Layout;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::engine::run_process;
use crate::faults::FaultPlan;
use crate::lineups::Lineup;
use crate::observations::Subject;
use crate::oracle;
use crate::random::{chance, choice};
use crate::simulation::Simulation;

/// The result of a seed.
#[derive(Debug)]
pub struct Report {
    /// The violations; empty if all checks hold.
    pub violations: Vec<String>,
    /// The log of events, in order.
    pub log: Vec<String>,
}

/// Imports the seed's file in processes with the seed's faults, and in a last one without. Runs all checks.
pub fn run(seed: u64) -> Report {
    run_in(&Simulation::new(seed))
}

/// The same with the simulation's file.
pub fn run_in(simulation: &Arc<Simulation>) -> Report {
    let (rows, bytes) = (simulation.lineup.rows.len(), simulation.lineup.bytes.len());
    simulation.note(|| format!("{rows} rows, {bytes} bytes, chunks of {}", simulation.chunk_bytes));
    let mut operator = Operator::new(simulation);
    let faulty = operator.rng.usize(0..=4);
    let mut checked = 0;
    for process in 0..=faulty {
        let last = process == faulty;
        let faults = if last { FaultPlan::none() } else { FaultPlan::random(&mut operator.rng) };
        run_process(simulation, faults, async |_, engine| operator.work(&engine, last).await);
        checked = oracle::messages(simulation, checked);
        oracle::always(simulation);
        if !simulation.violations().is_empty() {
            break;
        }
    }
    if simulation.lineup.is_importable() && simulation.violations().is_empty() {
        oracle::finally(simulation);
    }
    Report { violations: simulation.violations(), log: simulation.log() }
}

/// A simulation in which one small lineup is imported, always the same one.
pub fn imported() -> Arc<Simulation> {
    let simulation = Simulation::with(0, Lineup::small());
    let mut operator = Operator::new(&simulation);
    run_process(&simulation, FaultPlan::none(), async |_, engine| operator.deliver(&engine).await);
    assert!(operator.imported, "{:#?}", simulation.log());
    simulation
}

struct Operator {
    simulation: Arc<Simulation>,
    rng: fastrand::Rng,
    /// Whether the event's first delivery has started an execution.
    delivered: bool,
    reruns: u32,
    /// Whether a re-run deletes results.
    deletes: bool,
    /// Whether the import succeeded, or failed permanently, and no result was deleted since.
    imported: bool,
}

/// An action of a person.
#[derive(Debug, Clone, PartialEq)]
enum Action {
    /// The event is delivered for the first time, and maybe once more.
    Deliver,
    /// An execution is redriven.
    Redrive(String),
    /// Chunks are loaded again: these, or all missing ones if `None`.
    Rerun(Option<Vec<u32>>),
}

impl Operator {
    fn new(simulation: &Arc<Simulation>) -> Self {
        let rng = simulation.random.of("operator");
        Self {
            simulation: Arc::clone(simulation),
            rng,
            delivered: false,
            reruns: 0,
            deletes: false,
            imported: false,
        }
    }

    /// Does a few actions in a process with faults. In the `last` one, which has none, one action must be enough; one more
    /// where the first had to end the run before.
    async fn work(&mut self, engine: &Engine, last: bool) {
        self.update_imported();
        let mut actions = if last { 1 } else { self.rng.usize(1..=3) };
        while actions > 0 {
            if self.imported && (last || self.rng.bool()) {
                break;
            }
            actions -= 1;
            let action = if last { self.needed_action(engine) } else { self.random_action(engine) };
            self.simulation.note(|| format!("{action:?}"));
            actions += usize::from(last && self.ends_the_run_before(engine, &action));
            self.act(engine, action).await;
            self.update_imported();
        }
        if last && !self.imported {
            self.simulation.violation("it is not imported, though nothing goes wrong any more".to_owned());
        }
        if last && self.imported && self.simulation.lineup.is_importable() && self.rng.u8(..3) == 0 {
            let again = Action::Rerun(Some(self.some_chunks()));
            self.simulation.note(|| format!("once more: {again:?}"));
            self.act(engine, again).await;
        }
        if last {
            oracle::messages_of_runs(&self.simulation, engine);
        }
    }

    /// Whether the action is a redrive that first ends the run before, and may not load all that is missing: where its Map had failed, or
    /// where chunks of its Map Run were loaded, and a re-run has deleted their results since.
    fn ends_the_run_before(&self, engine: &Engine, action: &Action) -> bool {
        let Action::Redrive(arn) = action else { return false };
        match &*last_state(engine, arn) {
            "Decide" | "Summarize" | "NotifyFailure" => true,
            "LoadChunks" => self.deletes,
            _ => false,
        }
    }

    /// A re-run, and a redrive of one, deletes results, even if it is killed afterwards.
    fn update_imported(&mut self) {
        self.imported &= !self.simulation.lineup.is_importable() || self.simulation.is_loaded();
    }

    /// The action that completes the import if there are no faults.
    fn needed_action(&mut self, engine: &Engine) -> Action {
        if !self.delivered {
            return Action::Deliver;
        }
        let split = self.simulation.is_split();
        if split && self.rng.bool() {
            return Action::Rerun(None);
        }
        let claim = self.simulation.json(&Layout(self.simulation.import_id).claim());
        let owner = claim.and_then(|claim| claim["execution_arn"].as_str().map(str::to_owned));
        let of_event = |arn: &String| arn.contains(":event-");
        let redrivable = redrivable(engine);
        // An execution that only has to send its message loads nothing.
        let loads = |owner: &String| {
            let tells = ["NotifySuccess", "NotifyFailure"].contains(&&*last_state(engine, owner));
            redrivable.contains(owner) && !tells
        };
        match owner.filter(loads) {
            Some(owner) => Action::Redrive(owner),
            None if split => Action::Rerun(None),
            None => redrivable.into_iter().find(of_event).map_or(Action::Rerun(None), Action::Redrive),
        }
    }

    /// A random action.
    fn random_action(&mut self, engine: &Engine) -> Action {
        if !self.delivered {
            return Action::Deliver;
        }
        let mut actions: Vec<_> = redrivable(engine).into_iter().map(Action::Redrive).collect();
        if self.simulation.is_split() {
            actions.push(Action::Rerun(None));
            actions.push(Action::Rerun(Some(self.some_chunks())));
        } else if actions.is_empty() {
            // There is nothing to re-run, and the execution must fail with that error.
            actions.push(Action::Rerun(None));
        }
        choice(&mut self.rng, &actions).clone()
    }

    fn some_chunks(&mut self) -> Vec<u32> {
        let chunks = &self.simulation.expected.chunks;
        let some = 1 + self.rng.usize(..chunks.len().clamp(1, 4));
        (0..some).map(|_| choice(&mut self.rng, chunks).chunk).collect()
    }

    async fn act(&mut self, engine: &Engine, action: Action) {
        match action {
            Action::Deliver => self.deliver(engine).await,
            Action::Redrive(arn) => {
                engine.redrive_execution(&arn).await.unwrap();
                self.simulation.observe(|seen| seen.redriven(&arn));
                self.ended(engine, &arn).await;
            }
            Action::Rerun(chunks) => self.rerun(engine, chunks).await,
        }
    }

    async fn deliver(&mut self, engine: &Engine) {
        let input = json!({"detail": self.simulation.detail});
        let first = start(engine, "event-1", &input).await;
        self.delivered = true;
        let second = if chance(&mut self.rng, 0.25) {
            sleep(Duration::from_millis(self.rng.u64(..500))).await;
            Some(start(engine, "event-2", &input).await)
        } else {
            None
        };
        self.ended(engine, &first).await;
        if let Some(second) = second {
            self.ended(engine, &second).await;
        }
    }

    async fn rerun(&mut self, engine: &Engine, chunks: Option<Vec<u32>>) {
        self.reruns += 1;
        let mut rerun = json!({"import_id": self.simulation.import_id});
        if let Some(chunks) = chunks {
            rerun["chunks"] = json!(chunks);
            self.imported = false;
            self.deletes = true;
        }
        let arn = start(engine, &format!("rerun-{}", self.reruns), &json!({"rerun": rerun})).await;
        self.ended(engine, &arn).await;
    }

    /// Waits for the execution, and checks how it ended.
    async fn ended(&mut self, engine: &Engine, arn: &str) {
        let record = engine.wait(arn).await.unwrap();
        self.simulation.note(|| {
            format!("{} ends {:?} {:?} {:?}", record.name, record.status, record.error, record.cause)
        });
        let last = last_state(engine, arn);
        match record.status {
            ExecutionStatus::Succeeded => self.succeeded(&record, &last),
            ExecutionStatus::Failed => self.failed(&record, &last),
            status => self.simulation.violation(format!("{arn} ends {status:?}")),
        }
    }

    fn succeeded(&mut self, record: &ExecutionRecord, last: &str) {
        let simulation = &self.simulation;
        let claim = simulation.json(&Layout(simulation.import_id).claim()).unwrap_or_default();
        let is_own = claim["execution_arn"] == record.execution_arn.as_str();
        if last == "AlreadyImported" {
            return simulation.check(!is_own, || "it is its own duplicate".into());
        }
        // A redrive of an execution whose split failed loads what is missing, even if another has split since.
        let claims = record.name.starts_with("event-") && record.redrive_count == 0;
        simulation.check(is_own || !claims, || format!("{} imports what {claim} has claimed", record.name));
        simulation.check(last == "Imported", || format!("it succeeds in {last}"));
        // If only its message was left to send, a redrive reports the execution's own summary, even if a
        // later re-run has deleted results.
        let summary = simulation.observe(|seen| seen.subject(&record.execution_arn).cloned());
        let all = Some(Subject::Summary { loaded: simulation.expected.numbers() });
        simulation.check(summary == all, || format!("it succeeds with {summary:?}"));
        self.imported = simulation.is_loaded();
    }

    fn failed(&mut self, record: &ExecutionRecord, last: &str) {
        let simulation = &self.simulation;
        let error = record.error.as_deref().unwrap_or_default();
        match last {
            "ImportFailed" => {
                let rerun = record.name.starts_with("rerun-") && !simulation.is_split();
                let lineup = simulation.lineup.is_importable();
                simulation.check(rerun || !lineup, || format!("a lineup ends in {error}"));
                simulation.check(error == "InvalidInput", || format!("it can never load: {error}"));
                self.imported |= !rerun;
            }
            "AwaitRedrive" if error == "ChunksNotLoaded" => self.says_what_is_missing(record),
            // The bucket refused the manifest with which Step Functions begins a Map: nothing catches that.
            "Survey" | "LoadChunks" if error == "States.Runtime" => {
                let cause = record.cause.as_deref().unwrap_or_default();
                simulation.check(cause.contains("Failed to write a test manifest"), || cause.to_owned());
            }
            _ => {
                let may_fail = ["NotifySuccess", "NotifyFailure", "AwaitRedrive"].contains(&last);
                simulation.check(may_fail && !error.starts_with("States."), || {
                    format!("it fails in {last} with {error}")
                });
            }
        }
    }

    fn says_what_is_missing(&self, record: &ExecutionRecord) {
        let simulation = &self.simulation;
        let cause = record.cause.as_deref().unwrap_or_default();
        // Since it failed, another execution may have split the file or loaded the rest.
        if !simulation.is_split() || simulation.is_loaded() || cause.contains("was not split") {
            return;
        }
        let loaded = simulation.loaded();
        let missing = simulation.expected.numbers().into_iter().filter(|number| !loaded.contains(number));
        let named: Vec<_> = missing.take(20).map(|number| number.to_string()).collect();
        let says = cause.contains(&format!("are not loaded: {}", named.join(", ")));
        simulation.check(says, || format!("{named:?} are missing, and it says {cause}"));
    }
}

async fn start(engine: &Engine, name: &str, input: &Value) -> String {
    engine.start_execution(Some(name), &input.to_string()).await.unwrap().execution_arn
}

/// The executions that can be redriven, the oldest first.
pub(crate) fn redrivable(engine: &Engine) -> Vec<String> {
    let page = Page { max_results: 1000, next_token: None };
    let mut executions = engine.list_executions(&ExecutionFilter::default(), &page).unwrap().items;
    executions.sort_by(|one, other| one.name.cmp(&other.name));
    let arns = executions.into_iter().map(|execution| execution.execution_arn);
    let redrivable = |arn: &String| {
        let record = engine.describe_execution(arn).unwrap();
        record.redrive_status == Some(RedriveStatus::Redrivable)
    };
    arns.filter(redrivable).collect()
}

/// The state that was entered last.
pub(crate) fn last_state(engine: &Engine, arn: &str) -> String {
    let page = Page { max_results: 1000, next_token: None };
    let events = engine.history(arn, &page, true).unwrap().items;
    let entered = events.iter().find(|event| event.event_type.ends_with("StateEntered"));
    entered.map_or("", |event| event.details["stateEnteredEventDetails"]["name"].as_str().unwrap()).to_owned()
}
