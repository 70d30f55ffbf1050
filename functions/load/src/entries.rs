//! The stage that hands batches on once the calendar entries that they need are written.
//!
//! Batches are grouped into windows. While one window is sent, the entries of the next windows are
//! queried and written, and later rows are read.

use std::collections::VecDeque;
use std::sync::Arc;
use std::vec;

use lineup_aws::calendar::Calendar;
use lineup_aws::task::OwnedTask;
use lineup_aws::writer::{Transport, Written};
use lineup_table::batch::Batch;
use tokio::sync::mpsc::Receiver;
use tokio::time::Instant;

use crate::Error;
use crate::items::Mark;

/// The most batches of a window. They share the three round trips of their entries: a query and two writes.
const WINDOW: usize = 256;
/// The most bytes of JSON in a window.
const WINDOW_BYTES: usize = 2 << 20;
/// The most stage-days of a window. Each has three entries, which stay in memory until they are written.
const WINDOW_STAGE_DAYS: usize = 1024;
/// How many windows may have their entries written at a time. When DynamoDB answers within 5 ms, one would do:
/// its entries are written about when the window before it is sent. The second covers slower answers.
const WINDOWS: usize = 2;

/// The batches that were read, in their order, each once its calendar entries are written.
pub(crate) struct EntriesFirst<T> {
    batches: Receiver<Batch<Mark>>,
    calendar: Arc<Calendar<T>>,
    stop_at: Instant,
    /// The batches of the window that is still filling, the bytes of their JSON, and the number of their new stage-days.
    open: Vec<Batch<Mark>>,
    open_bytes: usize,
    open_stage_days: usize,
    /// The windows whose entries are being written, in order.
    under_way: VecDeque<WindowTask>,
    /// The batches whose entries are written.
    ready: vec::IntoIter<Batch<Mark>>,
    written: Written,
}

/// Writes the entries of a window. Ends with its batches, and with what the entries cost.
type WindowTask = OwnedTask<Result<(Vec<Batch<Mark>>, Written), lineup_aws::Error>>;

impl<T: Transport> EntriesFirst<T> {
    /// Takes the batches that come over the channel. No entries are written after `stop_at`.
    pub(crate) fn new(batches: Receiver<Batch<Mark>>, calendar: Calendar<T>, stop_at: Instant) -> Self {
        Self {
            batches,
            calendar: Arc::new(calendar),
            stop_at,
            open: Vec::new(),
            open_bytes: 0,
            open_stage_days: 0,
            under_way: VecDeque::new(),
            ready: vec::IntoIter::default(),
            written: Written::NOTHING,
        }
    }

    /// The next batch; `None` after the last one, or if the time is over. A batch without new stage-days passes
    /// at once if none before it waits.
    pub(crate) async fn next(&mut self) -> Result<Option<Batch<Mark>>, Error> {
        while self.written.complete {
            if let Some(batch) = self.ready.next() {
                return Ok(Some(batch));
            }
            let holds_none = self.open.is_empty() && self.under_way.is_empty();
            let holds_all = self.under_way.len() > WINDOWS;
            match if holds_all { None } else { self.batches.recv().await } {
                Some(batch) if holds_none && batch.stage_days.is_empty() => return Ok(Some(batch)),
                Some(batch) => self.hold(batch),
                None if !self.open.is_empty() => self.begin(),
                None => match self.under_way.pop_front() {
                    Some(window) => self.ready = self.ended(window).await?,
                    None => return Ok(None),
                },
            }
        }
        Ok(None)
    }

    /// Takes no more batches. Returns what the entries cost; it is not complete if not all could be written.
    pub(crate) async fn finish(mut self) -> Result<Written, Error> {
        self.batches.close();
        while let Some(window) = self.under_way.pop_front() {
            self.ended(window).await?;
        }
        Ok(self.written)
    }

    /// Adds a batch to the open window, and begins with its entries when it is full.
    fn hold(&mut self, batch: Batch<Mark>) {
        self.open_bytes += batch.puts.json().len();
        self.open_stage_days += batch.stage_days.len();
        self.open.push(batch);
        if self.open.len() >= WINDOW
            || self.open_bytes >= WINDOW_BYTES
            || self.open_stage_days >= WINDOW_STAGE_DAYS
        {
            self.begin();
        }
    }

    /// Starts writing the entries of the open window.
    fn begin(&mut self) {
        (self.open_bytes, self.open_stage_days) = (0, 0);
        let mut batches = std::mem::take(&mut self.open);
        let (calendar, stop_at) = (Arc::clone(&self.calendar), self.stop_at);
        self.under_way.push_back(OwnedTask::spawn(async move {
            let stage_days = batches.iter_mut().flat_map(|batch| std::mem::take(&mut batch.stage_days));
            let entries = calendar.ensure(&stage_days.collect::<Vec<_>>(), stop_at).await?;
            Ok((batches, entries))
        }));
    }

    /// Waits until the entries of a window are written. Returns its batches.
    async fn ended(&mut self, window: WindowTask) -> Result<vec::IntoIter<Batch<Mark>>, Error> {
        let (batches, entries) = window.join().await?;
        self.written.add(entries);
        Ok(batches.into_iter())
    }
}
