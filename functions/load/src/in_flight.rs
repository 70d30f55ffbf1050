//! The last stage: sends batches concurrently, and tracks up to which row everything is written.

use std::collections::BTreeMap;

use lineup_aws::writer::{Transport, Writer, Written};
use lineup_table::batch::Batch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Error;
use crate::items::Mark;

/// The most batches that are being sent or wait for the writer's gate: 3,200 rows. In a file sorted by
/// stage they belong to dozens of stage-days, in one sorted by performer to even more performers. So writes
/// spread over partitions although they follow the file's order, and the written rows are a prefix of the chunk.
const BATCHES: usize = 128;
/// The most bytes of JSON in those batches. Each request holds a second copy.
const BYTES: usize = 8 << 20;

/// The batches that are being sent.
pub(crate) struct InFlight<T> {
    writer: Writer<T>,
    stop_at: Instant,
    requests: JoinSet<Result<(SentBatch, Written), lineup_aws::Error>>,
    /// The places at which the batches begin that are not written, by their numbers.
    unwritten: BTreeMap<u64, Mark>,
    /// How many batches were sent, and the end of the last one.
    sent: u64,
    end: Mark,
    bytes: usize,
    written: Written,
}

struct SentBatch {
    number: u64,
    bytes: usize,
}

impl<T: Transport> InFlight<T> {
    /// Starts without batches. The rows before `begin` are written already. Nothing is sent after `stop_at`.
    pub(crate) fn new(writer: Writer<T>, begin: Mark, stop_at: Instant) -> Self {
        Self {
            writer,
            stop_at,
            requests: JoinSet::new(),
            unwritten: BTreeMap::new(),
            sent: 0,
            end: begin,
            bytes: 0,
            written: Written::NOTHING,
        }
    }

    /// Sends a batch. Waits first until the limits allow it, and for all earlier batches if it is a barrier.
    /// Returns `false`, and sends nothing more, if a batch was given up because the time is over.
    pub(crate) async fn send(
        &mut self,
        Batch { puts, barrier, end, .. }: Batch<Mark>,
    ) -> Result<bool, Error> {
        let sent = SentBatch { number: self.sent, bytes: puts.json().len() };
        let most = if barrier { 0 } else { BATCHES - 1 };
        while self.requests.len() > most || (self.bytes + sent.bytes > BYTES && !self.requests.is_empty()) {
            self.land().await?;
        }
        if self.written.complete {
            self.unwritten.insert(sent.number, self.end);
            (self.sent, self.end) = (self.sent + 1, end);
            self.bytes += sent.bytes;
            let (writer, stop_at) = (self.writer.clone(), self.stop_at);
            self.requests.spawn(async move { Ok((sent, writer.put(puts, stop_at).await?)) });
        }
        Ok(self.written.complete)
    }

    /// Waits until every batch is done. All rows before the returned place are written. What was written is not
    /// complete if a batch was given up.
    pub(crate) async fn finish(mut self) -> Result<(Mark, Written), Error> {
        while !self.requests.is_empty() {
            self.land().await?;
        }
        let reached = self.unwritten.first_key_value().map_or(self.end, |(_, begin)| *begin);
        Ok((reached, self.written))
    }

    /// Waits until one batch is done.
    async fn land(&mut self) -> Result<(), Error> {
        let Some(landed) = self.requests.join_next().await else { return Ok(()) };
        // Tasks are aborted only when this set is dropped, so a join error is a panic.
        let landed = landed.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        let (sent, written) = landed?;
        self.bytes -= sent.bytes;
        if written.complete {
            self.unwritten.remove(&sent.number);
        }
        self.written.add(written);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;
    use std::time::Duration;

    use lineup_aws::error::CallFailure;
    use lineup_aws::writer::WriteAnswer;
    use lineup_table::{Puts, Value};

    use super::*;

    /// A table that leaves the batch with this number unprocessed, again and again.
    struct Table {
        refused: Option<u8>,
    }

    impl Transport for Table {
        async fn write(&self, _table: &str, puts: &Puts) -> Result<WriteAnswer, CallFailure> {
            let is_refused = self.refused.is_some_and(|number| *puts == batch(number).puts);
            let unprocessed = if is_refused { puts.clone() } else { Puts::default() };
            Ok(WriteAnswer { unprocessed, write_units: 1.0 })
        }
    }

    fn at(start: u64) -> Mark {
        Mark { start, ..Mark::default() }
    }

    /// A batch of the ten bytes that begin at ten times its number.
    fn batch(number: u8) -> Batch<Mark> {
        let mut puts = Puts::default();
        puts.push([("Number", Value::N(number))]);
        Batch { puts, stage_days: Vec::new(), barrier: false, end: at(10 * u64::from(number) + 10) }
    }

    #[tokio::test]
    async fn the_rows_before_the_first_batch_that_is_given_up_are_written_whatever_is_written_behind_it() {
        for (refused, reached) in [(None, 50), (Some(0), 0), (Some(2), 20), (Some(4), 40)] {
            let writer = Writer::new(Arc::new(Table { refused }), "Performances");
            let time = if refused.is_none() { Duration::from_secs(60) } else { Duration::from_millis(50) };
            let mut in_flight = InFlight::new(writer, at(0), Instant::now() + time);
            for number in 0..5 {
                in_flight.send(batch(number)).await.unwrap();
            }
            let (mark, written) = in_flight.finish().await.unwrap();
            assert_eq!(written.complete, refused.is_none());
            // On a machine that is busy the time may be over before the first is sent.
            assert!(mark == at(reached) || (refused.is_some() && mark.start < reached), "{mark:?}");
        }
    }
}
