//! The functions' JSON contracts: a function answers any event, or fails with an error that the state machine
//! knows.

use serde_json::Value;

use crate::engine::run_process;
use crate::faults::FaultPlan;
use crate::functions::{FUNCTIONS, ModelFunctions};
use crate::operator::imported;

/// The names of [`lineup_contracts::error::ErrorName`].
const ERRORS: [&str; 9] = [
    "Throttled",
    "Unavailable",
    "InvalidInput",
    "SourceChanged",
    "Superseded",
    "AccessDenied",
    "ResourceNotFound",
    "InvalidRequest",
    "ChunksNotLoaded",
];

/// The first line is a function's name, the rest its event. It is invoked after a small import, so
/// that ids and keys can refer to objects.
pub fn contracts(data: &[u8]) {
    let name = data.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let Some(name) = FUNCTIONS.iter().find(|function| function.as_bytes() == name) else { return };
    let Ok(event) = serde_json::from_slice::<Value>(&data[name.len() + 1..]) else { return };
    let simulation = imported();
    let answer = run_process(&simulation, FaultPlan::none(), async |process, _| {
        let notification = (*name == "notify").then(|| simulation.observe(|seen| seen.notified("fuzz")));
        ModelFunctions::new(process).await.call(name, event, None, notification).await
    });
    let known = match &answer {
        Some(Err(failure)) => ERRORS.contains(&failure.error.as_str()),
        answered => answered.is_some(),
    };
    let violations = simulation.violations();
    assert!(known && violations.is_empty(), "{name}: {answer:?} {violations:?}");
}
