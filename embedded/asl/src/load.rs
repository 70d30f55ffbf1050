//! Loading a definition, and the refusal of everything that is not known here.
//!
//! One file, because a Map state holds states: what is loaded calls itself. The fields of each type are
//! those of the Step Functions guide: "Workflow states", "Using Map state in Distributed mode",
//! "ItemReader (Map)" and "ResultWriter (Map)".

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::definition::{
    After, Choice, ExecutionType, Fail, Given, Graph, MapState, Pass, Resource, ResultHandling, State,
    StateKind, StateMachine, Task, Wait,
};
use crate::failure::ALL;
use crate::fields::StateFields;
use crate::load_choice::rule;
use crate::load_error::LoadError;
use crate::path::Path;
use crate::retry::{Catcher, Retrier};
use crate::substitution::substitute;
use crate::template::Template;
use crate::transitions;

/// Loads a definition. `${Name}` in any text becomes what `substitutions` has under `Name`
/// (SAM guide, `DefinitionSubstitutions`).
///
/// # Errors
/// The first field that is missing, wrong or not supported.
pub fn load(text: &str, substitutions: &BTreeMap<String, String>) -> Result<StateMachine, LoadError> {
    let mut definition: Value =
        serde_json::from_str(text).map_err(|error| LoadError::new("", format!("no JSON: {error}")))?;
    substitute(&mut definition, "", substitutions)?;
    let mut fields = StateFields::of(&definition, "")?;
    fields.string("Comment")?;
    fields.one_of("QueryLanguage", &["JSONPath"])?;
    fields.one_of("Version", &["1.0"])?;
    let timeout_seconds = fields.integer("TimeoutSeconds", 1)?;
    let graph = Arc::new(graph(&mut fields)?);
    fields.finish()?;
    Ok(StateMachine { graph, timeout_seconds, json: definition.to_string() })
}

/// `StartAt` and `States`, of a state machine or of an `ItemProcessor`.
fn graph(fields: &mut StateFields<'_>) -> Result<Graph, LoadError> {
    let start_at = fields.require_string("StartAt")?.to_owned();
    let place = fields.place("States");
    let named =
        fields.require("States")?.as_object().ok_or_else(|| LoadError::new(&place, "must be an object"))?;
    let states = named.iter().map(|(name, definition)| {
        let place = format!("{place}.{name}");
        if name.is_empty() || name.chars().count() > 80 {
            return Err(LoadError::new(&place, "a state's name has 1 to 80 characters"));
        }
        Ok((name.clone(), state(name, definition, &place)?))
    });
    let graph = Graph { start_at, states: states.collect::<Result<_, _>>()? };
    transitions::check(&graph, &fields.place("StartAt"), &place)?;
    Ok(graph)
}

/// A state. `name` is the Map's label where it has none.
fn state(name: &str, definition: &Value, place: &str) -> Result<State, LoadError> {
    let mut fields = StateFields::of(definition, place)?;
    fields.string("Comment")?;
    fields.one_of("QueryLanguage", &["JSONPath"])?;
    let kind = match fields.require_string("Type")? {
        "Task" => StateKind::Task(task(&mut fields)?),
        "Choice" => StateKind::Choice(choice(&mut fields)?),
        "Map" => StateKind::Map(Box::new(map(name, &mut fields)?)),
        "Pass" => StateKind::Pass(pass(&mut fields)?),
        "Wait" => StateKind::Wait(wait(&mut fields)?),
        "Succeed" => StateKind::Succeed,
        "Fail" => StateKind::Fail(fail(&mut fields)?),
        other => return Err(fields.error("Type", format!("'{other}': not supported"))),
    };
    // A Fail state has neither (Amazon States Language specification, "Fail State").
    let paths = if matches!(kind, StateKind::Fail(_)) {
        [Some(Path::root()), Some(Path::root())]
    } else {
        [fields.path_or_null("InputPath")?, fields.path_or_null("OutputPath")?]
    };
    fields.finish()?;
    let [input_path, output_path] = paths;
    Ok(State { input_path, output_path, kind })
}

const LAMBDA_INVOKE: &str = "arn:aws:states:::lambda:invoke";

