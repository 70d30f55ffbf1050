//! What a Map state asks for, read from its definition and its input.

use asl::definition::MapState;
use asl::failure::Failure;
use serde_json::Value;

use crate::execution::{Execution, Visit};
use crate::result_writer::Destination;

/// The parameters of one Map Run.
pub(crate) struct MapPlan {
    /// The input after `InputPath`, for `ItemSelector`.
    pub input: Value,
    /// The context object, for `ItemSelector`.
    pub context: Value,
    /// Where the items are: bucket and key.
    pub items: (String, String),
    /// How many children run at a time; 0 sets no limit.
    pub max_concurrency: u32,
    pub tolerance: Tolerance,
    pub results: Option<Destination>,
}

/// How many items may fail (Step Functions guide, "Setting failure thresholds for Distributed
/// Map states"): none, where the definition says nothing; either threshold ends the Map Run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Tolerance {
    pub percentage: Option<f64>,
    pub count: Option<u64>,
}

impl Tolerance {
    /// Whether more failed than that.
    pub(crate) fn is_exceeded(&self, failed: u64, total: u64) -> bool {
        let over_count = self.count.is_some_and(|count| failed > count);
        let over_percentage = self.percentage.is_some_and(|most| failed as f64 * 100.0 > most * total as f64);
        let none_tolerated = self.count.is_none() && self.percentage.is_none() && failed > 0;
        over_count || over_percentage || none_tolerated
    }
}

impl Execution {
    pub(crate) fn plan_map(&self, visit: &Visit<'_>, map: &MapState) -> Result<MapPlan, Failure> {
        let input = self.effective_input(visit)?;
        let context = self.context(visit);
        let reader = map.item_reader.render(&input, &context)?;
        let writer = map.result_writer.as_ref().map(|writer| writer.render(&input, &context)).transpose()?;
        let percentage = map.tolerated_percentage.as_ref();
        let tolerance = Tolerance {
            percentage: percentage.map(|given| self.given(visit, given, as_percentage)).transpose()?,
            count: map
                .tolerated_count
                .as_ref()
                .map(|given| self.given(visit, given, Value::as_u64))
                .transpose()?,
        };
        let results = writer.map(|writer| {
            Ok(Destination { bucket: text(&writer, "Bucket")?, prefix: text(&writer, "Prefix")? })
        });
        Ok(MapPlan {
            items: (text(&reader, "Bucket")?, text(&reader, "Key")?),
            max_concurrency: self.given(visit, &map.max_concurrency, as_u32)?,
            tolerance,
            results: results.transpose()?,
            input,
            context,
        })
    }
}

fn as_percentage(value: &Value) -> Option<f64> {
    value.as_f64().filter(|percentage| (0.0..=100.0).contains(percentage))
}

fn as_u32(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| number.try_into().ok())
}

fn text(parameters: &Value, field: &str) -> Result<String, Failure> {
    let text = parameters[field].as_str().map(Into::into);
    text.ok_or_else(|| Failure::runtime(format!("{field} of ItemReader or ResultWriter is no text")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Step Functions guide, "Setting failure thresholds for Distributed Map states".
    #[test]
    fn more_failures_than_tolerated_exceed_the_threshold() {
        let tolerance = |percentage, count| Tolerance { percentage, count };
        let cases = [
            (tolerance(None, None), 0, 10, false),
            (tolerance(None, None), 1, 10, true),
            (tolerance(Some(25.0), None), 5, 20, false),
            (tolerance(Some(25.0), None), 6, 20, true),
            (tolerance(Some(0.0), None), 1, 20, true),
            (tolerance(Some(100.0), None), 20, 20, false),
            (tolerance(None, Some(2)), 2, 20, false),
            (tolerance(None, Some(2)), 3, 20, true),
            (tolerance(Some(50.0), Some(2)), 3, 20, true),
            (tolerance(Some(5.0), Some(9)), 2, 20, true),
        ];
        for (tolerance, failed, total, expected) in cases {
            assert_eq!(tolerance.is_exceeded(failed, total), expected, "{tolerance:?} {failed}/{total}");
        }
    }
}
