//! What a Map state asks for, read from its definition and its input.

use asl::definition::{Given, MapState};
use asl::failure::Failure;
use serde_json::Value;

use crate::execution::{Execution, Visit};
use crate::result_writer::Destination;

/// The parameters of one Map Run, but for its concurrency, which AWS looks at before the Map has started.
pub(crate) struct MapPlan {
    /// The input after `InputPath`, for `ItemSelector`.
    pub input: Value,
    /// The context object, for `ItemSelector`.
    pub context: Value,
    /// Where the items are: bucket and key.
    pub items: (String, String),
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
    /// How many children run at a time; 0 sets no limit.
    pub(crate) fn max_concurrency(&self, visit: &Visit<'_>, map: &MapState) -> Result<u32, Failure> {
        self.given(visit, &map.max_concurrency, ("MaxConcurrencyPath", "integer"), as_u32)
    }

    pub(crate) fn plan_map(&self, visit: &Visit<'_>, map: &MapState) -> Result<MapPlan, Failure> {
        let input = self.effective_input(visit)?;
        let context = self.context(visit);
        let reader = map.item_reader.render(&input, &context)?;
        let writer = map.result_writer.as_ref().map(|writer| writer.render(&input, &context)).transpose()?;
        let tolerance = self.tolerance(visit, map)?;
        let results = writer.map(|writer| {
            Ok(Destination { bucket: text(&writer, "Bucket")?, prefix: text(&writer, "Prefix")? })
        });
        Ok(MapPlan {
            items: (text(&reader, "Bucket")?, text(&reader, "Key")?),
            tolerance,
            results: results.transpose()?,
            input,
            context,
        })
    }

    fn tolerance(&self, visit: &Visit<'_>, map: &MapState) -> Result<Tolerance, Failure> {
        let count = map.tolerated_count.as_ref().map(|given| {
            let signed = match given {
                Given::Literal(count) => return Ok(*count),
                Given::Path(path) => Given::Path(path.clone()),
            };
            let count =
                self.given(visit, &signed, ("ToleratedFailureCountPath", "integer"), Value::as_i64)?;
            u64::try_from(count).map_err(|_| Failure::runtime("ToleratedFailureCount cannot be negative."))
        });
        let percentage = map.tolerated_percentage.as_ref().map(|given| {
            let field = ("ToleratedFailurePercentagePath", "float");
            let percentage = self.given(visit, given, field, Value::as_f64)?;
            let fits = (0.0..=100.0).contains(&percentage).then_some(percentage);
            fits.ok_or_else(|| Failure::runtime("ToleratedFailurePercentage must be between 0 and 100."))
        });
        Ok(Tolerance { percentage: percentage.transpose()?, count: count.transpose()? })
    }
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
