//! Why chunks failed, from the files of the Distributed Map's ResultWriter.
//!
//! `FAILED_<n>.json` is an array of the child executions that failed, timed
//! out or were aborted (Step Functions guide, "ResultWriter"), each with its
//! `Input` as a string of JSON. Every Map Run has its own folder, so after a
//! redrive a chunk may be in several of them. Its latest failure counts.

use std::collections::{BTreeMap, BTreeSet};

use delimited::Chunk;
use serde::Deserialize;

use crate::error::Error;
use crate::imports::Imports;
use crate::object_store::uri;

/// How a child execution failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildFailure {
    /// The error's name.
    pub error: String,
    /// Its message, without the JSON of a Lambda function's error.
    pub cause: String,
    stopped: String,
}

/// The latest failure of each of the chunks `wanted`, if the Map Runs of `prefix` recorded one.
pub async fn failures(
    imports: &Imports,
    prefix: &str,
    wanted: &BTreeSet<u32>,
) -> Result<BTreeMap<u32, ChildFailure>, Error> {
    let mut keys = Vec::new();
    let folder = format!("{prefix}/");
    let each = |key: &str| keys.extend(is_failures(key).then(|| key.to_owned()));
    imports.objects().list(imports.bucket(), &folder, each).await?;
    let mut failures = BTreeMap::new();
    for key in keys {
        let Some(file) = imports.objects().get(imports.bucket(), &key).await? else { continue };
        let object = || uri(imports.bucket(), &key);
        let found = parse(&file).map_err(|source| Error::Malformed { object: object(), source })?;
        for (chunk, failure) in found {
            if wanted.contains(&chunk) {
                keep_latest(&mut failures, chunk, failure);
            }
        }
    }
    Ok(failures)
}

fn is_failures(key: &str) -> bool {
    key.rsplit('/').next().is_some_and(|name| name.starts_with("FAILED_") && name.ends_with(".json"))
}

fn keep_latest(failures: &mut BTreeMap<u32, ChildFailure>, chunk: u32, failure: ChildFailure) {
    match failures.get(&chunk) {
        Some(other) if other.stopped > failure.stopped => {}
        _ => {
            failures.insert(chunk, failure);
        }
    }
}

/// The fields of a child execution in a file of the ResultWriter that are read here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Child {
    input: String,
    status: String,
    error: Option<String>,
    cause: Option<String>,
    #[serde(default)]
    stop_date: String,
}

/// The part of a child's input that says which chunk it was to load.
#[derive(Deserialize)]
struct ChildEntry {
    chunk: Chunk,
}

fn parse(file: &[u8]) -> Result<Vec<(u32, ChildFailure)>, serde_json::Error> {
    let children: Vec<Child> = serde_json::from_slice(file)?;
    children.into_iter().map(Child::failure).collect()
}

impl Child {
    fn failure(self) -> Result<(u32, ChildFailure), serde_json::Error> {
        let item: ChildEntry = serde_json::from_str(&self.input)?;
        let named = match self.status.as_str() {
            "ABORTED" => "Aborted",
            "TIMED_OUT" => "States.Timeout",
            _ => "Failed",
        };
        let error = self.error.unwrap_or_else(|| named.to_owned());
        let cause = told(&error, self.cause.as_deref().unwrap_or_default());
        Ok((item.chunk.chunk, ChildFailure { error, cause, stopped: self.stop_date }))
    }
}

/// The message of a cause. For a failed Lambda function it is JSON with an
/// `errorMessage` (Lambda guide, "Function errors"); any other cause is text.
pub fn said(cause: &str) -> String {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct LambdaError {
        error_message: String,
    }
    serde_json::from_str(cause).map_or_else(|_| cause.to_owned(), |error: LambdaError| error.error_message)
}

/// The message of an error's cause. A timeout has none (AWS, recorded: what Catch gets has an empty `Cause`), so it is said here.
pub fn told(error: &str, cause: &str) -> String {
    match (error, cause) {
        ("States.Timeout", "") => "it took longer than it may".to_owned(),
        _ => said(cause),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use serde_json::json;

    use super::*;

    fn child(chunk: u32, status: &str, error: Option<&str>, stop: &str) -> serde_json::Value {
        let input = json!({"chunk": {"chunk": chunk, "start": 0, "end": 9, "first_line": 2}}).to_string();
        let cause = error.map(|_| r#"{"errorMessage":"slow down","errorType":"Throttled"}"#);
        json!({"Input": input, "Status": status, "Error": error, "Cause": cause, "StopDate": stop,
               "ExecutionArn": "arn:…", "InputDetails": {"Included": true}})
    }

    #[test]
    fn a_failed_child_names_its_chunk_error_and_cause() {
        let file = json!([child(17, "FAILED", Some("Throttled"), "2025-07-12T10:00:00.000Z")]).to_string();
        let found = parse(file.as_bytes()).expect("the file's format");
        assert_eq!(found[0].0, 17);
        assert_eq!((found[0].1.error.as_str(), found[0].1.cause.as_str()), ("Throttled", "slow down"));
    }

    #[test]
    fn an_aborted_or_timed_out_child_has_a_name_too() {
        let file = json!([child(1, "ABORTED", None, ""), child(2, "TIMED_OUT", None, "")]).to_string();
        let errors: Vec<_> =
            parse(file.as_bytes()).expect("the format").into_iter().map(|f| f.1.error).collect();
        assert_eq!(errors, ["Aborted", "States.Timeout"]);
        assert_eq!(told("States.Timeout", ""), "it took longer than it may");
    }

    #[test]
    fn the_latest_failure_of_a_chunk_counts() {
        let mut failures = BTreeMap::new();
        for (error, stopped) in [("First", "2025-07-12"), ("Last", "2025-07-14"), ("Between", "2025-07-13")] {
            let failure = ChildFailure { error: error.into(), cause: String::new(), stopped: stopped.into() };
            keep_latest(&mut failures, 1, failure);
        }
        assert_eq!(failures[&1].error, "Last");
    }

    #[test]
    fn a_cause_that_is_no_lambda_error_is_shown_as_it_is() {
        assert_eq!(said("plain text"), "plain text");
        assert_eq!(said(r#"{"errorMessage":"why","errorType":"X"}"#), "why");
    }
}
