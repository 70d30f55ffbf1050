//! What the embedded services are to be.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use embedded_lambda::FunctionSpec;
use serde_json::Value;

use crate::endpoints::Ports;

/// What to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where everything is kept: created if absent.
    pub data: PathBuf,
    /// The ports to listen on.
    pub ports: Ports,
    /// The buckets; those that are absent are created.
    pub buckets: Vec<String>,
    /// Those of them that keep what is overwritten or deleted, as versions.
    pub versioned: Vec<String>,
    /// The tables, as CreateTable requests; those that are absent are created.
    pub tables: Vec<Value>,
    /// The state machine and what belongs to it; without it there is storage alone: S3 and DynamoDB.
    pub pipeline: Option<Pipeline>,
}

/// The state machine, its functions, and what starts it.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The functions. Each finds the services' endpoints in its environment, unless its own
    /// variables name others: a proxy that lets requests go wrong, for example.
    pub functions: Vec<FunctionSpec>,
    /// The state machine's name.
    pub state_machine: String,
    /// The state machine's definition.
    pub definition: String,
    /// Values for the `${…}` of the definition and the rule.
    pub substitutions: BTreeMap<String, String>,
    /// The bucket whose "Object Created" events go to the rule, one of [`Options::buckets`].
    pub event_bucket: String,
    /// The event pattern of the rule that starts the state machine.
    pub rule: String,
    /// The name of the SNS topic.
    pub topic: String,
    /// A sandbox without work for so long is ended.
    pub idle: Duration,
    /// What to do about an execution that ends with its process: see `Config::interrupted_hint` of the engine.
    pub interrupted_hint: String,
}
