//! The embedded Step Functions with any input, any answers of the functions, and any definition.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use embedded_aws::asl::definition::StateMachine;
use embedded_aws::asl::load;
use embedded_aws::step_functions::cancel::Cancel;
use embedded_aws::step_functions::ports::{Invocation, ObjectError, ObjectStorage, TaskFailure, TaskRunner};
use embedded_aws::step_functions::{ExecutionFilter, Page};
use futures::future::BoxFuture;
use serde_json::{Value, json};

use crate::engine::{DEFINITION, engine, substitutions};
use crate::process::VirtualClock;

/// An execution that invokes more functions is stopped, because it may never end.
const MOST_CALLS: usize = 300;

/// Takes `{"input": …, "answers": […], "items": […], "definition": …}`, or any other bytes. The
/// functions give the answers in order; `{"errorType": …}` is a failure. The Map reads the items. The
/// default definition is the deployed one. The execution must end in any case.
pub fn machine(data: &[u8]) {
    let Ok(case) = serde_json::from_slice::<Value>(data) else {
        let text = String::from_utf8_lossy(data);
        return drop(load(&text, &BTreeMap::new()));
    };
    let definition = match case.get("definition") {
        Some(definition) => definition.to_string(),
        None => DEFINITION.to_owned(),
    };
    let Ok(machine) = load(&definition, &substitutions()) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(ends(machine, Script::of(case)));
}

async fn ends(machine: StateMachine, script: Arc<Script>) {
    let store = tempfile::TempDir::new().unwrap();
    let (runner, objects) = (Arc::clone(&script), Arc::clone(&script));
    let clock = Arc::new(VirtualClock::at("2025-07-10T12:00:00Z".parse().unwrap()));
    let engine = engine(store.path(), machine, 7, runner, objects, clock);
    let input = script.case["input"].to_string();
    let Ok(execution) = engine.start_execution(Some("fuzz"), &input).await else { return };
    let arn = execution.execution_arn;
    tokio::select! {
        record = engine.wait(&arn) => drop(record.unwrap()),
        () = script.enough.cancelled() => drop(engine.stop_execution(&arn, None, None).await.unwrap()),
    }
    let record = engine.describe_execution(&arn).unwrap();
    assert!(record.status.is_terminal(), "it panicked: {record:?}");
    let panicked = |cause: Option<&str>| cause.is_some_and(|cause| cause.contains("panicked"));
    assert!(!panicked(record.cause.as_deref()), "it panicked: {record:?}");
    for run in engine.list_map_runs(&arn, &Page::default()).unwrap().items {
        let filter = ExecutionFilter { map_run_arn: Some(run.map_run_arn), ..Default::default() };
        for child in engine.list_executions(&filter, &Page::default()).unwrap().items {
            let child = engine.describe_execution(&child.execution_arn).unwrap();
            assert!(!panicked(child.cause.as_deref()), "a child panicked: {child:?}");
        }
    }
}

struct Script {
    case: Value,
    calls: AtomicUsize,
    /// Set after [`MOST_CALLS`].
    enough: Cancel,
}

impl Script {
    fn of(case: Value) -> Arc<Self> {
        Arc::new(Self { case, calls: AtomicUsize::new(0), enough: Cancel::default() })
    }

    fn answer(&self) -> Result<Value, TaskFailure> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if call == MOST_CALLS {
            self.enough.cancel();
        }
        let answers = self.case["answers"].as_array();
        let answer =
            answers.filter(|answers| !answers.is_empty()).map(|answers| &answers[call % answers.len()]);
        let answer = answer.unwrap_or(&Value::Null);
        match answer["errorType"].as_str() {
            Some(error) => Err(TaskFailure { error: error.to_owned(), cause: answer.to_string() }),
            None => Ok(answer.clone()),
        }
    }
}

impl TaskRunner for Script {
    fn invoke(&self, _: Invocation) -> BoxFuture<'_, Result<Value, TaskFailure>> {
        let answer = self.answer();
        Box::pin(async move {
            // A function takes time, so that a timeout can come first.
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            answer
        })
    }
}

impl ObjectStorage for Script {
    fn get<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<Bytes, ObjectError>> {
        let missing = || ObjectError { code: "NoSuchKey".into(), message: "there are no items".into() };
        let line = |item: &Value| format!("{item}\n");
        let items = match &self.case["items"] {
            Value::Array(items) => Ok(items.iter().map(line).collect::<String>().into()),
            Value::String(text) => Ok(text.clone().into()),
            _ => Err(missing()),
        };
        Box::pin(std::future::ready(items))
    }

    fn put<'a>(&'a self, _: &'a str, _: &'a str, _: Bytes) -> BoxFuture<'a, Result<(), ObjectError>> {
        let refused = self.case["refused"] == json!(true);
        let error = || ObjectError { code: "AccessDenied".into(), message: "as the case says".into() };
        Box::pin(std::future::ready(if refused { Err(error()) } else { Ok(()) }))
    }
}
