//! Lambda: the functions' handlers in sandboxes that can be killed.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use embedded_aws::step_functions::ports::{Invocation, TaskFailure, TaskRunner};
use futures::FutureExt;
use futures::future::BoxFuture;
use lineup_aws::client;
use lineup_aws::imports::Imports;
use lineup_aws::objects::Objects;
use lineup_contracts::error::{ErrorName, Named, chain};
use lineup_testing::{CALENDAR, PERFORMANCES};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use crate::dice::happens;
use crate::process::Life;
use crate::wire::{Doom, Wire};
use crate::world::IMPORTS;

/// The topic of the messages.
pub const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:lineup";

/// The functions' names.
pub const FUNCTIONS: [&str; 5] = ["split", "load", "summarize", "notify", "recover"];

/// Runs Task states.
pub struct Functions {
    life: Arc<Life>,
    config: aws_config::SdkConfig,
    idle: Mutex<HashMap<String, Vec<Sandbox>>>,
}

struct Sandbox {
    wire: Wire,
    handler: Handler,
}

/// A function with its clients.
enum Handler {
    Split(split::SplitContext),
    Load(Box<load::LoadContext>),
    Summarize(Imports),
    Notify(notify::NotifyContext),
    Recover(Imports),
}

impl Functions {
    /// During this life of the process.
    pub async fn new(life: &Arc<Life>) -> Self {
        // A region is a retry quota of its own: seeds do not share one.
        let region = aws_config::Region::new(format!("seed-{}", life.number));
        let config = client::config_at("http://services").await.into_builder().region(region).build();
        Self { life: Arc::clone(life), config, idle: Mutex::default() }
    }

    /// A warm sandbox, or a new one.
    fn sandbox(&self, name: &str) -> Sandbox {
        let warm = self.idle.lock().unwrap().get_mut(name).and_then(Vec::pop);
        warm.unwrap_or_else(|| {
            let wire = Wire::new(&self.life);
            let config = self.config.clone().into_builder().http_client(wire.clone()).build();
            Sandbox { handler: Handler::new(name, &config, &self.life), wire }
        })
    }

    async fn run(&self, name: &str, payload: Value) -> Result<Value, TaskFailure> {
        let world = &self.life.world;
        let about = format!("{name} {}", payload["chunk"]["chunk"]);
        let mut rng = world.dice.of(&about);
        let lambda = happens(&mut rng, self.life.weather.lambda);
        if lambda && rng.bool() {
            let names = ["Lambda.TooManyRequestsException", "Lambda.ServiceException"];
            return Err(refused(names[rng.usize(..2)]));
        }
        let doom = Doom { at: rng.u32(1..=6), after_effect: rng.bool() };
        let doom = happens(&mut rng, self.life.weather.kill).then_some(doom);
        let answer = self.call(name, payload, doom).await;
        world.note(|| format!("{about}: {}", said(&answer)));
        // The function did what it did, but nobody hears of it.
        if lambda { Err(refused("Lambda.SdkClientException")) } else { answer }
    }

    /// Invokes a function, in which something is to be killed as `doom` says. Dropped,
    /// as when the engine waits no more, it kills the sandbox.
    pub async fn call(&self, name: &str, payload: Value, doom: Option<Doom>) -> Result<Value, TaskFailure> {
        let timeout = self.life.weather.timeout;
        let sandbox = self.sandbox(name);
        sandbox.wire.begin(doom);
        let (mut heard, answered) = oneshot::channel();
        self.life.spawn(Box::new(move || {
            let work = async move {
                tokio::select! {
                    biased;
                    () = heard.closed() => {}
                    ended = sandbox.invoke(payload, timeout) => drop(heard.send(ended)),
                }
            };
            work.boxed_local()
        }));
        // What sends is dropped unsent only when all of the process is.
        let (answer, sandbox) = answered.await.unwrap();
        match answer {
            Some(answer) => {
                self.idle.lock().unwrap().entry(name.to_owned()).or_default().extend(sandbox);
                answer
            }
            None => {
                self.life.world.wrong(format!("{name} panicked"));
                Err(exited())
            }
        }
    }
}

/// What came of an invocation, `None` for a panic, and the sandbox if it lives on.
type Ended = (Option<Result<Value, TaskFailure>>, Option<Sandbox>);