fn task(fields: &mut StateFields<'_>) -> Result<Task, LoadError> {
    let resource = match fields.require_string("Resource")? {
        LAMBDA_INVOKE => Resource::LambdaInvoke,
        arn if arn.starts_with("arn:aws:lambda:") => Resource::Function(arn.into()),
        other => return Err(fields.error("Resource", format!("'{other}': not supported"))),
    };
    let parameters = fields.template("Parameters")?;
    if resource == Resource::LambdaInvoke {
        let names = parameters.as_ref().map(|template| template.field_names()).unwrap_or_default();
        if let Some(name) = names.iter().find(|name| !["FunctionName", "Payload"].contains(&name.as_str())) {
            return Err(fields.error(&format!("Parameters.{name}"), "not supported"));
        }
        if !names.iter().any(|name| name == "FunctionName") {
            return Err(fields.error("Parameters.FunctionName", "missing"));
        }
    }
    let timeout_seconds = integer_or_path(fields, "TimeoutSeconds", 1)?;
    Ok(Task { resource, parameters, timeout_seconds, outcome: outcome(fields)? })
}

/// A whole number, or the path under the same name with `Path`.
fn integer_or_path(
    fields: &mut StateFields<'_>,
    field: &str,
    least: u64,
) -> Result<Option<Given<u64>>, LoadError> {
    let path_field = format!("{field}Path");
    fields.not_both(field, &path_field)?;
    if let Some(path) = fields.path(&path_field)? {
        return Ok(Some(Given::Path(path)));
    }
    Ok(fields.integer(field, least)?.map(Given::Literal))
}

/// The fields that `Task` and `Map` share.
fn outcome(fields: &mut StateFields<'_>) -> Result<ResultHandling, LoadError> {
    Ok(ResultHandling {
        result_selector: fields.template("ResultSelector")?,
        result_path: fields.result_path("ResultPath")?,
        retry: retriers(fields)?,
        catch: catchers(fields)?,
        after: after(fields)?,
    })
}

fn after(fields: &mut StateFields<'_>) -> Result<After, LoadError> {
    fields.not_both("Next", "End")?;
    if let Some(next) = fields.string("Next")? {
        return Ok(After::Next(next.into()));
    }
    match fields.take("End") {
        Some(Value::Bool(true)) => Ok(After::End),
        Some(_) => Err(fields.error("End", "must be true")),
        None => Err(fields.error("Next", "missing, and so is End")),
    }
}

fn choice(fields: &mut StateFields<'_>) -> Result<Choice, LoadError> {
    let place = fields.place("Choices");
    let rules = array(fields.require("Choices")?, &place)?;
    if rules.is_empty() {
        return Err(LoadError::new(&place, "must have a rule"));
    }
    let rules = rules.iter().enumerate().map(|(i, definition)| {
        let place = format!("{place}[{i}]");
        let next = definition.get("Next").and_then(Value::as_str);
        let next = next.ok_or_else(|| LoadError::new(&format!("{place}.Next"), "missing"))?;
        Ok((rule(definition, &place)?, next.to_owned()))
    });
    let rules = rules.collect::<Result<_, _>>()?;
    Ok(Choice { rules, default: fields.string("Default")?.map(Into::into) })
}

fn pass(fields: &mut StateFields<'_>) -> Result<Pass, LoadError> {
    Ok(Pass {
        parameters: fields.template("Parameters")?,
        result: fields.take("Result").cloned(),
        result_path: fields.result_path("ResultPath")?,
        after: after(fields)?,
    })
}

/// With a number of seconds. A Wait state may also name a moment (Amazon States Language specification, "Wait State").
fn wait(fields: &mut StateFields<'_>) -> Result<Wait, LoadError> {
    let seconds = integer_or_path(fields, "Seconds", 0)?;
    let seconds = seconds.ok_or_else(|| fields.error("Seconds", "missing, and so is SecondsPath"))?;
    Ok(Wait { seconds, after: after(fields)? })
}

fn fail(fields: &mut StateFields<'_>) -> Result<Fail, LoadError> {
    Ok(Fail { error: text_or_path(fields, "Error")?, cause: text_or_path(fields, "Cause")? })
}

fn text_or_path(fields: &mut StateFields<'_>, field: &str) -> Result<Option<Given<String>>, LoadError> {
    let path_field = format!("{field}Path");
    fields.not_both(field, &path_field)?;
    if let Some(path) = fields.path(&path_field)? {
        return Ok(Some(Given::Path(path)));
    }
    Ok(fields.string(field)?.map(|text| Given::Literal(text.into())))
}

