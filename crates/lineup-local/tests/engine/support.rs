//! A clock that jumps, objects in memory, functions from a script.

use std::{
    collections::{BTreeMap, HashMap},
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use jiff::Timestamp;
use lineup_local::{
    asl::{definition::StateMachine, load},
    engine::{
        Config, Engine, Page,
        ports::{Clock, Invocation, ObjectError, Objects, TaskFailure, TaskRunner},
        record::{ExecutionRecord, HistoryEvent},
    },
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;

/// Stands still until the test lets it jump to the next sleeper's time.
pub struct TestClock {
    now: Mutex<Timestamp>,
    sleepers: Mutex<BTreeMap<(Timestamp, usize), oneshot::Sender<()>>>,
    count: AtomicUsize,
}

impl TestClock {
    pub fn new() -> Arc<Self> {
        let now = "2026-07-12T20:00:00Z".parse().unwrap();
        Arc::new(Self { now: Mutex::new(now), sleepers: Mutex::default(), count: AtomicUsize::new(0) })
    }

    pub fn advance(&self, duration: Duration) {
        let mut now = self.now.lock().unwrap();
        *now += jiff::SignedDuration::try_from(duration).unwrap();
    }

    /// Wakes the first sleeper; false if there is none.
    fn jump(&self) -> bool {
        let mut sleepers = self.sleepers.lock().unwrap();
        while let Some(((time, _), sleeper)) = sleepers.pop_first() {
            if sleeper.is_closed() {
                continue;
            }
            let mut now = self.now.lock().unwrap();
            *now = time.max(*now);
            sleeper.send(()).unwrap();
            return true;
        }
        false
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let time = self.now() + jiff::SignedDuration::try_from(duration).unwrap();
        let (wake, woken) = oneshot::channel();
        let key = (time, self.count.fetch_add(1, Ordering::Relaxed));
        self.sleepers.lock().unwrap().insert(key, wake);
        Box::pin(async move {
            if woken.await.is_err() {
                std::future::pending().await
            }
        })
    }
}

/// Objects by bucket and key.
#[derive(Default)]
pub struct Memory(Mutex<BTreeMap<(String, String), Bytes>>);

impl Memory {
    pub fn set(&self, bucket: &str, key: &str, body: impl Into<Bytes>) {
        self.0.lock().unwrap().insert((bucket.into(), key.into()), body.into());
    }

    pub fn json(&self, bucket: &str, key: &str) -> Option<Value> {
        let objects = self.0.lock().unwrap();
        objects.get(&(bucket.into(), key.into())).map(|body| serde_json::from_slice(body).unwrap())
    }
}

impl Objects for Memory {
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<Bytes, ObjectError>> {
        let body = self.0.lock().unwrap().get(&(bucket.into(), key.into())).cloned();
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
        let refused = bucket == "forbidden";
        if !refused {
            self.set(bucket, key, body);
        }
        let error = || ObjectError { code: "AccessDenied".into(), message: "Access Denied".into() };
        Box::pin(async move { if refused { Err(error()) } else { Ok(()) } })
    }
}

pub type Answer = Result<Value, TaskFailure>;
type Function = dyn Fn(Value) -> BoxFuture<'static, Answer> + Send + Sync;

/// Answers by the function's name, and keeps what it was asked.
#[derive(Default)]
pub struct Script {
    functions: Mutex<HashMap<String, Arc<Function>>>,
    pub calls: Mutex<Vec<(String, Value)>>,
    /// How many invocations were told that nobody waits for them any more.
    pub cancelled: Arc<AtomicUsize>,
}

impl Script {
    /// The function answers at once.
    pub fn on(&self, name: &str, answer: impl Fn(&Value) -> Answer + Send + Sync + 'static) {
        self.on_async(name, move |payload| Box::pin(std::future::ready(answer(&payload))));
    }

    pub fn on_async(
        &self,
        name: &str,
        f: impl Fn(Value) -> BoxFuture<'static, Answer> + Send + Sync + 'static,
    ) {
        self.functions.lock().unwrap().insert(name.into(), Arc::new(f));
    }

    /// The function answers with these in turn, and then with the last of them.
    pub fn in_turn(&self, name: &str, answers: Vec<Answer>) {
        let next = AtomicUsize::new(0);
        self.on(name, move |_| {
            let turn = next.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1);
            answers[turn].clone()
        });
    }

    pub fn calls_of(&self, name: &str) -> Vec<Value> {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter(|(function, _)| function == name).map(|(_, payload)| payload.clone()).collect()
    }
}

impl TaskRunner for Script {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Answer> {
        let name = invocation.function.rsplit(':').next().unwrap_or_default().to_owned();
        let function = self.functions.lock().unwrap().get(&name).cloned();
        self.calls.lock().unwrap().push((name.clone(), invocation.payload.clone()));
        let guard = CountCancelled(invocation.cancel, Arc::clone(&self.cancelled));
        Box::pin(async move {
            let _guard = guard;
            function.unwrap_or_else(|| panic!("no function {name}"))(invocation.payload).await
        })
    }
}

struct CountCancelled(lineup_local::engine::cancel::Cancel, Arc<AtomicUsize>);

impl Drop for CountCancelled {
    fn drop(&mut self) {
        if self.0.is_cancelled() {
            self.1.fetch_add(1, Ordering::Relaxed);
        }
    }
}

pub fn fails(error: &str) -> Answer {
    Err(TaskFailure { error: error.into(), cause: format!("{error} happened") })
}

/// An engine with its surroundings.
pub struct World {
    pub engine: Engine,
    pub clock: Arc<TestClock>,
    pub objects: Arc<Memory>,
    pub script: Arc<Script>,
    pub dir: TempDir,
    machine: StateMachine,
}

pub fn functions() -> BTreeMap<String, String> {
    ["Split", "Recover", "Load", "Summarize", "Notify"]
        .map(|name| {
            let arn = format!("arn:aws:lambda:eu-west-1:123456789012:function:{}", name.to_lowercase());
            (format!("{name}FunctionArn"), arn)
        })
        .into()
}

impl World {
    pub fn of(definition: &Value) -> Self {
        Self::new(load(&definition.to_string(), &functions()).unwrap())
    }

    pub fn new(machine: StateMachine) -> Self {
        let dir = TempDir::new().unwrap();
        let (clock, objects, script) = (TestClock::new(), Arc::<Memory>::default(), Arc::<Script>::default());
        let engine = open(&dir, &machine, &clock, &objects, &script);
        Self { engine, clock, objects, script, dir, machine }
    }

    /// A second engine on the same folder, as the next process would open it.
    pub fn reopen(&self) -> Engine {
        open(&self.dir, &self.machine, &self.clock, &self.objects, &self.script)
    }

    pub async fn start(&self, input: Value) -> String {
        self.engine.start_execution(None, &input.to_string()).await.unwrap().execution_arn
    }

    /// Starts an execution and lets time jump until it has ended.
    pub async fn run(&self, input: Value) -> ExecutionRecord {
        let arn = self.start(input).await;
        self.end(&arn).await
    }

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
            assert!(self.clock.jump(), "the execution waits for nothing");
        }
    }

    /// Lets everything run that can run without time passing.
    pub async fn settle(&self) {
        for _ in 0..500 {
            tokio::task::yield_now().await;
        }
    }

    pub fn events(&self, arn: &str) -> Vec<HistoryEvent> {
        let page = Page { max_results: 1000, next_token: None };
        self.engine.history(arn, &page, false).unwrap().items
    }

    pub fn types(&self, arn: &str) -> Vec<String> {
        self.events(arn).into_iter().map(|event| event.event_type).collect()
    }

    /// The names of the states that were entered.
    pub fn route(&self, arn: &str) -> Vec<String> {
        let entered = self.events(arn).into_iter().filter(|event| event.event_type.ends_with("StateEntered"));
        entered
            .map(|event| event.details["stateEnteredEventDetails"]["name"].as_str().unwrap().into())
            .collect()
    }
}

fn open(
    dir: &TempDir,
    machine: &StateMachine,
    clock: &Arc<TestClock>,
    objects: &Arc<Memory>,
    script: &Arc<Script>,
) -> Engine {
    let config = Config {
        region: "eu-west-1".into(),
        account: "123456789012".into(),
        machine: "import".into(),
        role_arn: "arn:aws:iam::123456789012:role/import".into(),
        seed: 7,
    };
    let (runner, objects, clock) = (Arc::clone(script), Arc::clone(objects), Arc::clone(clock));
    Engine::open(dir.path(), config, machine.clone(), runner, objects, clock).unwrap()
}

/// The one `Task` `A` that invokes the function `f`, with more or other fields.
pub fn task(fields: Value) -> Value {
    let mut state = json!({
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
        "Parameters": {"FunctionName": "f", "Payload.$": "$"}
    });
    for (name, value) in fields.as_object().unwrap() {
        state[name] = value.clone();
    }
    state
}

pub fn machine(states: Value) -> Value {
    json!({"StartAt": "A", "States": states})
}

pub fn output(record: &ExecutionRecord) -> Value {
    serde_json::from_str(record.output.as_deref().unwrap_or("null")).unwrap()
}
