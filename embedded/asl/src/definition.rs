//! A state machine as its definition says.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::choice::ChoiceRule;
use crate::path::Path;
use crate::retry::{Catcher, Retrier};
use crate::template::Template;

/// A loaded definition.
#[derive(Debug, Clone)]
pub struct StateMachine {
    /// Its states.
    pub graph: Arc<Graph>,
    /// How long an execution may run, in seconds.
    pub timeout_seconds: Option<u64>,
    /// The definition itself, with its substitutions made: JSON.
    pub json: String,
}

/// States and where they begin: a state machine's, or those of a Map's `ItemProcessor`.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    /// The first state.
    pub start_at: String,
    /// The states by name.
    pub states: BTreeMap<String, State>,
}

/// A state.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// What of the input the state sees; an empty object where it is `None` (`null`).
    pub input_path: Option<Path>,
    /// What of the output it hands on; an empty object where it is `None` (`null`).
    pub output_path: Option<Path>,
    /// What it does.
    pub kind: StateKind,
}

/// What a state does.
#[derive(Debug, Clone, PartialEq)]
pub enum StateKind {
    /// Invokes a Lambda function.
    Task(Task),
    /// Goes on with the state of the first rule that holds.
    Choice(Choice),
    /// Runs a child execution for each item.
    Map(Box<MapState>),
    /// Hands its input on.
    Pass(Pass),
    /// Hands its input on after some time.
    Wait(Wait),
    /// Ends the execution well.
    Succeed,
    /// Ends the execution with an error.
    Fail(Fail),
}

impl StateKind {
    /// The `Type`, which begins the names of the state's history events.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Task(_) => "Task",
            Self::Choice(_) => "Choice",
            Self::Map(_) => "Map",
            Self::Pass(_) => "Pass",
            Self::Wait(_) => "Wait",
            Self::Succeed => "Succeed",
            Self::Fail(_) => "Fail",
        }
    }
}

/// Where the execution goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// With this state.
    Next(String),
    /// Nowhere: it has succeeded.
    End,
}

/// A field that has a form whose name ends in `Path`.
#[derive(Debug, Clone, PartialEq)]
pub enum Given<T> {
    /// The definition says it.
    Literal(T),
    /// The state's input does.
    Path(Path),
}

/// What `Task` and `Map` do with a result, and with an error.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultHandling {
    /// What of the result is kept.
    pub result_selector: Option<Template>,
    /// Where the result goes in the state's input; nowhere where it is `None` (`null`).
    pub result_path: Option<Path>,
    /// Which errors are tried again.
    pub retry: Vec<Retrier>,
    /// Which errors lead to another state.
    pub catch: Vec<Catcher>,
    /// Where it goes on after a result.
    pub after: After,
}

/// A Task state.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// What it calls.
    pub resource: Resource,
    /// What it hands over; the state's input where it is absent.
    pub parameters: Option<Template>,
    /// How long it may take, in seconds.
    pub timeout_seconds: Option<Given<u64>>,
    /// What follows.
    pub outcome: ResultHandling,
}

/// What a Task calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// `arn:aws:states:::lambda:invoke`: the function and its payload are in `Parameters`.
    LambdaInvoke,
    /// A Lambda function's ARN: the parameters are its payload, its response the result.
    Function(String),
}

/// A Choice state.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The rules in order, each with its next state.
    pub rules: Vec<(ChoiceRule, String)>,
    /// The next state where no rule holds.
    pub default: Option<String>,
}

/// A Map state in distributed mode.
#[derive(Debug, Clone, PartialEq)]
pub struct MapState {
    /// A part of the ARNs of its Map Runs and of their children.
    pub label: String,
    /// `Bucket` and `Key` of the items: JSON Lines.
    pub item_reader: Template,
    /// What a child gets; the item where it is absent.
    pub item_selector: Option<Template>,
    /// How many children run at a time; 0 sets no limit.
    pub max_concurrency: Given<u32>,
    /// The percentage of items that may fail.
    pub tolerated_percentage: Option<Given<f64>>,
    /// The number of items that may fail.
    pub tolerated_count: Option<Given<u64>>,
    /// A child's states.
    pub processor: Arc<Graph>,
    /// Whether a redriven child goes on where it failed (STANDARD) or begins anew (EXPRESS).
    pub execution_type: ExecutionType,
    /// `Bucket` and `Prefix` of the results.
    pub result_writer: Option<Template>,
    /// What follows.
    pub outcome: ResultHandling,
}

/// `ProcessorConfig.ExecutionType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecutionType {
    /// A standard workflow.
    Standard,
    /// An express workflow.
    Express,
}

/// A Pass state.
#[derive(Debug, Clone, PartialEq)]
pub struct Pass {
    /// What it hands on instead of its input.
    pub parameters: Option<Template>,
    /// What it hands on instead of either.
    pub result: Option<Value>,
    /// Where that goes in the state's input; nowhere where it is `None` (`null`).
    pub result_path: Option<Path>,
    /// Where it goes on.
    pub after: After,
}

/// A Wait state.
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    /// How long it waits, in seconds.
    pub seconds: Given<u64>,
    /// Where it goes on.
    pub after: After,
}

/// A Fail state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fail {
    /// The error's name.
    pub error: Option<Given<String>>,
    /// The error's cause.
    pub cause: Option<Given<String>>,
}
