//! The functions' JSON contracts: any event is answered, or refused with an error that the state machine knows.

use serde_json::Value;

use crate::functions::{FUNCTIONS, Functions};
use crate::operator::imported;
use crate::process::live;
use crate::weather::Weather;

/// The names of [`lineup_contracts::error::ErrorName`].
const ERRORS: [&str; 8] = [
    "Throttled",
    "Unavailable",
    "InvalidInput",
    "SourceChanged",
    "AccessDenied",
    "ResourceNotFound",
    "InvalidRequest",
    "ChunksNotLoaded",
];

/// A function's name on the first line, and its event: after a small import, so
/// that ids and keys mean something.
pub fn contracts(data: &[u8]) {
    let name = data.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let Some(name) = FUNCTIONS.iter().find(|function| function.as_bytes() == name) else { return };
    let Ok(event) = serde_json::from_slice::<Value>(&data[name.len() + 1..]) else { return };
    let world = imported();
    let answer = live(&world, Weather::calm(), async |life, _| {
        Functions::new(life).await.call(name, event, None).await
    });
    let known = match &answer {
        Some(Err(failure)) => ERRORS.contains(&failure.error.as_str()),
        answered => answered.is_some(),
    };
    assert!(known && world.all_wrong().is_empty(), "{name}: {answer:?} {:?}", world.all_wrong());
}
