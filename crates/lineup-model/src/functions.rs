//! Lambda: the functions' handlers in sandboxes that can be killed.

use std::collections::{BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use embedded_aws::step_functions::ports::{Invocation, TaskFailure, TaskRunner};
use futures::FutureExt;
use futures::future::BoxFuture;
use lineup_aws::client;
use lineup_aws::imports::Imports;
use lineup_aws::invocation_limit::InvocationLimit;
use lineup_aws::objects::Objects;
use lineup_contracts::error::{ErrorName, Named, chain};
use lineup_testing::{CALENDAR, PERFORMANCES};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use crate::concurrency::Concurrency;
use crate::connector::{Connector, Kill};
use crate::observations::{InvocationEnd, Subject};
use crate::process::Process;
use crate::random::chance;
use crate::simulation::{IMPORTS, Simulation};

/// The topic of the messages.
pub const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:lineup";

/// The functions' names.
pub const FUNCTIONS: [&str; 9] =
    ["convert", "split", "survey", "hold", "load", "remove", "summarize", "notify", "recover"];

/// Runs Task states.
pub struct ModelFunctions {
    process: Arc<Process>,
    config: aws_config::SdkConfig,
    idle: Mutex<HashMap<String, Vec<ModelSandbox>>>,
}

struct ModelSandbox {
    connector: Connector,
    handler: Handler,
}

/// A function with its clients.
enum Handler {
    Convert(convert::ConvertContext),
    Split(split::SplitContext),
    Survey(survey::SurveyContext),
    Hold(hold::HoldContext),
    Load(Box<load::LoadContext>),
    Remove(Box<remove::RemoveContext>),
    Summarize(summarize::SummarizeContext),
    Notify(notify::NotifyContext),
    Recover(Imports),
}

impl ModelFunctions {
    /// In this process.
    pub async fn new(process: &Arc<Process>) -> Self {
        // Every region has its own retry quota, so that seeds do not share one.
        let region = aws_config::Region::new(format!("seed-{}", process.number));
        let config = client::config_at("http://services").await.into_builder().region(region).build();
        Self { process: Arc::clone(process), config, idle: Mutex::default() }
    }

    /// A warm sandbox, or a new one.
    fn sandbox(&self, name: &str) -> ModelSandbox {
        let warm = self.idle.lock().unwrap().get_mut(name).and_then(Vec::pop);
        warm.unwrap_or_else(|| {
            let connector = Connector::new(&self.process);
            let config = self.config.clone().into_builder().http_client(connector.clone()).build();
            ModelSandbox { handler: Handler::new(name, &config, &self.process), connector }
        })
    }

    /// Invokes a function as Lambda does. Lambda may refuse the invocation, or lose the answer.
    async fn run(&self, name: &str, payload: Value, notification: Option<usize>) -> FunctionAnswer {
        let _running = match self.process.concurrency.as_ref().map(Concurrency::begin) {
            Some(Err(refused)) => return FunctionAnswer::Given(Err(refused)),
            Some(Ok(running)) => Some(running),
            None => None,
        };
        let simulation = &self.process.simulation;
        let about = format!("{name} {}", payload["chunk"]["chunk"]);
        let mut rng = simulation.random.of(&about);
        let faulty = chance(&mut rng, self.process.faults.lambda);
        if faulty && rng.bool() {
            let names = ["Lambda.TooManyRequestsException", "Lambda.ServiceException"];
            return FunctionAnswer::Given(Err(refused(names[rng.usize(..2)])));
        }
        let kill = Kill { at_request: rng.u32(1..=6), after_effect: rng.bool() };
        let kill = chance(&mut rng, self.process.faults.kill).then_some(kill);
        let answer = self.call(name, payload, kill, notification).await;
        simulation.note(|| format!("{about}: {}", shortened(&answer)));
        if faulty {
            FunctionAnswer::Lost(refused("Lambda.SdkClientException"))
        } else {
            FunctionAnswer::Given(answer)
        }
    }

    /// Invokes a function, whose sandbox may be killed. If this future is dropped, as after a timeout of the
    /// engine, the sandbox is killed. `notification` is the invocation's number if it is one of `notify`.
    pub async fn call(
        &self,
        name: &str,
        payload: Value,
        kill: Option<Kill>,
        notification: Option<usize>,
    ) -> Result<Value, TaskFailure> {
        let timeout = self.process.faults.timeout;
        let sandbox = self.sandbox(name);
        sandbox.connector.begin(kill, notification);
        let (mut answer, answered) = oneshot::channel();
        self.process.spawn(Box::new(move || {
            let work = async move {
                tokio::select! {
                    biased;
                    () = answer.closed() => {}
                    ended = sandbox.invoke(payload, timeout) => drop(answer.send(ended)),
                }
            };
            work.boxed_local()
        }));
        // The sender is dropped without sending only when the whole process is.
        let (answer, sandbox) = answered.await.unwrap();
        match answer {
            Some(answer) => {
                self.idle.lock().unwrap().entry(name.to_owned()).or_default().extend(sandbox);
                answer
            }
            None => {
                self.process.simulation.violation(format!("{name} panicked"));
                Err(exited())
            }
        }
    }
}

/// An answer of Lambda.
enum FunctionAnswer {
    /// The function's, or Lambda's own refusal to run it.
    Given(Result<Value, TaskFailure>),
    /// The function ended, but its answer is lost: Lambda fails instead.
    Lost(TaskFailure),
}

/// The result of an invocation, `None` for a panic, and the sandbox if it can be used again.
type Ended = (Option<Result<Value, TaskFailure>>, Option<ModelSandbox>);

impl ModelSandbox {
    async fn invoke(self, payload: Value, timeout: Duration) -> Ended {
        let handled = AssertUnwindSafe(self.handle(payload, timeout)).catch_unwind();
        let answer = tokio::select! {
            biased;
            () = self.connector.killed() => return (Some(Err(exited())), None),
            answer = handled => answer,
            () = sleep(timeout) => return (Some(Err(timed_out(timeout))), None),
        };
        (answer.ok(), Some(self))
    }
}

impl TaskRunner for ModelFunctions {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Result<Value, TaskFailure>> {
        let name = invocation.function.rsplit(':').next().unwrap().to_owned();
        Box::pin(async move {
            let execution = invocation.payload["execution_arn"].as_str().unwrap().to_owned();
            let loaded = if name == "summarize" { self.process.simulation.loaded() } else { BTreeSet::new() };
            let notification =
                (name == "notify").then(|| self.process.simulation.observe(|seen| seen.notified(&execution)));
            let answer = self.run(&name, invocation.payload, notification).await;
            self.observe(&name, &execution, loaded, notification, &answer);
            match answer {
                FunctionAnswer::Given(answer) => answer,
                FunctionAnswer::Lost(failure) => Err(failure),
            }
        })
    }
}

impl ModelFunctions {
    /// Records how an invocation ended. `loaded` are the chunks that had a result when `summarize` began.
    fn observe(
        &self,
        name: &str,
        execution: &str,
        loaded: BTreeSet<u32>,
        notification: Option<usize>,
        answer: &FunctionAnswer,
    ) {
        let (end, failure) = match answer {
            FunctionAnswer::Given(Ok(_)) => (InvocationEnd::Returned, None),
            FunctionAnswer::Given(Err(failure)) => (InvocationEnd::Failed, Some(failure)),
            FunctionAnswer::Lost(failure) => (InvocationEnd::AnswerLost, Some(failure)),
        };
        let subject = match (name, failure) {
            ("convert" | "split" | "recover" | "hold" | "summarize", Some(failure)) => {
                Some(Subject::Error { function: name.to_owned(), error: failure.error.clone() })
            }
            ("summarize", None) => Some(Subject::Summary { loaded }),
            _ => None,
        };
        self.process.simulation.observe(|seen| {
            if let Some(number) = notification {
                seen.notification(number).end = end;
            }
            if let Some(subject) = subject {
                seen.ended(execution, subject);
            }
        });
    }
}

impl Handler {
    fn new(name: &str, config: &aws_config::SdkConfig, process: &Arc<Process>) -> Self {
        let imports = Imports::new(Objects::new(client::s3(config)), IMPORTS);
        let (chunk_bytes, max_concurrency) =
            (process.simulation.chunk_bytes, process.simulation.max_concurrency);
        match name {
            "convert" => Self::Convert(convert::ConvertContext::new(imports)),
            "split" => Self::Split(split::SplitContext {
                imports,
                chunk_bytes,
                max_concurrency,
                surveyed_bytes: process.simulation.surveyed_bytes,
                range_bytes: range_bytes(&process.simulation),
                merging: process.simulation.merging,
            }),
            "survey" => Self::Survey(survey::SurveyContext::new(imports)),
            "hold" => Self::Hold(hold::HoldContext {
                range_keys: process.simulation.merging.range_keys,
                ..hold::HoldContext::new(imports, Arc::<Process>::clone(process))
            }),
            "remove" => {
                Self::Remove(Box::new(remove::RemoveContext::new(imports, config, PERFORMANCES, CALENDAR)))
            }
            "load" => Self::Load(Box::new(load::LoadContext::new(imports, config, PERFORMANCES, CALENDAR))),
            // A sandbox is killed with its execution.
            "summarize" => Self::Summarize(summarize::SummarizeContext {
                imports,
                invocation_limit: InvocationLimit::NONE,
            }),
            "recover" => Self::Recover(imports),
            "notify" => {
                let sns = aws_sdk_sns::Client::new(config);
                Self::Notify(notify::NotifyContext {
                    sns,
                    topic_arn: TOPIC.into(),
                    lineup: Default::default(),
                })
            }
            other => panic!("no function {other}"),
        }
    }
}

impl ModelSandbox {
    async fn handle(&self, payload: Value, timeout: Duration) -> Result<Value, TaskFailure> {
        let now = self.connector.now();
        match &self.handler {
            Handler::Convert(context) => {
                answer(convert::handle(context, input(payload)?, stop_at(timeout)).await)
            }
            Handler::Split(context) => {
                let stop_at = merging_stops_at(self.connector.process(), timeout);
                answer(split::handle(context, input(payload)?, stop_at).await)
            }
            Handler::Survey(context) => answer(survey::handle(context, input(payload)?).await),
            Handler::Load(context) => {
                answer(load::handle(context, input(payload)?, now, stop_at(timeout)).await)
            }
            Handler::Hold(context) => {
                let stop_at = merging_stops_at(self.connector.process(), timeout);
                answer(hold::handle(context, input(payload)?, now, stop_at).await)
            }
            Handler::Remove(context) => {
                answer(remove::handle(context, input(payload)?, now, stop_at(timeout)).await)
            }
            Handler::Summarize(context) => answer(summarize::handle(context, input(payload)?, now).await),
            Handler::Notify(context) => answer(notify::handle(context, input(payload)?).await),
            Handler::Recover(imports) => answer(recover::handle(imports, input(payload)?).await),
        }
    }
}

/// How much of the file a sandbox of `split` reads at a time: in half of them so little that there are several ranges.
fn range_bytes(simulation: &Simulation) -> u64 {
    let (mut rng, size) = (simulation.random.of("split ranges"), simulation.lineup.bytes.len() as u64);
    if rng.bool() { 1 + size / rng.u64(1..=8) } else { 8 << 20 }
}

/// When an invocation stops its work, as the function itself computes it from its deadline.
fn stop_at(timeout: Duration) -> std::time::Instant {
    (Instant::now() + (timeout - (timeout / 4).min(Duration::from_secs(30)))).into_std()
}

/// When an invocation of `split` or `hold` stops its work, which may be at once.
fn merging_stops_at(process: &Process, timeout: Duration) -> std::time::Instant {
    let at_once = process.faults.hurries && process.simulation.random.of("split time").bool();
    if at_once { Instant::now().into_std() } else { stop_at(timeout) }
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

/// A function's own error, as Lambda returns it.
fn reported(name: &str, message: &str) -> TaskFailure {
    TaskFailure {
        error: name.to_owned(),
        cause: json!({"errorType": name, "errorMessage": message}).to_string(),
    }
}

fn exited() -> TaskFailure {
    reported("Runtime.OutOfMemory", "RequestId: 0 Error: Runtime exited with error: signal: killed")
}

fn timed_out(after: Duration) -> TaskFailure {
    let message = format!("RequestId: 0 Error: Task timed out after {:.2} seconds", after.as_secs_f64());
    reported("Sandbox.Timedout", &message)
}

/// Lambda's own refusal, which is not JSON.
fn refused(name: &str) -> TaskFailure {
    TaskFailure { error: name.to_owned(), cause: "an injected fault".to_owned() }
}

fn shortened(answer: &Result<Value, TaskFailure>) -> String {
    match answer {
        Ok(output) => output.to_string().chars().take(160).collect(),
        Err(failure) => format!("{}: {}", failure.error, failure.cause.chars().take(300).collect::<String>()),
    }
}
