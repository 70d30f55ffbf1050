//! Sends batches concurrently, and tracks up to which row everything is written.

use std::collections::VecDeque;

use lineup_aws::writer::{Transport, Writer, Written};
use lineup_table::batch::Batch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Error;
use crate::packer::Mark;

/// The most batches that are being sent or wait for the writer's gate: 3,200 rows. In a file sorted by
/// stage they belong to dozens of stage-days, in one sorted by performer to even more performers. So writes
/// spread over partitions although they follow the file's order, and the written rows are a prefix of the chunk.
const BATCHES: usize = 128;
/// The most bytes of JSON in those batches. Each request holds a second copy.
const BYTES: usize = 8 << 20;

/// The batches that are being sent.
pub(crate) struct Flight<T> {
    writer: Writer<T>,
    stop_at: Instant,
    tasks: JoinSet<(u64, Result<Written, lineup_aws::Error>)>,
    /// The batches from the first unwritten one on, in order.
    batches: VecDeque<Sent>,
    /// The number of the first batch in `batches`.
    first: u64,
    bytes: usize,
    reached: Mark,
    total: Written,
}

struct Sent {
    mark: Mark,
    bytes: usize,
    written: bool,
}

impl<T: Transport> Flight<T> {
    /// Starts without batches. The rows before `reached` are written already.
    pub(crate) fn new(writer: Writer<T>, reached: Mark, stop_at: Instant) -> Self {
        Self {
            writer,
            stop_at,
            tasks: JoinSet::new(),
            batches: VecDeque::new(),
            first: 0,
            bytes: 0,
            reached,
            total: Written { complete: true, ..Written::default() },
        }
    }

    /// Sends a batch. Waits first until the limits allow it, and for all earlier batches if it is a barrier.
    pub(crate) async fn send(&mut self, batch: Batch, mark: Mark) -> Result<(), Error> {
        let bytes = batch.puts.json().len();
        let most = if batch.barrier { 0 } else { BATCHES - 1 };
        while self.tasks.len() > most || (self.bytes + bytes > BYTES && !self.tasks.is_empty()) {
            self.land().await?;
        }
        if self.total.complete {
            self.spawn(batch, Sent { mark, bytes, written: false });
        }
        Ok(())
    }

    fn spawn(&mut self, batch: Batch, sent: Sent) {
        let (writer, stop_at) = (self.writer.clone(), self.stop_at);
        let number = self.first + self.batches.len() as u64;
        self.bytes += sent.bytes;
        self.batches.push_back(sent);
        self.tasks.spawn(async move { (number, writer.put(batch.puts, stop_at).await) });
    }

    /// Waits until one batch is done.
    async fn land(&mut self) -> Result<(), Error> {
        let Some(landed) = self.tasks.join_next().await else { return Ok(()) };
        // Tasks are aborted only when this set is dropped, so a join error is a panic.
        let (number, written) = landed.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        self.landed(number, written?);
        Ok(())
    }

    fn landed(&mut self, number: u64, written: Written) {
        if let Some(sent) = self.batches.get_mut((number - self.first) as usize) {
            sent.written = written.complete;
            self.bytes -= sent.bytes;
        }
        self.add(written);
        while let Some(sent) = self.batches.pop_front_if(|sent| sent.written) {
            self.reached = sent.mark;
            self.first += 1;
        }
    }

    /// Adds to the total what was written elsewhere: the calendar entries.
    pub(crate) fn add(&mut self, written: Written) {
        self.total.add(written);
    }

    /// Waits until every batch is done.
    pub(crate) async fn drain(&mut self) -> Result<(), Error> {
        while !self.tasks.is_empty() {
            self.land().await?;
        }
        Ok(())
    }

    /// Whether a write was given up because the time was over.
    pub(crate) fn stopped(&self) -> bool {
        !self.total.complete
    }

    /// All rows before this are written.
    pub(crate) fn reached(&self) -> Mark {
        self.reached
    }

    /// The cost of all writes so far.
    pub(crate) fn total(&self) -> Written {
        self.total
    }
}
