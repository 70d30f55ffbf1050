//! One life of the process that runs executions, from its start until it is done or killed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use embedded_aws::asl::definition::StateMachine;
use embedded_aws::asl::load;
use embedded_aws::step_functions::cancel::Cancel;
use embedded_aws::step_functions::ports::{Clock, ObjectError, Objects, TaskRunner};
use embedded_aws::step_functions::{Config, Engine};
use futures::future::{BoxFuture, LocalBoxFuture};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{Instant, sleep, timeout};

use crate::dice::happens;
use crate::functions::Functions;
use crate::weather::{End, Service, Trouble, Weather};
use crate::world::World;

/// Nothing takes so long, on a clock that jumps over every wait: whatever does waits for nothing.
const FOR_EVER: Duration = Duration::from_secs(30 * 24 * 3600);
/// No seed needs so many: whatever does goes round in circles.
const MOST_REQUESTS: u64 = 100_000;

/// The state machine that is deployed.
pub const DEFINITION: &str = include_str!("../../../statemachine/import.asl.json");

/// What a life has of its own.
pub struct Life {
    /// What was before and will be after.
    pub world: Arc<World>,
    /// What goes wrong.
    pub weather: Weather,
    /// Tells it from all other lives of all seeds.
    pub number: u64,
    clock: Arc<VirtualClock>,
    requests: AtomicU64,
    over: Cancel,
    jobs: UnboundedSender<Job>,
}

/// Makes a future that stays in the thread: whether a handler's may leave it is nobody's promise.
pub type Job = Box<dyn FnOnce() -> LocalBoxFuture<'static, ()> + Send>;

/// How many lives there were, over all seeds.
static LIVES: AtomicU64 = AtomicU64::new(0);

impl Life {
    fn new(world: &Arc<World>, weather: Weather) -> Arc<Self> {
        Arc::new(Self {
            weather,
            number: LIVES.fetch_add(1, Ordering::Relaxed),
            clock: Arc::new(VirtualClock::at(*world.now.lock().unwrap())),
            requests: AtomicU64::new(0),
            over: Cancel::default(),
            jobs: jobs(),
            world: Arc::clone(world),
        })
    }

    /// Runs a future beside all others.
    pub fn spawn(&self, job: Job) {
        // The receiver lives as long as the process.
        self.jobs.send(job).unwrap();
    }

    /// How long the next request or answer is on its way.
    pub fn latency(&self) -> Duration {
        let most = self.weather.latency.as_micros() as u64;
        Duration::from_micros(self.world.dice.of("latency").u64(..=most))
    }

    /// What goes wrong with the next request for this operation.
    pub fn trouble(&self, operation: &str) -> Option<Trouble> {
        let trouble = self.weather.trouble(&mut self.world.dice.of(operation), operation);
        self.world.note(|| match &trouble {
            Some(trouble) => format!("  {operation}: {trouble:?}"),
            None => format!("  {operation}"),
        });
        trouble
    }

    /// Counts a request; with the last one the process ends.
    pub async fn count_request(&self) {
        let requests = 1 + self.requests.fetch_add(1, Ordering::Relaxed);
        assert!(requests < MOST_REQUESTS, "the seed goes round in circles");
        if self.weather.end == End::AtRequest(requests) {
            self.over.cancel();
            std::future::pending().await
        }
    }

    async fn over(&self) {
        match self.weather.end {
            End::After(time) => sleep(time).await,
            _ => self.over.cancelled().await,
        }
    }
}

/// The engine's clock is tokio's, which jumps.
pub struct VirtualClock {
    begun: Instant,
    at_first: Timestamp,
}

impl VirtualClock {
    /// It is this time now.
    pub fn at(now: Timestamp) -> Self {
        Self { begun: Instant::now(), at_first: now }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.at_first + SignedDuration::try_from(self.begun.elapsed()).unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(sleep(duration))
    }
}

/// What ItemReader reads and ResultWriter writes.
impl Objects for Life {
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<Bytes, ObjectError>> {
        Box::pin(async move {
            self.refuses("ItemReader")?;
            let object = self.world.aws.s3.get(&format!("{bucket}/{key}"));
            object.map(|object| object.body).ok_or_else(|| error("NoSuchKey"))
        })
    }

    fn put<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        body: Bytes,
    ) -> BoxFuture<'a, Result<(), ObjectError>> {
        Box::pin(async move {
            self.refuses("ResultWriter")?;
            self.world.aws.s3.put(&format!("{bucket}/{key}"), body, &[]);
            Ok(())
        })
    }
}

impl Life {
    /// Step Functions tries again by itself, so it fails more seldom than one request.
    fn refuses(&self, what: &str) -> Result<(), ObjectError> {
        let denied = self.weather.denies == Some(Service::S3);
        if denied || happens(&mut self.world.dice.of(what), self.weather.s3 / 3.0) {
            self.world.note(|| format!("  {what} fails"));
            return Err(error(if denied { "AccessDenied" } else { "SlowDown" }));
        }
        Ok(())
    }
}

fn error(code: &str) -> ObjectError {
    ObjectError { code: code.to_owned(), message: "as the dice say".to_owned() }
}

/// Lets a process live, doing what `work` says with the engine; `None` if it
/// was killed before that was done. Nothing that ran in it runs on.
pub fn live<T>(
    world: &Arc<World>,
    weather: Weather,
    work: impl AsyncFnOnce(&Arc<Life>, Engine) -> T,
) -> Option<T> {
    world.note(|| format!("a process begins: {weather:?}"));
    // The writer's and the SDK's jitter.
    fastrand::seed(world.dice.of("jitter").u64(..));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let done = LocalSet::new().block_on(&runtime.unwrap(), async {
        let life = Life::new(world, weather);
        let engine = open(&life).await;
        let work = async {
            timeout(FOR_EVER, work(&life, engine)).await.expect("an execution that waits for nothing")
        };
        let done = tokio::select! {
            biased;
            done = work => Some(done),
            () = life.over() => None,
        };
        *world.now.lock().unwrap() = life.clock.now() + SignedDuration::from_mins(1);
        done
    });
    world.note(|| format!("the process {}", if done.is_some() { "ends" } else { "is killed" }));
    done
}

/// Where jobs are handed over; must be called in a [`LocalSet`].
fn jobs() -> UnboundedSender<Job> {
    let (jobs, mut received) = unbounded_channel::<Job>();
    spawn_local(async move {
        while let Some(job) = received.recv().await {
            spawn_local(job());
        }
    });
    jobs
}

async fn open(life: &Arc<Life>) -> Engine {
    let functions = Arc::new(Functions::new(life).await);
    let definition = load(DEFINITION, &function_arns()).unwrap();
    let seed = life.world.dice.of("engine").u64(..);
    engine(life.world.store(), definition, seed, functions, Arc::clone(life) as _, Arc::clone(&life.clock))
}

/// An engine on the files in `store`.
pub fn engine(
    store: &Path,
    machine: StateMachine,
    seed: u64,
    runner: Arc<dyn TaskRunner>,
    objects: Arc<dyn Objects>,
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

/// What the definition's `${…FunctionArn}` stand for.
pub fn function_arns() -> BTreeMap<String, String> {
    let arn = |name: &str| format!("arn:aws:lambda:us-east-1:123456789012:function:{}", name.to_lowercase());
    ["Split", "Recover", "Load", "Summarize", "Notify"]
        .map(|name| (format!("{name}FunctionArn"), arn(name)))
        .into()
}
