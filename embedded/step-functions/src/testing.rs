//! An engine for tests: functions from a script, objects in memory, and a clock that jumps over every
//! wait, so that a backoff of minutes takes no time.
//!
//! What goes wrong here panics, as a test would.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use asl::definition::StateMachine;
use bytes::Bytes;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::cancel::Cancel;
use crate::config::Config;
use crate::engine::Engine;
use crate::listing::Page;
use crate::mutex::lock;
use crate::ports::{Clock, Invocation, ObjectError, ObjectStorage, TaskFailure, TaskRunner};
use crate::record::{ExecutionRecord, HistoryEvent};

/// An engine with its surroundings, in a folder of its own, which is removed with it.
///
/// For tests that run in one thread: [`TestEngine::end`] and [`TestEngine::settle`] give the
/// executions a chance to run by yielding to them.
pub struct TestEngine {
    /// The engine.
    pub engine: Engine,
    /// Its clock.
    pub clock: Arc<TestClock>,
    /// What its Map states read and write.
    pub objects: Arc<MemoryObjects>,
    /// What its Task states invoke.
    pub functions: Arc<ScriptedFunctions>,
    folder: TempDir,
    machine: StateMachine,
}

impl TestEngine {
    /// An engine without executions, whose functions and objects are yet to be set. Its state machine is
    /// called `test`, in the region `eu-west-1` and the account `123456789012`.
    ///
    /// # Panics
    /// If there can be no temporary folder.
    pub fn new(machine: StateMachine) -> Self {
        let folder = TempDir::new().unwrap();
        let (clock, objects, functions) = (Arc::default(), Arc::default(), Arc::default());
        let engine = open(folder.path(), &machine, &clock, &objects, &functions);
        Self { engine, clock, objects, functions, folder, machine }
    }

    /// A second engine on the same folder, as the next process would open it.
    ///
    /// # Panics
    /// If the folder cannot be read.
    pub fn reopen(&self) -> Engine {
        open(self.folder.path(), &self.machine, &self.clock, &self.objects, &self.functions)
    }

    /// The folder of the executions.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts an execution; gives its ARN.
    ///
    /// # Panics
    /// If it cannot be started.
    pub async fn start(&self, input: Value) -> String {
        self.engine.start_execution(None, &input.to_string()).await.unwrap().execution_arn
    }

    /// Starts an execution and lets time jump until it has ended.
    ///
    /// # Panics
    /// As [`TestEngine::start`] and [`TestEngine::end`].
    pub async fn run(&self, input: Value) -> ExecutionRecord {
        let arn = self.start(input).await;
        self.end(&arn).await
    }

    /// Lets time jump until the execution has ended.
    ///
    /// # Panics
    /// If the execution does not exist, or waits for something else than time.
    pub async fn end(&self, arn: &str) -> ExecutionRecord {
        let mut ended = pin!(self.engine.wait(arn));
        loop {
            for _ in 0..200 {
                tokio::select! {
                    biased;
                    record = ended.as_mut() => return record.unwrap(),
                    () = tokio::task::yield_now() => {}
                }
            }
            assert!(self.clock.jump(), "the execution waits for something else than time");
        }
    }

    /// Lets everything run that can run without time passing.
    pub async fn settle(&self) {
        for _ in 0..500 {
            tokio::task::yield_now().await;
        }
    }

    /// The history of an execution, its first 1,000 events.
    ///
    /// # Panics
    /// If the execution does not exist.
    pub fn events(&self, arn: &str) -> Vec<HistoryEvent> {
        let page = Page { max_results: 1000, next_token: None };
        self.engine.history(arn, &page, false).unwrap().items
    }

    /// The types of the events of an execution.
    ///
    /// # Panics
    /// If the execution does not exist.
    pub fn types(&self, arn: &str) -> Vec<String> {
        self.events(arn).into_iter().map(|event| event.event_type).collect()
    }

