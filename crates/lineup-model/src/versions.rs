//! Versions of a file, whose imports run at the same time and go wrong in all ways.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use embedded_aws::step_functions::Engine;
use embedded_aws::step_functions::record::ExecutionStatus;
use futures::future::join_all;
use lineup_contracts::layout::import_id;
use lineup_contracts::{LineupId, ListParts};
use lineup_versions::LineupVersions;
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use crate::engine::run_process;
use crate::expected::Expected;
use crate::faults::FaultPlan;
use crate::lineups::{ExpectedItem, Lineup};
use crate::operator::{Report, last_state, redrivable};
use crate::oracle;
use crate::simulation::{IMPORTS, KEY, Simulation, UPLOADS};

/// How often an execution is redriven at most, once nothing goes wrong any more. A first redrive may only end the run before.
const REDRIVES: usize = 4;

/// Uploads two or three versions of a file at once, and starts and redrives their executions in processes with the seed's faults, then
/// in a last one without. In the end the table has exactly the rows of the newest one.
pub fn run(seed: u64) -> Report {
    let operator = VersionsOperator::new(seed);
    let mut rng = operator.simulation.random.of("versions");
    let faulty = rng.usize(1..=4);
    for process in 0..=faulty {
        let last = process == faulty;
        let faults = if last { FaultPlan::none() } else { FaultPlan::random(&mut rng) };
        run_process(&operator.simulation, faults, async |_, engine| {
            operator.work(&engine, &mut rng, last).await;
        });
        operator.check_table(last);
    }
    Report { violations: operator.simulation.violations(), log: operator.simulation.log() }
}

/// A version that was uploaded.
struct UploadedVersion {
    /// The `detail` of its event.
    detail: Value,
    import_id: Uuid,
    /// The items that the table has once it is imported.
    items: BTreeMap<(String, String), ExpectedItem>,
}

struct VersionsOperator {
    simulation: Arc<Simulation>,
    /// The newest is the last.
    versions: Vec<UploadedVersion>,
}

impl VersionsOperator {
    fn new(seed: u64) -> Self {
        let mut simulation = Simulation::with(seed, Lineup::small());
        let settings = Arc::get_mut(&mut simulation).unwrap();
        let mut rng = settings.random.of("files");
        settings.aws.s3.keep_versions(UPLOADS);
        settings.chunk_bytes = rng.u64(60..2_000);
        settings.surveyed_bytes = if rng.bool() { 0 } else { 1 << 20 };
        let versions = (1..=rng.usize(2..=3)).map(|number| upload(&simulation, &mut rng, number)).collect();
        Self { simulation, versions }
    }

    fn newest(&self) -> &UploadedVersion {
        self.versions.last().unwrap()
    }

    /// Starts and redrives executions, one a moment after the other, and waits for all of them.
    async fn work(&self, engine: &Engine, rng: &mut fastrand::Rng, last: bool) {
        let actions = if last { self.versions.len() } else { rng.usize(1..=4) };
        let mut waited_for = BTreeSet::new();
        for _ in 0..actions {
            let arn = match rng.bool() && !last {
                true => self.redrive_one(engine, rng).await,
                false => self.start_one(engine, rng).await,
            };
            waited_for.extend(arn);
            sleep(Duration::from_millis(rng.u64(..3_000))).await;
        }
        join_all(waited_for.iter().map(|arn| engine.wait(arn))).await;
        if last {
            self.redrive_all(engine, rng).await;
            self.check_ends(engine);
        }
    }

    /// Starts the execution of one of the versions that have none. Events need not arrive in the order of the uploads.
    async fn start_one(&self, engine: &Engine, rng: &mut fastrand::Rng) -> Option<String> {
        let started = |number: &usize| engine.describe_execution(&arn(engine, *number)).is_ok();
        let mut waiting: Vec<usize> = (0..self.versions.len()).filter(|number| !started(number)).collect();
        rng.shuffle(&mut waiting);
        let number = waiting.pop()?;
        self.simulation.note(|| format!("version {number} starts"));
        let input = json!({"detail": self.versions[number].detail}).to_string();
        let started = engine.start_execution(Some(&name(number)), &input).await.unwrap();
        Some(started.execution_arn)
    }

    async fn redrive_one(&self, engine: &Engine, rng: &mut fastrand::Rng) -> Option<String> {
        let mut arns = redrivable(engine);
        rng.shuffle(&mut arns);
        let arn = arns.pop()?;
        self.redrive(engine, &arn).await;
        Some(arn)
    }

