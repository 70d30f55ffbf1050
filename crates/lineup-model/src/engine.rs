//! The embedded Step Functions of one process, with the definition that is deployed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use embedded_aws::asl::definition::StateMachine;
use embedded_aws::asl::load;
use embedded_aws::step_functions::ports::{Clock, ObjectStorage, TaskRunner};
use embedded_aws::step_functions::{Config, Engine};
use jiff::SignedDuration;
use tokio::task::LocalSet;
use tokio::time::timeout;

use crate::faults::FaultPlan;
use crate::functions::ModelFunctions;
use crate::process::{Process, VirtualClock};
use crate::simulation::Simulation;

/// No work takes this long in real time, because the paused clock skips every wait. What takes longer hangs.
const FOR_EVER: Duration = Duration::from_secs(30 * 24 * 3600);

/// The state machine that is deployed.
pub const DEFINITION: &str = include_str!("../../../statemachine/import.asl.json");

/// Runs a process that does `work` with its engine. Returns `None` if the process was
/// killed before that ended. All of its tasks end with it.
pub fn run_process<T>(
    simulation: &Arc<Simulation>,
    faults: FaultPlan,
    work: impl AsyncFnOnce(&Arc<Process>, Engine) -> T,
) -> Option<T> {
    simulation.note(|| format!("a process begins: {faults:?}"));
    // The jitter of the writer and the SDK.
    fastrand::seed(simulation.random.of("jitter").u64(..));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let done = LocalSet::new().block_on(&runtime.unwrap(), async {
        let process = Process::start(simulation, faults);
        let engine = open(&process).await;
        *process.engine.lock().unwrap() = Some(engine.clone());
        let work = async {
            timeout(FOR_EVER, work(&process, engine)).await.expect("an execution that waits for nothing")
        };
        let done = tokio::select! {
            biased;
            done = work => Some(done),
            () = process.killed() => None,
        };
        // The engine has the process, too.
        process.engine.lock().unwrap().take();
        *simulation.now.lock().unwrap() = process.clock.now() + SignedDuration::from_mins(1);
        done
    });
    simulation.note(|| format!("the process {}", if done.is_some() { "ends" } else { "is killed" }));
    done
}

async fn open(process: &Arc<Process>) -> Engine {
    let functions = Arc::new(ModelFunctions::new(process).await);
    let definition = load(DEFINITION, &substitutions()).unwrap();
    let simulation = &process.simulation;
    let seed = simulation.random.of("engine").u64(..);
    let objects = Arc::clone(process) as _;
    engine(simulation.store(), definition, seed, functions, objects, Arc::clone(&process.clock))
}

/// An engine on the files in `store`.
pub fn engine(
    store: &Path,
    machine: StateMachine,
    seed: u64,
    runner: Arc<dyn TaskRunner>,
    objects: Arc<dyn ObjectStorage>,
    clock: Arc<VirtualClock>,
) -> Engine {
    let config = Config {
        region: "us-east-1".into(),
        account: "123456789012".into(),
        machine: "import".into(),
        role_arn: "arn:aws:iam::123456789012:role/import".into(),
        seed,
        interrupted_hint: String::new(),
    };
    Engine::open(store, config, machine, runner, objects, clock).unwrap()
}

/// The values of the definition's `${…FunctionArn}` and `${Partition}`.
pub fn substitutions() -> BTreeMap<String, String> {
    let arn = |name: &str| format!("arn:aws:lambda:us-east-1:123456789012:function:{}", name.to_lowercase());
    let functions =
        ["Convert", "Split", "Survey", "Recover", "Hold", "Load", "Remove", "Summarize", "Notify"];
    let functions = functions.map(|name| (format!("{name}FunctionArn"), arn(name)));
    functions.into_iter().chain([("Partition".to_owned(), "aws".to_owned())]).collect()
}