    /// The names of the states that an execution has entered.
    ///
    /// # Panics
    /// If the execution does not exist.
    pub fn route(&self, arn: &str) -> Vec<String> {
        let name = |event: &HistoryEvent| {
            event.details.get("stateEnteredEventDetails")?["name"].as_str().map(str::to_owned)
        };
        self.events(arn).iter().filter_map(name).collect()
    }
}

fn open(
    folder: &Path,
    machine: &StateMachine,
    clock: &Arc<TestClock>,
    objects: &Arc<MemoryObjects>,
    functions: &Arc<ScriptedFunctions>,
) -> Engine {
    let config = Config {
        region: "eu-west-1".into(),
        account: "123456789012".into(),
        machine: "test".into(),
        role_arn: "arn:aws:iam::123456789012:role/test".into(),
        seed: 7,
        interrupted_hint: "Redrive it.".into(),
    };
    let (runner, objects, clock) = (Arc::clone(functions), Arc::clone(objects), Arc::clone(clock));
    Engine::open(folder, config, machine.clone(), runner, objects, clock).unwrap()
}

/// A clock that stands still until the time of its next sleeper is jumped to.
pub struct TestClock {
    now: Mutex<Timestamp>,
    sleepers: Mutex<BTreeMap<(Timestamp, usize), oneshot::Sender<()>>>,
    count: AtomicUsize,
}

impl Default for TestClock {
    /// It is 20:00 UTC on the 12th of July 2026.
    fn default() -> Self {
        let now = Mutex::new("2026-07-12T20:00:00Z".parse().unwrap());
        Self { now, sleepers: Mutex::default(), count: AtomicUsize::new(0) }
    }
}

impl TestClock {
    /// Lets time pass. Nobody wakes before the next jump.
    pub fn advance(&self, duration: Duration) {
        let later = self.after(duration);
        *lock(&self.now) = later;
    }

    /// Jumps to the time of the first sleeper and wakes it; false if there is none.
    pub fn jump(&self) -> bool {
        let mut sleepers = lock(&self.sleepers);
        while let Some(((time, _), sleeper)) = sleepers.pop_first() {
            if sleeper.is_closed() {
                continue;
            }
            let mut now = lock(&self.now);
            *now = time.max(*now);
            // It was not closed a moment ago; if it is now, its time has passed all the same.
            let _ = sleeper.send(());
            return true;
        }
        false
    }

    fn after(&self, duration: Duration) -> Timestamp {
        let duration = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        lock(&self.now).checked_add(duration).unwrap_or(Timestamp::MAX)
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *lock(&self.now)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let (wake, woken) = oneshot::channel();
        let key = (self.after(duration), self.count.fetch_add(1, Ordering::Relaxed));
        lock(&self.sleepers).insert(key, wake);
        Box::pin(async move {
            if woken.await.is_err() {
                std::future::pending().await
            }
        })
    }
}

/// Objects by bucket and key.
#[derive(Default)]
pub struct MemoryObjects {
    objects: Mutex<BTreeMap<(String, String), Bytes>>,
    forbidden: Mutex<BTreeSet<String>>,
}

impl MemoryObjects {
    /// Creates or replaces an object.
    pub fn set(&self, bucket: &str, key: &str, body: impl Into<Bytes>) {
        lock(&self.objects).insert((bucket.into(), key.into()), body.into());
    }

    /// The object as JSON; `None` where there is none, or where it is no JSON.
    pub fn json(&self, bucket: &str, key: &str) -> Option<Value> {
        serde_json::from_slice(lock(&self.objects).get(&(bucket.into(), key.into()))?).ok()
    }

    /// From now on a state machine's writes to the bucket fail with `AccessDenied`.
    pub fn forbid_writes(&self, bucket: &str) {
        lock(&self.forbidden).insert(bucket.into());
    }
}

impl ObjectStorage for MemoryObjects {
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<Bytes, ObjectError>> {
        let body = lock(&self.objects).get(&(bucket.into(), key.into())).cloned();
        let missing =
            || ObjectError { code: "NoSuchKey".into(), message: "The specified key does not exist.".into() };
        Box::pin(async move { body.ok_or_else(missing) })
    }

