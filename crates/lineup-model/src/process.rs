//! One process that runs executions, from its start until its work is done or it is killed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use embedded_aws::step_functions::Engine;
use embedded_aws::step_functions::cancel::Cancel;
use embedded_aws::step_functions::ports::{Clock, ObjectError, ObjectStorage};
use embedded_aws::step_functions::record::ExecutionStatus;
use futures::future::{BoxFuture, LocalBoxFuture};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep};

use crate::concurrency::Concurrency;
use crate::faults::{FaultPlan, FaultedService, ProcessEnd, RequestFault};
use crate::random::chance;
use crate::simulation::Simulation;

/// No seed needs this many requests. One that sends more would never end.
const MOST_REQUESTS: u64 = 100_000;

/// The state of one process.
pub struct Process {
    /// The state that survives the process.
    pub simulation: Arc<Simulation>,
    /// The faults of the process.
    pub faults: FaultPlan,
    /// A number that no other process of any seed has.
    pub number: u64,
    /// Its clock.
    pub clock: Arc<VirtualClock>,
    /// Its engine, from when it is open until the process ends.
    pub engine: Mutex<Option<Engine>>,
    /// Lambda's concurrency, if it is limited.
    pub concurrency: Option<Concurrency>,
    requests: AtomicU64,
    killed: Cancel,
    jobs: UnboundedSender<ProcessJob>,
}

/// Makes a future that stays in one thread, because futures of handlers are not `Send`.
pub type ProcessJob = Box<dyn FnOnce() -> LocalBoxFuture<'static, ()> + Send>;

/// How many processes there were, over all seeds.
static PROCESSES: AtomicU64 = AtomicU64::new(0);

impl Process {
    /// Starts a process. Must be called in a [`tokio::task::LocalSet`].
    pub fn start(simulation: &Arc<Simulation>, faults: FaultPlan) -> Arc<Self> {
        Arc::new(Self {
            concurrency: faults.lambda_concurrency.map(Concurrency::of),
            faults,
            number: PROCESSES.fetch_add(1, Ordering::Relaxed),
            clock: Arc::new(VirtualClock::at(*simulation.now.lock().unwrap())),
            engine: Mutex::default(),
            requests: AtomicU64::new(0),
            killed: Cancel::default(),
            jobs: jobs(),
            simulation: Arc::clone(simulation),
        })
    }

    /// Runs a future concurrently with all others.
    pub fn spawn(&self, job: ProcessJob) {
        // The receiver exists as long as the process.
        self.jobs.send(job).unwrap();
    }

    /// The delay of the next request or answer.
    pub fn latency(&self) -> Duration {
        let most = self.faults.latency.as_micros() as u64;
        Duration::from_micros(self.simulation.random.of("latency").u64(..=most))
    }

    /// The fault of the next request for this operation.
    pub fn request_fault(&self, operation: &str) -> Option<RequestFault> {
        let fault = self.faults.of_request(&mut self.simulation.random.of(operation), operation);
        self.simulation.note(|| match &fault {
            Some(fault) => format!("  {operation}: {fault:?}"),
            None => format!("  {operation}"),
        });
        fault
    }

    /// Counts a request, and kills the process at the planned one.
    pub async fn count_request(&self) {
        let requests = 1 + self.requests.fetch_add(1, Ordering::Relaxed);
        assert!(requests < MOST_REQUESTS, "the seed never ends");
        if self.faults.end == ProcessEnd::AtRequest(requests) {
            self.killed.cancel();
            std::future::pending().await
        }
    }

    /// Ends when the process is killed.
    pub async fn killed(&self) {
        match self.faults.end {
            ProcessEnd::After(time) => sleep(time).await,
            _ => self.killed.cancelled().await,
        }
    }
}

/// The sender of jobs to the task that starts them.
fn jobs() -> UnboundedSender<ProcessJob> {
    let (jobs, mut received) = unbounded_channel::<ProcessJob>();
    spawn_local(async move {
        while let Some(job) = received.recv().await {
            spawn_local(job());
        }
    });
    jobs
}

/// The engine's clock, which is tokio's paused one.
pub struct VirtualClock {
    begun: Instant,
    at_first: Timestamp,
}

impl VirtualClock {
    /// A clock that shows `now` at first.
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

/// The files of ItemReader and ResultWriter.
impl ObjectStorage for Process {
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<Bytes, ObjectError>> {
        Box::pin(async move {
            self.refuse("ItemReader")?;
            let object = self.simulation.aws.s3.get(&format!("{bucket}/{key}"));
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
            self.refuse("ResultWriter")?;
            self.simulation.aws.s3.put(&format!("{bucket}/{key}"), body, &[]);
            Ok(())
        })
    }
}

impl Process {
    /// Step Functions retries by itself, so this fails more rarely than one request.
    fn refuse(&self, what: &str) -> Result<(), ObjectError> {
        let denied = self.faults.denies == Some(FaultedService::S3);
        if denied || chance(&mut self.simulation.random.of(what), self.faults.s3 / 3.0) {
            self.simulation.note(|| format!("  {what} fails"));
            return Err(error(if denied { "AccessDenied" } else { "SlowDown" }));
        }
        Ok(())
    }
}

fn error(code: &str) -> ObjectError {
    ObjectError { code: code.to_owned(), message: "an injected fault".to_owned() }
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "process {}", self.number)
    }
}

/// Whether executions have ended, as the engine of the process describes them.
impl hold::Executions for Process {
    fn has_ended<'a>(&'a self, arn: &'a str) -> BoxFuture<'a, Result<bool, lineup_aws::Error>> {
        let engine = self.engine.lock().unwrap().clone();
        let described = engine.map(|engine| engine.describe_execution(arn));
        let running = matches!(described, Some(Ok(record)) if record.status == ExecutionStatus::Running);
        Box::pin(async move { Ok(!running) })
    }
}
