//! Choice rules (Step Functions guide, "Choice workflow state"; Amazon States
//! Language specification, "Choice State").

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use crate::failure::Failure;
use crate::path::Path;

/// A data-test or boolean expression.
#[derive(Debug, Clone, PartialEq)]
pub enum ChoiceRule {
    /// Every rule holds; the first that does not ends the evaluation.
    And(Vec<ChoiceRule>),
    /// Some rule holds; the first that does ends the evaluation.
    Or(Vec<ChoiceRule>),
    /// The rule does not hold.
    Not(Box<ChoiceRule>),
    /// A comparison of the node that `variable` selects.
    Test {
        /// What is compared.
        variable: Path,
        /// With what, and how.
        operator: ComparisonOperator,
    },
}

/// A comparison operator.
#[derive(Debug, Clone, PartialEq)]
pub enum ComparisonOperator {
    /// `IsPresent` and its like: whether the test's answer equals the flag.
    Is(Property, bool),
    /// `StringEquals`, `NumericLessThanPath` and their like.
    Compare(Type, Relation, Operand),
    /// `StringMatches`: `*` stands for any characters, `\*` for an asterisk.
    Matches(String),
}

/// What an `Is…` operator asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    /// Whether the variable selects a node.
    Present,
    /// Whether the node is null.
    Null,
    /// Whether it is text.
    String,
    /// Whether it is a number.
    Numeric,
    /// Whether it is true or false.
    Boolean,
    /// Whether it is text in RFC 3339's form with `T` and, for UTC, `Z`.
    Timestamp,
}

/// The type that both sides of a comparison must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Text, ordered by code points.
    String,
    /// A number.
    Numeric,
    /// True or false.
    Boolean,
    /// A moment.
    Timestamp,
}

/// How the variable must lie to the operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The same.
    Equals,
    /// Before it.
    LessThan,
    /// Before it, or the same.
    LessThanEquals,
    /// After it.
    GreaterThan,
    /// After it, or the same.
    GreaterThanEquals,
}

/// What the variable is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A value of the definition.
    Literal(Value),
    /// A node of the input or the context object.
    Path(Path),
}

impl ChoiceRule {
    /// Whether it holds.
    ///
    /// # Errors
    /// `States.Runtime` where a path selects nothing, except under `IsPresent`.
    pub fn holds(&self, input: &Value, context: &Value) -> Result<bool, Failure> {
        match self {
            Self::And(rules) => all(rules, input, context),
            Self::Or(rules) => Ok(!none(rules, input, context)?),
            Self::Not(rule) => Ok(!rule.holds(input, context)?),
            Self::Test { variable, operator: ComparisonOperator::Is(Property::Present, expected) } => {
                Ok(variable.get(input, context).is_some() == *expected)
            }
            Self::Test { variable, operator } => {
                operator.holds(select(variable, input, context)?, input, context)
            }
        }
    }
}

fn all(rules: &[ChoiceRule], input: &Value, context: &Value) -> Result<bool, Failure> {
    for rule in rules {
        if !rule.holds(input, context)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn none(rules: &[ChoiceRule], input: &Value, context: &Value) -> Result<bool, Failure> {
    for rule in rules {
        if rule.holds(input, context)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn select<'a>(path: &Path, input: &'a Value, context: &'a Value) -> Result<&'a Value, Failure> {
    path.get(input, context).ok_or_else(|| {
        let cause = "The choice state's condition path references an invalid value.";
        Failure::runtime(format!("Invalid path '{path}': {cause}"))
    })
}

impl ComparisonOperator {
    fn holds(&self, variable: &Value, input: &Value, context: &Value) -> Result<bool, Failure> {
        Ok(match self {
            Self::Is(property, expected) => property.of(variable) == *expected,
            Self::Matches(pattern) => variable.as_str().is_some_and(|text| matches(pattern, text)),
            Self::Compare(kind, relation, operand) => {
                let operand = match operand {
                    Operand::Literal(value) => value,
                    Operand::Path(path) => select(path, input, context)?,
                };
                kind.compare(variable, operand).is_some_and(|order| relation.admits(order))
            }
        })
    }
}

impl Property {
    fn of(self, value: &Value) -> bool {
        match self {
            Self::Present => true,
            Self::Null => value.is_null(),
            Self::String => value.is_string(),
            Self::Numeric => value.is_number(),
            Self::Boolean => value.is_boolean(),
            Self::Timestamp => timestamp(value).is_some(),
        }
    }
}

impl Type {
    /// `None` where either side has another type: no comparison holds then.
    pub(crate) fn compare(self, left: &Value, right: &Value) -> Option<Ordering> {
        match self {
            Self::String => Some(left.as_str()?.cmp(right.as_str()?)),
            Self::Numeric => left.as_f64()?.partial_cmp(&right.as_f64()?),
            Self::Boolean => Some(left.as_bool()?.cmp(&right.as_bool()?)),
            Self::Timestamp => Some(timestamp(left)?.cmp(&timestamp(right)?)),
        }
    }
}

impl Relation {
    fn admits(self, order: Ordering) -> bool {
        match self {
            Self::Equals => order.is_eq(),
            Self::LessThan => order.is_lt(),
            Self::LessThanEquals => order.is_le(),
            Self::GreaterThan => order.is_gt(),
            Self::GreaterThanEquals => order.is_ge(),
        }
    }
}

/// RFC 3339 with an upper-case `T` between date and time and an upper-case `Z` where there is
/// no numeric offset (Amazon States Language specification, "Timestamps").
fn timestamp(value: &Value) -> Option<Timestamp> {
    let text = value.as_str()?;
    let profile = text.as_bytes().get(10) == Some(&b'T') && !text.contains(['z', ' ', '[']);
    profile.then(|| text.parse().ok()).flatten()
}

/// A piece of a `StringMatches` pattern.
#[derive(Clone, Copy, PartialEq)]
enum Glob {
    Any,
    Char(char),
}

fn glob(pattern: &str) -> Vec<Glob> {
    let mut pieces = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        pieces.push(match c {
            '*' => Glob::Any,
            '\\' => Glob::Char(chars.next().unwrap_or('\\')),
            c => Glob::Char(c),
        });
    }
    pieces
}

fn matches(pattern: &str, text: &str) -> bool {
    let pieces = glob(pattern);
    // reached[i]: whether the pieces before i match the text read so far.
    let mut reached = vec![false; pieces.len() + 1];
    reached[0] = true;
    close_over_any(&pieces, &mut reached);
    for c in text.chars() {
        let mut after = vec![false; pieces.len() + 1];
        for (i, piece) in pieces.iter().enumerate() {
            match piece {
                Glob::Any => after[i] |= reached[i],
                Glob::Char(expected) => after[i + 1] |= reached[i] && *expected == c,
            }
        }
        close_over_any(&pieces, &mut after);
        reached = after;
    }
    reached[pieces.len()]
}

/// `*` also matches nothing.
fn close_over_any(pieces: &[Glob], reached: &mut [bool]) {
    for (i, piece) in pieces.iter().enumerate() {
        reached[i + 1] |= reached[i] && *piece == Glob::Any;
    }
}

#[cfg(test)]
#[path = "choice_tests.rs"]
mod tests;
