//! Calendar entries, written ahead: while one window of batches is sent, the entries that the next ones
//! need are asked about and written, and the rows after those are read.

use std::collections::VecDeque;
use std::sync::Arc;

use lineup_aws::calendar::Calendar;
use lineup_aws::task::OwnedTask;
use lineup_aws::writer::{Transport, Written};
use lineup_table::StageDay;
use tokio::time::Instant;

use crate::Error;
use crate::packer::Pack;

/// So many batches share the three round trips that calendar entries take: a query, and two writes.
const WINDOW: usize = 256;
/// Or as many as have so many bytes of JSON.
const WINDOW_BYTES: usize = 2 << 20;
/// Or as many as need entries of so many stage-days: three entries each are in memory until they are written.
const WINDOW_STAGE_DAYS: usize = 1024;
/// The entries of so many windows are under way. With answers after 5 ms, those of one window come about when
/// the window before it is sent; with two, also when they come late.
const WINDOWS: usize = 2;

/// Batches that wait for calendar entries, and those behind them.
pub(crate) struct Ahead<T> {
    calendar: Arc<Calendar<T>>,
    stop_at: Instant,
    /// The windows before the open one, in order.
    under_way: VecDeque<OwnedTask<Result<Released, lineup_aws::Error>>>,
    /// The window that grows until it is full, the bytes of its JSON, and its new stage-days.
    open: Vec<Pack>,
    open_bytes: usize,
    open_stage_days: Vec<StageDay>,
}

/// A window of batches.
pub(crate) struct Released {
    /// In the order in which they came.
    pub(crate) packs: Vec<Pack>,
    /// What their entries took. Unless these are complete, no batch may be sent.
    pub(crate) entries: Written,
}

impl<T: Transport> Ahead<T> {
    /// None waits. Entries are written until `stop_at`.
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

    /// Whether no batch waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.under_way.is_empty()
    }

    /// Takes a batch; `true` if it is time to [`Ahead::turn`].
    pub(crate) fn push(&mut self, mut pack: Pack) -> bool {
        self.open_bytes += pack.batch.puts.json().len();
        self.open_stage_days.append(&mut pack.stage_days);
        self.open.push(pack);
        self.open.len() >= WINDOW
            || self.open_bytes >= WINDOW_BYTES
            || self.open_stage_days.len() >= WINDOW_STAGE_DAYS
    }

    /// Begins the entries of the open window. If there was none, or [`WINDOWS`] are before it, waits
    /// for those of the first window and gives it.
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