impl Sandbox {
    async fn invoke(self, payload: Value, timeout: Duration) -> Ended {
        let handled = AssertUnwindSafe(self.handle(payload, timeout)).catch_unwind();
        let answer = tokio::select! {
            biased;
            () = self.wire.killed() => return (Some(Err(exited())), None),
            answer = handled => answer,
            () = sleep(timeout) => return (Some(Err(timed_out(timeout))), None),
        };
        (answer.ok(), Some(self))
    }
}

impl TaskRunner for Functions {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Result<Value, TaskFailure>> {
        let name = invocation.function.rsplit(':').next().unwrap().to_owned();
        Box::pin(async move {
            let (summed_up, not_loaded) = self.before(&name, &invocation.payload);
            let answer = self.run(&name, invocation.payload).await;
            if let (Some(execution), Some(not_loaded), Ok(_)) = (summed_up, not_loaded, &answer) {
                self.life.world.missing.lock().unwrap().insert(execution, not_loaded);
            }
            self.life.world.check_messages();
            answer
        })
    }
}

impl Functions {
    /// For `summarize`: the execution, and what is missing in truth.
    fn before(&self, name: &str, payload: &Value) -> (Option<String>, Option<Vec<u32>>) {
        if name != "summarize" {
            return (None, None);
        }
        (payload["execution_arn"].as_str().map(str::to_owned), self.life.world.not_loaded())
    }
}

impl Handler {
    fn new(name: &str, config: &aws_config::SdkConfig, life: &Life) -> Self {
        let imports = Imports::new(Objects::new(client::s3(config)), IMPORTS);
        let (chunk_bytes, max_concurrency) = (life.world.chunk_bytes, life.world.max_concurrency);
        match name {
            "split" => Self::Split(split::SplitContext { imports, chunk_bytes, max_concurrency }),
            "load" => Self::Load(Box::new(load::LoadContext::new(imports, config, PERFORMANCES, CALENDAR))),
            "summarize" => Self::Summarize(imports),
            "recover" => Self::Recover(imports),
            "notify" => {
                let sns = aws_sdk_sns::Client::new(config);
                Self::Notify(notify::NotifyContext { sns, topic_arn: TOPIC.into() })
            }
            other => panic!("no function {other}"),
        }
    }
}

impl Sandbox {
    async fn handle(&self, payload: Value, timeout: Duration) -> Result<Value, TaskFailure> {
        match &self.handler {
            Handler::Split(context) => answer(split::handle(context, input(payload)?).await),
            Handler::Load(context) => {
                // As the function itself reckons it from its deadline.
                let stop_at = Instant::now() + (timeout - (timeout / 4).min(Duration::from_secs(30)));
                answer(load::handle(context, input(payload)?, stop_at.into_std()).await)
            }
            Handler::Summarize(imports) => answer(summarize::handle(imports, input(payload)?).await),
            Handler::Notify(context) => answer(notify::handle(context, input(payload)?).await),
            Handler::Recover(imports) => answer(recover::handle(imports, input(payload)?).await),
        }
    }
}

fn input<I: DeserializeOwned>(payload: Value) -> Result<I, TaskFailure> {
    serde_json::from_value(payload)
        .map_err(|error| reported(ErrorName::InvalidInput.as_str(), &error.to_string()))
}

fn answer<O: Serialize, E: Named>(answer: Result<O, E>) -> Result<Value, TaskFailure> {
    match answer {
        Ok(output) => Ok(serde_json::to_value(output).unwrap()),
        Err(error) => Err(reported(error.name().as_str(), &chain(&error))),
    }
}

/// A function's own error, as Lambda hands it on.
fn reported(name: &str, message: &str) -> TaskFailure {
    TaskFailure {
        error: name.to_owned(),
        cause: json!({"errorType": name, "errorMessage": message}).to_string(),
    }
}

fn exited() -> TaskFailure {
    reported("Runtime.ExitError", "RequestId: 0 Error: Runtime exited with error: signal: killed")
}

fn timed_out(after: Duration) -> TaskFailure {
    let message = format!("RequestId: 0 Error: Task timed out after {:.2} seconds", after.as_secs_f64());
    reported("Sandbox.Timedout", &message)
}

/// Lambda's own refusal, which is not JSON.
fn refused(name: &str) -> TaskFailure {
    TaskFailure { error: name.to_owned(), cause: "as the dice say".to_owned() }
}

fn said(answer: &Result<Value, TaskFailure>) -> String {
    match answer {
        Ok(output) => output.to_string().chars().take(160).collect(),
        Err(failure) => format!("{}: {}", failure.error, failure.cause.chars().take(300).collect::<String>()),
    }
}
