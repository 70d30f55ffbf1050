//! Holds batches until the calendar entries that they need are written.
//!
//! Batches are grouped into windows. While one window is sent, the entries of the next windows are
//! queried and written, and later rows are read.

use std::collections::VecDeque;
use std::sync::Arc;

use lineup_aws::calendar::Calendar;
use lineup_aws::task::OwnedTask;
use lineup_aws::writer::{Transport, Written};
use lineup_table::StageDay;
use tokio::time::Instant;

use crate::Error;
use crate::packer::Pack;

/// The most batches of a window. They share the three round trips of their entries: a query and two writes.
const WINDOW: usize = 256;
/// The most bytes of JSON in a window.
const WINDOW_BYTES: usize = 2 << 20;
/// The most stage-days of a window. Each has three entries, which stay in memory until they are written.
const WINDOW_STAGE_DAYS: usize = 1024;
/// How many windows may have their entries written at a time. When DynamoDB answers within 5 ms, one would do:
/// its entries are written about when the window before it is sent. The second covers slower answers.
const WINDOWS: usize = 2;

/// Batches that wait for calendar entries, and the batches after them: batches are sent in order.
pub(crate) struct Ahead<T> {
    calendar: Arc<Calendar<T>>,
    stop_at: Instant,
    /// The windows whose entries are being written, in order.
    under_way: VecDeque<OwnedTask<Result<Released, lineup_aws::Error>>>,
    /// The batches of the window that is still filling, the bytes of their JSON, and their new stage-days.
    open: Vec<Pack>,
    open_bytes: usize,
    open_stage_days: Vec<StageDay>,
}

/// A window whose entries were written, or not in time.
pub(crate) struct Released {
    /// The batches, in the order of their rows.
    pub(crate) packs: Vec<Pack>,
    /// The cost of writing the entries. If it is not complete, no batch may be sent.
    pub(crate) entries: Written,
}

impl<T: Transport> Ahead<T> {
    /// Starts without batches. No entries are written after `stop_at`.
    pub(crate) fn new(calendar: Calendar<T>, stop_at: Instant) -> Self {
        Self {
            calendar: Arc::new(calendar),
            stop_at,
            under_way: VecDeque::new(),
            open: Vec::new(),
            open_bytes: 0,
            open_stage_days: Vec::new(),
        }
    }

    /// Whether no batch is held.
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.under_way.is_empty()
    }

    /// Adds a batch to the open window. Returns `true` when the window is full; then call [`Ahead::turn`].
    pub(crate) fn push(&mut self, mut pack: Pack) -> bool {
        self.open_bytes += pack.batch.puts.json().len();
        self.open_stage_days.append(&mut pack.stage_days);
        self.open.push(pack);
        self.open.len() >= WINDOW
            || self.open_bytes >= WINDOW_BYTES
            || self.open_stage_days.len() >= WINDOW_STAGE_DAYS
    }

    /// Starts writing the entries of the open window. Waits for the first window and returns it if the open
    /// window was empty, or if more than [`WINDOWS`] windows are being written.
    pub(crate) async fn turn(&mut self) -> Result<Option<Released>, Error> {
        let begun = !self.open.is_empty();
        if begun {
            self.begin();
        }
        if begun && self.under_way.len() <= WINDOWS {
            return Ok(None);
        }
        match self.under_way.pop_front() {
            Some(window) => Ok(Some(window.join().await?)),
            None => Ok(None),
        }
    }

    fn begin(&mut self) {
        self.open_bytes = 0;
        let packs = std::mem::take(&mut self.open);
        let stage_days = std::mem::take(&mut self.open_stage_days);
        let (calendar, stop_at) = (Arc::clone(&self.calendar), self.stop_at);
        self.under_way.push_back(OwnedTask::spawn(async move {
            let entries = calendar.ensure(&stage_days, stop_at).await?;
            Ok(Released { packs, entries })
        }));
    }
}
