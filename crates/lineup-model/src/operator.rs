//! The people: they upload the file, and redrive and re-run what failed until it is imported.

use std::sync::Arc;
use std::time::Duration;

use embedded_aws::step_functions::record::{ExecutionRecord, ExecutionStatus, RedriveStatus};
use embedded_aws::step_functions::{Engine, ExecutionFilter, Page};
use lineup_contracts::layout::Layout;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::check;
use crate::dice::{happens, one};
use crate::lineups::Lineup;
use crate::process::live;
use crate::weather::Weather;
use crate::world::World;

/// What came of a seed.
#[derive(Debug)]
pub struct Report {
    /// What is not as it must be; empty if all is well.
    pub wrong: Vec<String>,
    /// What happened, in order.
    pub log: Vec<String>,
}

/// Imports the seed's file through the seed's weather, and checks all that must hold.
pub fn run(seed: u64) -> Report {
    let world = World::new(seed);
    let rows = world.lineup.rows.len();
    world
        .note(|| format!("{rows} rows, {} bytes, chunks of {}", world.lineup.bytes.len(), world.chunk_bytes));
    let mut operator = Operator::new(&world);
    let storms = operator.rng.usize(0..=4);
    for life in 0..=storms {
        let calm = life == storms;
        let weather = if calm { Weather::calm() } else { Weather::stormy(&mut operator.rng) };
        live(&world, weather, async |_, engine| operator.work(&engine, calm).await);
        world.check_messages();
        check::always(&world);
        if !world.all_wrong().is_empty() {
            break;
        }
    }
    if world.lineup.loads() && world.all_wrong().is_empty() {
        check::finally(&world);
    }
    Report { wrong: world.all_wrong(), log: world.log() }
}

/// A world in which one small lineup is imported, always the same one.
pub fn imported() -> Arc<World> {
    let world = World::with(0, Lineup::small());
    let mut operator = Operator::new(&world);
    live(&world, Weather::calm(), async |_, engine| operator.deliver(&engine).await);
    assert!(operator.imported, "{:#?}", world.log());
    world
}

struct Operator {
    world: Arc<World>,
    rng: fastrand::Rng,
    /// Whether the event's first delivery has started an execution.
    delivered: bool,
    reruns: u32,
    /// Whether the import succeeded, or failed for good, and nothing was forgotten since.
    imported: bool,
}

/// What people do.
#[derive(Debug, Clone, PartialEq)]
enum Action {
    /// The event is delivered for the first time, and maybe once more.
    Deliver,
    /// An execution is redriven.
    Redrive(String),
    /// Chunks are loaded again: these, or all that are missing.
    Rerun(Option<Vec<u32>>),
}

impl Operator {
    fn new(world: &Arc<World>) -> Self {
        let rng = world.dice.of("operator");
        Self { world: Arc::clone(world), rng, delivered: false, reruns: 0, imported: false }
    }

    /// In a storm a few actions; in the calm what is needed, and then it must be done.
    async fn work(&mut self, engine: &Engine, calm: bool) {
        self.look_again();
        let actions = if calm { 1 } else { self.rng.usize(1..=3) };
        for _ in 0..actions {
            if self.imported && (calm || self.rng.bool()) {
                break;
            }
            let action = if calm { self.needed(engine) } else { self.any(engine) };
            self.world.note(|| format!("{action:?}"));
            self.act(engine, action).await;
            self.look_again();
        }
        if calm && !self.imported {
            self.world.wrong("it is not imported, though nothing goes wrong any more".to_owned());
        }
        if calm && self.imported && self.world.lineup.loads() && self.rng.u8(..3) == 0 {
            let again = Action::Rerun(Some(self.some_chunks()));
            self.world.note(|| format!("once more: {again:?}"));
            self.act(engine, again).await;
        }
    }

    /// A re-run takes results away, and so does the redrive of one, also if it is killed then.
    fn look_again(&mut self) {
        self.imported &= !self.world.lineup.loads() || self.world.not_loaded() == Some(Vec::new());
    }

    /// What brings the import to its end when nothing goes wrong.
    fn needed(&mut self, engine: &Engine) -> Action {
        if !self.delivered {
            return Action::Deliver;
        }
        if self.world.not_loaded().is_some() && self.rng.bool() {
            return Action::Rerun(None);
        }
        let claim = self.world.json(&Layout(self.world.import_id).claim());
        let owner = claim.and_then(|claim| claim["execution_arn"].as_str().map(str::to_owned));
        let of_event = |arn: &String| arn.contains(":event-");
        let redrivable = redrivable(engine);
        // One that has only its message left to send loads nothing any more.
        let loads =
            |owner: &String| redrivable.contains(owner) && last_state(engine, owner) != "NotifySuccess";
        let split = self.world.not_loaded().is_some();
        match owner.filter(loads) {
            Some(owner) => Action::Redrive(owner),
            None if split => Action::Rerun(None),
            None => redrivable.into_iter().find(of_event).map_or(Action::Rerun(None), Action::Redrive),
        }
    }

    /// What people may do.
    fn any(&mut self, engine: &Engine) -> Action {
        if !self.delivered {
            return Action::Deliver;
        }
        let mut actions: Vec<_> = redrivable(engine).into_iter().map(Action::Redrive).collect();
        if self.world.not_loaded().is_some() {
            actions.push(Action::Rerun(None));
            actions.push(Action::Rerun(Some(self.some_chunks())));
        } else if actions.is_empty() {
            // There is nothing to re-run, and it must say so.
            actions.push(Action::Rerun(None));
        }
        one(&mut self.rng, &actions).clone()
    }

