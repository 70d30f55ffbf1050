//! Lists, page by page.

use jiff::Timestamp;

use crate::arn::{child_name, label_of};
use crate::error::EngineError;
use crate::history;
use crate::record::{
    ExecutionListItem, ExecutionRecord, ExecutionStatus, HistoryEvent, MapRunListItem, MapRunRecord,
};
use crate::shared::Shared;
use crate::store::Home;

/// Which part of a list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// How many at most; 0 means 100, and 1000 is the most (API reference, ListExecutions).
    pub max_results: usize,
    /// `nextToken` of the page before.
    pub next_token: Option<String>,
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

/// The executions of the state machine or the children of a Map Run, the most recent first.
pub(crate) fn executions(
    shared: &Shared,
    filter: &ExecutionFilter,
    page: &Page,
) -> Result<Paged<ExecutionListItem>, EngineError> {
    let records = match &filter.map_run_arn {
        Some(arn) => children(shared, arn)?,
        None => own(shared)?,
    };
    let wanted = records.into_iter().filter(|record| {
        filter.status.is_none_or(|status| record.status == status)
            && filter.redriven.is_none_or(|redriven| (record.redrive_count > 0) == redriven)
    });
    cut(wanted.map(Into::into), page)
}

fn own(shared: &Shared) -> Result<Vec<ExecutionRecord>, EngineError> {
    let mut records = Vec::new();
    for name in shared.store.execution_names()? {
        records.extend(shared.store.execution(&name).read()?.map(|record| shared.live.as_it_is(record)));
    }
    records.sort_by(|a, b| {
        (last_change(b), b.start_date, &b.name).cmp(&(last_change(a), a.start_date, &a.name))
    });
    Ok(records)
}

/// Running executions are sorted by when they were started or redriven, others by when they stopped
/// (API reference, ListExecutions).
fn last_change(record: &ExecutionRecord) -> Timestamp {
    record.stop_date.or(record.redrive_date).unwrap_or(record.start_date)
}

/// The children by when they were started, the last one first, whatever became of them since (AWS captures of
/// 2026; the API reference says it of executions that run alone). They are started in the order of their items.
fn children(shared: &Shared, map_run_arn: &str) -> Result<Vec<ExecutionRecord>, EngineError> {
    let not_found = || EngineError::ResourceNotFound(map_run_arn.into());
    let id = shared.arns.id_of_map_run(map_run_arn).ok_or_else(not_found)?;
    let home = shared.store.map_run(id).ok_or_else(not_found)?;
    let total = map_run(shared, map_run_arn)?.execution_counts.total;
    let mut records = Vec::new();
    for index in (0..total).rev() {
        records.extend(home.child(child_name(id, index)).read()?.map(|record| shared.live.as_it_is(record)));
    }
    records.sort_by_key(|record| std::cmp::Reverse(record.start_date));
    Ok(records)
}

/// A Map Run, as this process knows it or as it is on disk.
pub(crate) fn map_run(shared: &Shared, arn: &str) -> Result<MapRunRecord, EngineError> {
    if let Some(record) = shared.live.map_run(arn) {
        return Ok(record);
    }
    let home = shared.arns.id_of_map_run(arn).and_then(|id| shared.store.map_run(id));
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
    let before = match &page.next_token {
        None => 0,
        Some(token) => token.parse().map_err(|_| EngineError::InvalidToken(token.clone()))?,
    };
    let most = match page.max_results {
        0 => 100,
        most => most.min(1000),
    };
    let mut entries = entries.skip(before);
    let items: Vec<_> = entries.by_ref().take(most).collect();
    let next_token = entries.next().map(|_| (before + items.len()).to_string());
    Ok(Paged { items, next_token })
}
