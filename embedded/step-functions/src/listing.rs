//! Lists, page by page.

use jiff::Timestamp;
use uuid::Uuid;

use crate::arn::{child_name, label_of};
use crate::error::EngineError;
use crate::history;
use crate::mutex::lock;
use crate::record::{
    ExecutionListItem, ExecutionStatus, HistoryEvent, MapRunCounts, MapRunListItem, MapRunRecord,
};
use crate::recover;
use crate::shared::Shared;
use crate::store::{Home, MapRunHome};

/// Which part of a list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// How many at most; 0 means 100, and 1000 is the most (API reference, ListExecutions).
    pub max_results: usize,
    /// `nextToken` of the page before.
    pub next_token: Option<String>,
}

impl Page {
    /// The number that the token is.
    fn number(&self) -> Result<Option<usize>, EngineError> {
        let Some(token) = &self.next_token else { return Ok(None) };
        token.parse().map(Some).map_err(|_| EngineError::InvalidToken(token.clone()))
    }

    fn most(&self) -> usize {
        match self.max_results {
            0 => 100,
            most => most.min(1000),
        }
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Paged<T> {
    /// The part.
    pub items: Vec<T>,
    /// Where the next part begins, if there is one.
    pub next_token: Option<String>,
}

/// Which executions ListExecutions gives, the most recent first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecutionFilter {
    /// The children of this Map Run; the state machine's own executions where it is absent.
    pub map_run_arn: Option<String>,
    /// Those with this status.
    pub status: Option<ExecutionStatus>,
    /// Those that were redriven (`REDRIVEN`), or were not (`NOT_REDRIVEN`).
    pub redriven: Option<bool>,
}

impl ExecutionFilter {
    fn wants(&self, item: &ExecutionListItem) -> bool {
        self.status.is_none_or(|status| item.status == status)
            && self.redriven.is_none_or(|redriven| (item.redrive_count > 0) == redriven)
    }
}

/// The executions of the state machine or the children of a Map Run, the most recent first.
pub(crate) fn executions(
    shared: &Shared,
    filter: &ExecutionFilter,
    page: &Page,
) -> Result<Paged<ExecutionListItem>, EngineError> {
    match &filter.map_run_arn {
        Some(arn) => children(shared, arn, filter, page),
        None => cut(own(shared)?.into_iter().filter(|item| filter.wants(item)), page),
    }
}

/// The order is that of the last changes, which the records say. So the first list of a process reads all of them; later
/// ones read what has changed.
fn own(shared: &Shared) -> Result<Vec<ExecutionListItem>, EngineError> {
    let mut items = Vec::new();
    for name in shared.store.execution_names()? {
        items.extend(listed(shared, &name)?);
    }
    items.sort_by(|a, b| {
        (last_change(b), b.start_date, &b.name).cmp(&(last_change(a), a.start_date, &a.name))
    });
    Ok(items)
}

fn listed(shared: &Shared, name: &str) -> Result<Option<ExecutionListItem>, EngineError> {
    // Before the record: a change in between gives it another stamp, so that the next list reads it again.
    let stamp = shared.store.execution(name).stamp();
    let known = lock(&shared.ended).get(name, stamp);
    if known.is_some() {
        return Ok(known);
    }
    let Some(record) = recover::execution(shared, name)? else { return Ok(None) };
    let item = ExecutionListItem::from(record);
    if let Some(stamp) = stamp
        && item.status.is_terminal()
        && shared.live.unwritten(&item.execution_arn).is_none()
    {
        lock(&shared.ended).keep(name, stamp, item.clone());
    }
    Ok(Some(item))
}

/// Running executions are sorted by when they were started or redriven, others by when they stopped
/// (API reference, ListExecutions).
fn last_change(item: &ExecutionListItem) -> Timestamp {
    item.stop_date.or(item.redrive_date).unwrap_or(item.start_date)
}

/// The children by when they were started, the last one first, whatever became of them since (AWS captures of
/// 2026; the API reference says it of executions that run alone). They are started in the order of their items, so
/// that a page reads the records that it gives, and those that a filter leaves out. Its token is the number of
/// items that are left.
fn children(
    shared: &Shared,
    map_run_arn: &str,
    filter: &ExecutionFilter,
    page: &Page,
) -> Result<Paged<ExecutionListItem>, EngineError> {
    let not_found = || EngineError::ResourceNotFound(map_run_arn.into());
    let id = shared.arns.id_of_map_run(map_run_arn).ok_or_else(not_found)?;
    let home = recover::map_run(shared, id)?.ok_or_else(not_found)?;
    let counts = map_run(shared, map_run_arn)?.execution_counts;
    let mut left = match page.number()? {
        None => started(&home, id, &counts),
        Some(left) => (left as u64).min(counts.total),
    };
    let mut items = Vec::new();
    while left > 0 && items.len() < page.most() {
        left -= 1;
        let record = home.child(child_name(id, left)).read()?;
        let item = record.map(|record| ExecutionListItem::from(shared.live.as_it_is(record)));
        items.extend(item.filter(|item| filter.wants(item)));
    }
    Ok(Paged { items, next_token: (left > 0).then(|| left.to_string()) })
}

/// How many items, from the first on, may have a child. Those that are pending have none; a child whose record was
/// damaged is pending again, though later ones are there.
fn started(home: &MapRunHome, id: Uuid, counts: &MapRunCounts) -> u64 {
    let mut started = counts.total.saturating_sub(counts.pending);
    while started < counts.total && home.child(child_name(id, started)).exists() {
        started += 1;
    }
    started
}

/// A Map Run, as this process knows it or as it is on disk.
pub(crate) fn map_run(shared: &Shared, arn: &str) -> Result<MapRunRecord, EngineError> {
    if let Some(record) = shared.live.map_run(arn) {
        return Ok(record);
    }
    let home = match shared.arns.id_of_map_run(arn) {
        Some(id) => recover::map_run(shared, id)?,
        None => None,
    };
    let record =
        home.map(|home| home.read()).transpose()?.flatten().filter(|record| record.map_run_arn == arn);
    record.ok_or_else(|| EngineError::ResourceNotFound(arn.into()))
}

/// The Map Runs of an execution, the most recent first.
pub(crate) fn map_runs(
    shared: &Shared,
    home: &Home,
    page: &Page,
) -> Result<Paged<MapRunListItem>, EngineError> {
    let mut records = Vec::new();
    for id in home.map_run_ids()? {
        records.extend(home.map_run(id).read()?);
    }
    records.sort_by(|a, b| (b.start_date, &b.map_run_arn).cmp(&(a.start_date, &a.map_run_arn)));
    let items = records.into_iter().map(|record| MapRunListItem {
        state_machine_arn: shared.arns.child_state_machine(label_of(&record.map_run_arn)),
        execution_arn: record.execution_arn,
        map_run_arn: record.map_run_arn,
        start_date: record.start_date,
        stop_date: record.stop_date,
    });
    cut(items, page)
}

/// The events of an execution.
pub(crate) fn events(home: &Home, page: &Page, reverse: bool) -> Result<Paged<HistoryEvent>, EngineError> {
    let path = home.history();
    let mut lines = history::lines(path)?;
    if reverse {
        lines.reverse();
    }
    let Paged { items, next_token } = cut(lines.into_iter(), page)?;
    let items = items.iter().map(|line| history::parse(path, line));
    Ok(Paged { items: items.collect::<Result<_, _>>()?, next_token })
}

/// A page. The token is the number of entries before it.
fn cut<T>(entries: impl Iterator<Item = T>, page: &Page) -> Result<Paged<T>, EngineError> {
    let before = page.number()?.unwrap_or(0);
    let mut entries = entries.skip(before);
    let items: Vec<_> = entries.by_ref().take(page.most()).collect();
    let next_token = entries.next().map(|_| (before + items.len()).to_string());
    Ok(Paged { items, next_token })
}
