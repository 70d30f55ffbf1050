//! The batches under way, and how far the rows are written without a gap.

use std::collections::VecDeque;

use lineup_aws::writer::{Transport, Writer, Written};
use lineup_table::batch::Batch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Error;
use crate::packer::Mark;

/// At most so many batches are under way or wait for the writer's gate: 3,200 rows. In a file
/// sorted by stage these are of dozens of stage-days, and sorted by performer of even more performers. So
/// the writes spread over partitions in the file's own order; what was ever reached is a prefix of the chunk.
const BATCHES: usize = 128;
/// And at most so many bytes of their JSON: a request holds them a second time.
const BYTES: usize = 8 << 20;

/// The batches under way.
pub(crate) struct Flight<T> {
    writer: Writer<T>,
    stop_at: Instant,
    tasks: JoinSet<(u64, Result<Written, lineup_aws::Error>)>,
    /// Every batch since the first that is not written, in order.
    batches: VecDeque<Sent>,
    /// The number of the first of them.
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
    /// None is under way; the rows before `reached` are written.
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

    /// Sends a batch, when there is room and what it must wait for is written.
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

    /// Waits for one batch.
    async fn land(&mut self) -> Result<(), Error> {
        let Some(landed) = self.tasks.join_next().await else { return Ok(()) };
        // Tasks are aborted only when this is dropped, so what fails to join panicked.
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

    /// Counts what was written besides batches: the calendar.
    pub(crate) fn add(&mut self, written: Written) {
        self.total.add(written);
    }

    /// Waits for every batch.
    pub(crate) async fn drain(&mut self) -> Result<(), Error> {
        while !self.tasks.is_empty() {
            self.land().await?;
        }
        Ok(())
    }

    /// Whether the time was up before something was written.
    pub(crate) fn stopped(&self) -> bool {
        !self.total.complete
    }

    /// All rows before this are written.
    pub(crate) fn reached(&self) -> Mark {
        self.reached
    }

    /// What it took.
    pub(crate) fn total(&self) -> Written {
        self.total
    }
}