    async fn redrive(&self, engine: &Engine, arn: &str) {
        self.simulation.note(|| format!("redrive {arn}"));
        engine.redrive_execution(arn).await.unwrap();
        self.simulation.observe(|seen| seen.redriven(arn));
    }

    async fn redrive_all(&self, engine: &Engine, rng: &mut fastrand::Rng) {
        for _ in 0..REDRIVES {
            let mut arns = redrivable(engine);
            rng.shuffle(&mut arns);
            for arn in &arns {
                self.redrive(engine, arn).await;
            }
            join_all(arns.iter().map(|arn| engine.wait(arn))).await;
        }
    }

    /// Every import ends well or is superseded, and the newest ends well.
    fn check_ends(&self, engine: &Engine) {
        for number in 0..self.versions.len() {
            let arn = arn(engine, number);
            let (status, state) = (engine.describe_execution(&arn).unwrap().status, last_state(engine, &arn));
            let is_newest = number + 1 == self.versions.len();
            let may_end = state == "Imported" || (state == "Superseded" && !is_newest);
            self.simulation.check(status == ExecutionStatus::Succeeded && may_end, || {
                format!("version {number} of {} ends {status:?} in {state}", self.versions.len())
            });
        }
    }

    /// As soon as the newest version is the current one, the table has its rows and no other, whatever the older ones do. In the
    /// end it is, nobody holds the lineup, and of the lists of keys and names only its own are left.
    fn check_table(&self, last: bool) {
        let Self { simulation, .. } = self;
        let newest = self.newest();
        let id = LineupId::of(UPLOADS, KEY);
        let document = simulation.json(&id.document()).unwrap_or_else(|| json!({}));
        let lineup: LineupVersions = serde_json::from_value(document).unwrap();
        let is_current = lineup.current.as_ref().is_some_and(|current| current.import_id == newest.import_id);
        if is_current {
            let table = oracle::table(simulation);
            for key in table.keys().chain(newest.items.keys()) {
                let (found, expected) = (table.get(key), newest.items.get(key));
                simulation.check(found == expected, || format!("{key:?}: {found:?} and not {expected:?}"));
            }
        }
        if last {
            simulation.check(is_current && lineup.holder.is_none(), || format!("in the end: {lineup:?}"));
            let lists = simulation.aws.s3.paths(&format!("{IMPORTS}/{}{id}/", LineupId::ROOT));
            let keys = id.keys(newest.import_id);
            let list = simulation.aws.s3.get(&format!("{IMPORTS}/{keys}"));
            let several = list.and_then(|list| serde_json::from_slice::<ListParts>(&list.body).ok());
            let expected = [keys, id.names(newest.import_id), id.document()].into_iter();
            let expected = expected.chain(several.unwrap_or_default().parts);
            let expected: BTreeSet<_> = expected.map(|key| format!("{IMPORTS}/{key}")).collect();
            let left: Vec<_> = lists.into_iter().filter(|path| !expected.contains(path)).collect();
            simulation.check(left.is_empty(), || format!("nobody needs {left:?}"));
        }
    }
}

/// Uploads a random version without bad rows: a bad row keeps the rows of its performer.
fn upload(simulation: &Simulation, rng: &mut fastrand::Rng, number: usize) -> UploadedVersion {
    let lineup = Lineup::random_and_good(rng);
    let path = format!("{UPLOADS}/{KEY}");
    simulation.aws.s3.put(&path, lineup.bytes.clone(), &[("replace", "always")]);
    let object = simulation.aws.s3.get(&path).unwrap();
    let (etag, version_id, sequencer) = (object.etag, object.version_id, format!("{number:016X}"));
    let import_id = import_id(UPLOADS, KEY, version_id.as_deref(), &etag, &sequencer);
    let size = lineup.bytes.len();
    let object =
        json!({"key": KEY, "size": size, "etag": etag, "version-id": version_id, "sequencer": sequencer});
    let expected = Expected::new(&lineup, simulation.chunk_bytes);
    UploadedVersion {
        detail: json!({"bucket": {"name": UPLOADS}, "object": object}),
        import_id,
        items: expected.items().into_iter().map(|(key, item)| (key, item.clone())).collect(),
    }
}

fn name(number: usize) -> String {
    format!("version-{number}")
}

fn arn(engine: &Engine, number: usize) -> String {
    let machine = engine.state_machine_arn().replace(":stateMachine:", ":execution:");
    format!("{machine}:{}", name(number))
}
