//! Loading the rules of a Choice state (Step Functions guide, "Choice workflow state").

use serde_json::Value;

use crate::choice::{ChoiceRule, ComparisonOperator, Operand, Property, Relation, Type};
use crate::fields::StateFields;
use crate::load_error::LoadError;
use crate::path::Path;

/// A rule; a top-level one has a `Next`, which the caller reads.
pub(crate) fn rule(definition: &Value, place: &str) -> Result<ChoiceRule, LoadError> {
    let object = definition.as_object().ok_or_else(|| LoadError::new(place, "must be an object"))?;
    let operators: Vec<_> =
        object.iter().filter(|(name, _)| !["Next", "Comment", "Variable"].contains(&name.as_str())).collect();
    let [(name, operand)] = operators[..] else {
        let names: Vec<_> = operators.iter().map(|(name, _)| name.as_str()).collect();
        return Err(LoadError::new(
            place,
            format!("must have one operator, and has {}: {}", names.len(), names.join(", ")),
        ));
    };
    let inner = format!("{place}.{name}");
    let nested = |name: &str| matches!(name, "And" | "Or" | "Not");
    if nested(name) && object.contains_key("Variable") {
        return Err(LoadError::new(&format!("{place}.Variable"), format!("not supported beside {name}")));
    }
    match name.as_str() {
        "And" => Ok(ChoiceRule::And(inner_rules(operand, &inner)?)),
        "Or" => Ok(ChoiceRule::Or(inner_rules(operand, &inner)?)),
        "Not" => Ok(ChoiceRule::Not(Box::new(inner_rule(operand, &inner)?))),
        name => test(definition, place, name, operand),
    }
}

fn inner_rules(rules: &Value, place: &str) -> Result<Vec<ChoiceRule>, LoadError> {
    let rules = rules.as_array().filter(|rules| !rules.is_empty());
    let rules = rules.ok_or_else(|| LoadError::new(place, "must be an array of rules"))?;
    rules.iter().enumerate().map(|(i, definition)| inner_rule(definition, &format!("{place}[{i}]"))).collect()
}

fn inner_rule(definition: &Value, place: &str) -> Result<ChoiceRule, LoadError> {
    if definition.get("Next").is_some() {
        return Err(LoadError::new(&format!("{place}.Next"), "only a top-level rule may have one"));
    }
    rule(definition, place)
}

fn test(definition: &Value, place: &str, name: &str, operand: &Value) -> Result<ChoiceRule, LoadError> {
    let mut fields = StateFields::of(definition, place)?;
    let variable = fields.path("Variable")?.ok_or_else(|| fields.error("Variable", "missing"))?;
    let refused = |problem: String| LoadError::new(&format!("{place}.{name}"), problem);
    let operator = match name {
        "StringMatches" => ComparisonOperator::Matches(
            operand.as_str().ok_or_else(|| refused("must be text".into()))?.into(),
        ),
        _ => match property(name) {
            Some(property) => {
                let expected = operand.as_bool().ok_or_else(|| refused("must be true or false".into()))?;
                ComparisonOperator::Is(property, expected)
            }
            None => comparison(name, operand).map_err(refused)?,
        },
    };
    Ok(ChoiceRule::Test { variable, operator })
}

fn property(name: &str) -> Option<Property> {
    Some(match name {
        "IsPresent" => Property::Present,
        "IsNull" => Property::Null,
        "IsString" => Property::String,
        "IsNumeric" => Property::Numeric,
        "IsBoolean" => Property::Boolean,
        "IsTimestamp" => Property::Timestamp,
        _ => return None,
    })
}

fn comparison(name: &str, operand: &Value) -> Result<ComparisonOperator, String> {
    let (plain, is_path) = match name.strip_suffix("Path") {
        Some(plain) => (plain, true),
        None => (name, false),
    };
    let (kind, relation) = kind_and_relation(plain).ok_or("not supported")?;
    let operand = if is_path {
        let text = operand.as_str().ok_or("must be a path")?;
        Operand::Path(Path::parse(text).map_err(|error| error.to_string())?)
    } else {
        kind.compare(operand, operand).ok_or("has a value of another type")?;
        Operand::Literal(operand.clone())
    };
    Ok(ComparisonOperator::Compare(kind, relation, operand))
}

fn kind_and_relation(name: &str) -> Option<(Type, Relation)> {
    let kinds = [
        ("String", Type::String),
        ("Numeric", Type::Numeric),
        ("Boolean", Type::Boolean),
        ("Timestamp", Type::Timestamp),
    ];
    let (prefix, kind) = kinds.into_iter().find(|(prefix, _)| name.starts_with(prefix))?;
    let relation = match &name[prefix.len()..] {
        "Equals" => Relation::Equals,
        _ if kind == Type::Boolean => return None,
        "LessThan" => Relation::LessThan,
        "LessThanEquals" => Relation::LessThanEquals,
        "GreaterThan" => Relation::GreaterThan,
        "GreaterThanEquals" => Relation::GreaterThanEquals,
        _ => return None,
    };
    Some((kind, relation))
}