    fn put<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        body: Bytes,
    ) -> BoxFuture<'a, Result<(), ObjectError>> {
        let refused = lock(&self.forbidden).contains(bucket);
        if !refused {
            self.set(bucket, key, body);
        }
        let error = || ObjectError { code: "AccessDenied".into(), message: "Access Denied".into() };
        Box::pin(async move { if refused { Err(error()) } else { Ok(()) } })
    }
}

/// What a function answers: its result, or the error that it fails with.
pub type ScriptedAnswer = Result<Value, TaskFailure>;

/// The failure of a function, with a cause that names it.
pub fn fails(error: &str) -> ScriptedAnswer {
    Err(TaskFailure { error: error.into(), cause: format!("{error} happened") })
}

type Function = dyn Fn(Value) -> BoxFuture<'static, ScriptedAnswer> + Send + Sync;

/// Functions that answer as they were told, and keep what they were asked.
///
/// A function is found by the last part of its ARN. One that was never set fails with
/// `Lambda.ResourceNotFoundException`, as on AWS.
#[derive(Default)]
pub struct ScriptedFunctions {
    functions: Mutex<HashMap<String, Arc<Function>>>,
    calls: Mutex<Vec<(String, Value)>>,
    cancelled: Arc<AtomicUsize>,
}

impl ScriptedFunctions {
    /// The function answers at once.
    pub fn on(&self, name: &str, answer: impl Fn(&Value) -> ScriptedAnswer + Send + Sync + 'static) {
        self.on_async(name, move |payload| Box::pin(std::future::ready(answer(&payload))));
    }

    /// The function takes its time.
    pub fn on_async(
        &self,
        name: &str,
        answer: impl Fn(Value) -> BoxFuture<'static, ScriptedAnswer> + Send + Sync + 'static,
    ) {
        lock(&self.functions).insert(name.into(), Arc::new(answer));
    }

    /// The function answers with these in turn, and then with the last of them. Without any it answers `null`.
    pub fn in_turn(&self, name: &str, answers: Vec<ScriptedAnswer>) {
        let next = AtomicUsize::new(0);
        self.on(name, move |_| {
            let turn = next.fetch_add(1, Ordering::Relaxed).min(answers.len().saturating_sub(1));
            answers.get(turn).cloned().unwrap_or(Ok(Value::Null))
        });
    }

    /// The payloads of the function's invocations so far.
    pub fn calls_of(&self, name: &str) -> Vec<Value> {
        let calls = lock(&self.calls);
        calls.iter().filter(|(function, _)| function == name).map(|(_, payload)| payload.clone()).collect()
    }

    /// Forgets the invocations so far.
    pub fn forget_calls(&self) {
        lock(&self.calls).clear();
    }

    /// How many invocations were told that nobody waits for them any more.
    pub fn cancelled(&self) -> usize {
        self.cancelled.load(Ordering::Relaxed)
    }
}

impl TaskRunner for ScriptedFunctions {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, ScriptedAnswer> {
        let name = invocation.function.rsplit(':').next().unwrap_or_default().to_owned();
        let function = lock(&self.functions).get(&name).cloned();
        lock(&self.calls).push((name.clone(), invocation.payload.clone()));
        let guard = CountCancelled(invocation.cancel, Arc::clone(&self.cancelled));
        Box::pin(async move {
            let _guard = guard;
            match function {
                Some(function) => function(invocation.payload).await,
                None => Err(TaskFailure {
                    error: "Lambda.ResourceNotFoundException".into(),
                    cause: format!("Function not found: {}:$LATEST", invocation.function),
                }),
            }
        })
    }
}

struct CountCancelled(Cancel, Arc<AtomicUsize>);

impl Drop for CountCancelled {
    fn drop(&mut self) {
        if self.0.is_cancelled() {
            self.1.fetch_add(1, Ordering::Relaxed);
        }
    }
}