    fn some_chunks(&mut self) -> Vec<u32> {
        let chunks = self.world.chunks().unwrap_or_default();
        let some = 1 + self.rng.usize(..chunks.len().clamp(1, 4));
        (0..some).map(|_| one(&mut self.rng, &chunks).chunk).collect()
    }

    async fn act(&mut self, engine: &Engine, action: Action) {
        match action {
            Action::Deliver => self.deliver(engine).await,
            Action::Redrive(arn) => {
                engine.redrive_execution(&arn).await.unwrap();
                self.ended(engine, &arn).await;
            }
            Action::Rerun(chunks) => self.rerun(engine, chunks).await,
        }
    }

    async fn deliver(&mut self, engine: &Engine) {
        let input = json!({"detail": self.world.detail});
        let first = start(engine, "event-1", &input).await;
        self.delivered = true;
        let second = if happens(&mut self.rng, 0.25) {
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
        let mut rerun = json!({"import_id": self.world.import_id});
        if let Some(chunks) = chunks {
            rerun["chunks"] = json!(chunks);
            self.imported = false;
        }
        let arn = start(engine, &format!("rerun-{}", self.reruns), &json!({"rerun": rerun})).await;
        self.ended(engine, &arn).await;
    }

    /// Waits for the execution, and checks how it ended.
    async fn ended(&mut self, engine: &Engine, arn: &str) {
        let record = engine.wait(arn).await.unwrap();
        self.world.note(|| {
            format!("{} ends {:?} {:?} {:?}", record.name, record.status, record.error, record.cause)
        });
        self.world.check_messages();
        let last = last_state(engine, arn);
        match record.status {
            ExecutionStatus::Succeeded => self.succeeded(&record, &last),
            ExecutionStatus::Failed => self.failed(&record, &last),
            status => self.world.wrong(format!("{arn} ends {status:?}")),
        }
    }

    fn succeeded(&mut self, record: &ExecutionRecord, last: &str) {
        let world = &self.world;
        if last == "AlreadyImported" {
            let claim = world.json(&Layout(world.import_id).claim()).unwrap_or_default();
            world.must(claim["execution_arn"] != record.execution_arn.as_str(), || {
                "it is its own duplicate".into()
            });
            return;
        }
        let claim = world.json(&Layout(world.import_id).claim()).unwrap_or_default();
        // One whose split failed loads what is missing when it is redriven, whoever has split since.
        let claims = record.name.starts_with("event-") && record.redrive_count == 0;
        let claimed = !claims || claim["execution_arn"] == record.execution_arn.as_str();
        world.must(claimed, || format!("{} imports what {claim} has claimed", record.name));
        world.must(last == "Imported", || format!("it succeeds in {last}"));
        world.must(self.told(record), || "it succeeds without a message".into());
        // Redriven where only its message was left to send, it tells of its own summary, though a
        // later re-run may have taken results away since.
        let summed_up = world.missing.lock().unwrap().get(&record.execution_arn).cloned();
        world.must(summed_up == Some(Vec::new()), || format!("it succeeds without {summed_up:?}"));
        self.imported = world.not_loaded() == Some(Vec::new());
    }

    fn failed(&mut self, record: &ExecutionRecord, last: &str) {
        let world = &self.world;
        let error = record.error.as_deref().unwrap_or_default();
        let untold = ["NotifySuccess", "NotifyFailure"].contains(&last);
        world.must(untold || self.told(record), || format!("it fails in {last} without a message"));
        match last {
            "ImportFailed" => {
                let rerun = record.name.starts_with("rerun-") && world.not_loaded().is_none();
                world.must(rerun || !world.lineup.loads(), || format!("a lineup ends in {error}"));
                world.must(error == "InvalidInput", || format!("it can never load: {error}"));
                self.imported |= !rerun;
            }
            "AwaitRedrive" if error == "ChunksNotLoaded" => self.says_what_is_missing(record),
            _ => {
                let awaits = untold || last == "AwaitRedrive";
                world.must(awaits && !error.starts_with("States."), || {
                    format!("it fails in {last} with {error}")
                });
            }
        }
    }

    fn says_what_is_missing(&self, record: &ExecutionRecord) {
        let Some(missing) = self.world.not_loaded() else { return };
        // Another execution may have split since it failed.
        let not_split = record.cause.as_deref().is_some_and(|cause| cause.contains("was not split"));
        if missing.is_empty() || not_split {
            return;
        }
        let named: Vec<_> = missing.iter().take(20).map(u32::to_string).collect();
        let cause = record.cause.as_deref().unwrap_or_default();
        let said = cause.contains(&format!("are not loaded: {}", named.join(", ")));
        self.world.must(said, || format!("{missing:?} are missing, and it says {cause}"));
    }

    fn told(&self, record: &ExecutionRecord) -> bool {
        let messages = self.world.messages();
        messages.iter().any(|message| message.field("Execution") == Some(&record.execution_arn))
    }
}

async fn start(engine: &Engine, name: &str, input: &Value) -> String {
    engine.start_execution(Some(name), &input.to_string()).await.unwrap().execution_arn
}

/// The executions that can be redriven, the oldest first.
fn redrivable(engine: &Engine) -> Vec<String> {
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
fn last_state(engine: &Engine, arn: &str) -> String {
    let page = Page { max_results: 1000, next_token: None };
    let events = engine.history(arn, &page, true).unwrap().items;
    let entered = events.iter().find(|event| event.event_type.ends_with("StateEntered"));
    entered.map_or("", |event| event.details["stateEnteredEventDetails"]["name"].as_str().unwrap()).to_owned()
}
