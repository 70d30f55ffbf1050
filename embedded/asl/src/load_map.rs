//! Loading a Map state in distributed mode (Step Functions guide, "Using Map
//! state in Distributed mode", "ItemReader (Map)", "ResultWriter (Map)").

use std::sync::Arc;

use crate::{
    definition::{ExecutionType, Given, Graph, Kind, MapState},
    fields::Fields,
    load::graph,
    load_error::LoadError,
    load_state::{integer_or_path, outcome},
    template::Template,
};

pub(crate) fn map(name: &str, fields: &mut Fields<'_>) -> Result<MapState, LoadError> {
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

fn processor(fields: &mut Fields<'_>) -> Result<(Graph, ExecutionType), LoadError> {
    let place = fields.place("ItemProcessor");
    let mut fields = Fields::of(fields.require("ItemProcessor")?, &place)?;
    fields.string("Comment")?;
    let mut config = Fields::of(fields.require("ProcessorConfig")?, &fields.place("ProcessorConfig"))?;
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
        graph.states.iter().find_map(|(name, state)| matches!(state.kind, Kind::Map(_)).then_some(name))
    {
        return Err(fields.error(&format!("States.{name}.Type"), "'Map' inside a Map: not supported"));
    }
    fields.finish()?;
    Ok((graph, execution_type))
}

fn item_reader(fields: &mut Fields<'_>) -> Result<Template, LoadError> {
    let place = fields.place("ItemReader");
    let mut fields = Fields::of(fields.require("ItemReader")?, &place)?;
    known_resource(&mut fields, "arn:aws:states:::s3:getObject")?;
    let mut config = Fields::of(fields.require("ReaderConfig")?, &fields.place("ReaderConfig"))?;
    config
        .one_of("InputType", &["JSONL"])?
        .ok_or_else(|| config.error("InputType", "missing; JSONL is supported"))?;
    config.finish()?;
    let parameters = parameters(&mut fields, &["Bucket", "Key"])?;
    fields.finish()?;
    Ok(parameters)
}

fn result_writer(fields: &mut Fields<'_>) -> Result<Option<Template>, LoadError> {
    let place = fields.place("ResultWriter");
    let Some(writer) = fields.take("ResultWriter") else { return Ok(None) };
    let mut fields = Fields::of(writer, &place)?;
    known_resource(&mut fields, "arn:aws:states:::s3:putObject")?;
    let parameters = parameters(&mut fields, &["Bucket", "Prefix"])?;
    fields.finish()?;
    Ok(Some(parameters))
}

fn known_resource(fields: &mut Fields<'_>, known: &str) -> Result<(), LoadError> {
    fields.one_of("Resource", &[known])?.map(|_| ()).ok_or_else(|| fields.error("Resource", "missing"))
}

/// `Parameters` with exactly these fields.
fn parameters(fields: &mut Fields<'_>, known: &[&str]) -> Result<Template, LoadError> {
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

fn max_concurrency(fields: &mut Fields<'_>) -> Result<Given<u32>, LoadError> {
    Ok(match integer_or_path(fields, "MaxConcurrency", 0)? {
        None => Given::Literal(0),
        Some(Given::Path(path)) => Given::Path(path),
        Some(Given::Literal(number)) => {
            let number = u32::try_from(number).map_err(|_| fields.error("MaxConcurrency", "is too large"))?;
            Given::Literal(number)
        }
    })
}

fn percentage(fields: &mut Fields<'_>) -> Result<Option<Given<f64>>, LoadError> {
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
