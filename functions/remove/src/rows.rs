//! Deleting rows of the table.

use std::collections::BTreeSet;
use std::time::Instant;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use futures::{StreamExt, TryStreamExt, stream};
use lineup_aws::calendar;
use lineup_aws::error::CallFailure;
use lineup_contracts::LineupId;
use lineup_table::{StageDay, attribute, keys};
use lineup_versions::ItemKey;

use crate::context::RemoveContext;
use crate::error::Error;

/// How many rows are deleted at a time.
const DELETES_IN_FLIGHT: usize = 64;

/// Deletes rows of one lineup.
pub(crate) struct Rows<'c> {
    context: &'c RemoveContext,
    lineup: LineupId,
    stop_at: Instant,
    write_units: f64,
    /// The stage-days whose calendar entries are marked.
    marked: BTreeSet<StageDay>,
}

impl<'c> Rows<'c> {
    pub(crate) fn new(context: &'c RemoveContext, lineup: LineupId, stop_at: Instant) -> Self {
        Self { context, lineup, stop_at, write_units: 0.0, marked: BTreeSet::new() }
    }

    /// The write units consumed so far.
    pub(crate) fn write_units(&self) -> f64 {
        self.write_units
    }

    /// Deletes the rows with these keys that are parts of the lineup. Returns `false` if the time is over before that.
    ///
    /// The calendar entries of their stage-days are marked first: from then on a question looks whether there still is a row.
    pub(crate) async fn remove(&mut self, keys: &[ItemKey]) -> Result<bool, Error> {
        if Instant::now() >= self.stop_at || !self.mark(keys).await? {
            return Ok(false);
        }
        let this = &*self;
        let deletes = stream::iter(keys).map(|key| this.delete(key)).buffer_unordered(DELETES_IN_FLIGHT);
        let units: f64 = deletes.try_fold(0.0, async |sum, units| Ok(sum + units)).await?;
        self.write_units += units;
        Ok(true)
    }

    async fn mark(&mut self, keys: &[ItemKey]) -> Result<bool, Error> {
        let stage_days = keys.iter().filter_map(|key| stage_day(&key.performance));
        let new: BTreeSet<StageDay> = stage_days.filter(|day| !self.marked.contains(day)).collect();
        let new: Vec<StageDay> = new.into_iter().collect();
        let written = calendar::mark(&self.context.calendar, &new, self.stop_at.into()).await?;
        self.write_units += written.write_units;
        self.marked.extend(new);
        Ok(written.complete)
    }

    /// Deletes a row if it is a part of the lineup. Returns the write units.
    async fn delete(&self, key: &ItemKey) -> Result<f64, Error> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let delete = self.context.dynamodb.delete_item().table_name(&self.context.performances);
        let deleted = delete
            .key(attribute::PERFORMER, text(&key.performer))
            .key(attribute::PERFORMANCE, text(&key.performance))
            .condition_expression("#lineup = :this")
            .expression_attribute_names("#lineup", attribute::LINEUP)
            .expression_attribute_values(":this", text(self.lineup.as_str()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match deleted {
            Ok(answer) => {
                Ok(answer.consumed_capacity.and_then(|used| used.capacity_units).unwrap_or_default())
            }
            // The row is gone, or it is a part of another lineup by now. A failed condition costs a write unit (DynamoDB guide,
            // "Condition expressions").
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(1.0)
            }
            Err(error) => {
                let error = CallFailure::of(error).on("dynamodb:DeleteItem", &self.context.performances);
                Err(Error::Aws(error))
            }
        }
    }
}

fn stage_day(performance: &str) -> Option<StageDay> {
    let (date, _, stage) = keys::split_performance(performance)?;
    Some(StageDay { date, stage: stage.to_owned() })
}