fn array<'a>(value: &'a Value, place: &str) -> Result<&'a [Value], LoadError> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| LoadError::new(place, "must be an array"))
}

fn retriers(fields: &mut StateFields<'_>) -> Result<Vec<Retrier>, LoadError> {
    entries(fields, "Retry", |fields, error_equals| {
        fields.string("Comment")?;
        Ok(Retrier {
            error_equals,
            interval_seconds: fields.integer("IntervalSeconds", 1)?.unwrap_or(1),
            max_attempts: fields.integer("MaxAttempts", 0)?.unwrap_or(3),
            backoff_rate: backoff_rate(fields)?,
            max_delay_seconds: fields.integer("MaxDelaySeconds", 1)?,
            full_jitter: fields.one_of("JitterStrategy", &["FULL", "NONE"])? == Some("FULL"),
        })
    })
}

fn backoff_rate(fields: &mut StateFields<'_>) -> Result<f64, LoadError> {
    let Some(value) = fields.take("BackoffRate") else { return Ok(2.0) };
    let rate = value.as_f64().filter(|rate| *rate >= 1.0);
    rate.ok_or_else(|| fields.error("BackoffRate", "must be a number of at least 1"))
}

fn catchers(fields: &mut StateFields<'_>) -> Result<Vec<Catcher>, LoadError> {
    entries(fields, "Catch", |fields, error_equals| {
        fields.string("Comment")?;
        Ok(Catcher {
            error_equals,
            result_path: fields.result_path("ResultPath")?,
            next: fields.require_string("Next")?.into(),
        })
    })
}

/// The entries of `Retry` or `Catch`. `States.ALL` must stand alone, and in the last one
/// (Amazon States Language specification, "Errors").
fn entries<T>(
    fields: &mut StateFields<'_>,
    field: &str,
    entry: impl Fn(&mut StateFields<'_>, Vec<String>) -> Result<T, LoadError>,
) -> Result<Vec<T>, LoadError> {
    let place = fields.place(field);
    let Some(definitions) = fields.take(field) else { return Ok(Vec::new()) };
    let definitions = array(definitions, &place)?;
    let entries = definitions.iter().enumerate().map(|(i, definition)| {
        let mut fields = StateFields::of(definition, &format!("{place}[{i}]"))?;
        let names = error_equals(&mut fields)?;
        let all = names.iter().any(|name| name == ALL);
        if all && (names.len() > 1 || i + 1 < definitions.len()) {
            return Err(fields.error("ErrorEquals", "States.ALL must stand alone, and in the last entry"));
        }
        let entry = entry(&mut fields, names)?;
        fields.finish()?;
        Ok(entry)
    });
    entries.collect()
}

fn error_equals(fields: &mut StateFields<'_>) -> Result<Vec<String>, LoadError> {
    let place = fields.place("ErrorEquals");
    let names = array(fields.require("ErrorEquals")?, &place)?;
    if names.is_empty() {
        return Err(LoadError::new(&place, "must name an error"));
    }
    let names = names.iter().map(|name| name.as_str().map(Into::into));
    names.collect::<Option<_>>().ok_or_else(|| LoadError::new(&place, "must be texts"))
}

fn map(name: &str, fields: &mut StateFields<'_>) -> Result<MapState, LoadError> {
    let label = fields.string("Label")?.unwrap_or(name);
    // Same page, "Label": at most 40 characters, and none that an ARN or a URL could not carry.
    let unfit = |c: char| c.is_whitespace() || c.is_control() || "?*<>{}[]:;,\\|^~$#%&`\"/".contains(c);
    if label.is_empty() || label.chars().count() > 40 || label.contains(unfit) {
        return Err(fields
            .error("Label", format!("'{label}' has over 40 characters, or one that a label cannot have")));
    }
    let (processor, execution_type) = processor(fields)?;
    Ok(MapState {
        label: label.into(),
        item_reader: item_reader(fields)?,
        item_selector: fields.template("ItemSelector")?,
        max_concurrency: max_concurrency(fields)?,
        tolerated_percentage: percentage(fields)?,
        tolerated_count: integer_or_path(fields, "ToleratedFailureCount", 0)?,
        processor: Arc::new(processor),
        execution_type,
        result_writer: result_writer(fields)?,
        outcome: outcome(fields)?,
    })
}

fn processor(fields: &mut StateFields<'_>) -> Result<(Graph, ExecutionType), LoadError> {
    let place = fields.place("ItemProcessor");
    let mut fields = StateFields::of(fields.require("ItemProcessor")?, &place)?;
    fields.string("Comment")?;
    let mut config = StateFields::of(fields.require("ProcessorConfig")?, &fields.place("ProcessorConfig"))?;
    config
        .one_of("Mode", &["DISTRIBUTED"])?
        .ok_or_else(|| config.error("Mode", "missing; DISTRIBUTED is supported"))?;
    let execution_type = match config.one_of("ExecutionType", &["STANDARD", "EXPRESS"])? {
        Some("EXPRESS") => ExecutionType::Express,
        Some(_) => ExecutionType::Standard,
        None => return Err(config.error("ExecutionType", "missing")),
    };
    config.finish()?;
    let graph = graph(&mut fields)?;
    if let Some(name) =
        graph.states.iter().find_map(|(name, state)| matches!(state.kind, StateKind::Map(_)).then_some(name))
    {
        return Err(fields.error(&format!("States.{name}.Type"), "'Map' inside a Map: not supported"));
    }
    fields.finish()?;
    Ok((graph, execution_type))
}

fn item_reader(fields: &mut StateFields<'_>) -> Result<Template, LoadError> {
    let place = fields.place("ItemReader");
    let mut fields = StateFields::of(fields.require("ItemReader")?, &place)?;
    known_resource(&mut fields, "arn:aws:states:::s3:getObject")?;
    let mut config = StateFields::of(fields.require("ReaderConfig")?, &fields.place("ReaderConfig"))?;
    config
        .one_of("InputType", &["JSONL"])?
        .ok_or_else(|| config.error("InputType", "missing; JSONL is supported"))?;
    config.finish()?;
    let parameters = parameters(&mut fields, &["Bucket", "Key"])?;
    fields.finish()?;
    Ok(parameters)
}

fn result_writer(fields: &mut StateFields<'_>) -> Result<Option<Template>, LoadError> {
    let place = fields.place("ResultWriter");
    let Some(writer) = fields.take("ResultWriter") else { return Ok(None) };
    let mut fields = StateFields::of(writer, &place)?;
    known_resource(&mut fields, "arn:aws:states:::s3:putObject")?;
    let parameters = parameters(&mut fields, &["Bucket", "Prefix"])?;
    fields.finish()?;
    Ok(Some(parameters))
}

fn known_resource(fields: &mut StateFields<'_>, known: &str) -> Result<(), LoadError> {
    fields.one_of("Resource", &[known])?.map(|_| ()).ok_or_else(|| fields.error("Resource", "missing"))
}

/// `Parameters` with exactly these fields.
fn parameters(fields: &mut StateFields<'_>, known: &[&str]) -> Result<Template, LoadError> {
    let template = fields.template("Parameters")?.ok_or_else(|| fields.error("Parameters", "missing"))?;
    let names = template.field_names();
    if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(fields.error(&format!("Parameters.{name}"), "not supported"));
    }
    match known.iter().find(|known| !names.iter().any(|name| name == *known)) {
        Some(missing) => Err(fields.error(&format!("Parameters.{missing}"), "missing")),
        None => Ok(template),
    }
}

fn max_concurrency(fields: &mut StateFields<'_>) -> Result<Given<u32>, LoadError> {
    Ok(match integer_or_path(fields, "MaxConcurrency", 0)? {
        None => Given::Literal(0),
        Some(Given::Path(path)) => Given::Path(path),
        Some(Given::Literal(number)) => {
            let number = u32::try_from(number).map_err(|_| fields.error("MaxConcurrency", "is too large"))?;
            Given::Literal(number)
        }
    })
}

fn percentage(fields: &mut StateFields<'_>) -> Result<Option<Given<f64>>, LoadError> {
    let field = "ToleratedFailurePercentage";
    fields.not_both(field, "ToleratedFailurePercentagePath")?;
    if let Some(path) = fields.path("ToleratedFailurePercentagePath")? {
        return Ok(Some(Given::Path(path)));
    }
    let Some(value) = fields.take(field) else { return Ok(None) };
    let percentage = value.as_f64().filter(|percentage| (0.0..=100.0).contains(percentage));
    percentage
        .map(|p| Some(Given::Literal(p)))
        .ok_or_else(|| fields.error(field, "must be a number from 0 to 100"))
}
