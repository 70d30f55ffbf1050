//! The chunks of an import as a map: a cell each, coloured by state.

use std::collections::BTreeMap;
use std::fmt::Write;

use lineup_contracts::FailedChunk;
use maud::{Markup, html};
use uuid::Uuid;

use super::executions::chunk_address;
use crate::data::{ChunkStates, ListedExecution};
use crate::shown_state::ShownState;
use crate::words::{counted, number};

/// Up to so many cells are links. Beyond, neighbours of one state are drawn as one shape.
const MOST_LINKS: u32 = 500;
/// Failed chunks that are named below the map.
const MOST_NAMED: usize = 50;
/// Units between two cells.
const STEP: u32 = 12;
/// Units of a cell.
const CELL: u32 = 10;

/// The state of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum CellState {
    Loaded,
    Failed,
    /// Not loaded while its execution goes on.
    Waiting,
    /// Not loaded, and no execution goes on.
    Missing,
}

impl CellState {
    const fn class(self) -> &'static str {
        match self {
            Self::Loaded => "good",
            Self::Failed => "bad",
            Self::Waiting => "waiting",
            Self::Missing => "mixed",
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Loaded => "loaded",
            Self::Failed => "failed",
            Self::Waiting => "waiting",
            Self::Missing => "missing",
        }
    }
}

/// The map, what it says in words, and the failed chunks by name.
pub(super) fn chunk_map(import_id: Uuid, chunks: &ChunkStates, execution: &ListedExecution) -> Markup {
    if chunks.total == 0 {
        return html! { p.none { "There are no chunks before the file is split, and none of a dry run." } };
    }
    let states = states(chunks, execution.state);
    // Without a name, a chunk is shown in the import's first execution.
    let name = execution.is_rerun.then_some(execution.name.as_str());
    let address = |chunk| chunk_address(import_id, chunk, name);
    let columns = columns(chunks.total);
    let rows = chunks.total.div_ceil(columns);
    html! {
        p.lead { (in_words(&states)) }
        svg.chunks viewBox=(format!("0 0 {} {}", columns * STEP, rows * STEP)) width=(columns * STEP)
            height=(rows * STEP) role="group" aria-label="Chunks" {
            @if chunks.total <= MOST_LINKS {
                @for (at, state) in (0..).zip(&states) { (linked(&address(at + 1), at, *state, columns)) }
            } @else {
                @for (state, path) in shapes(&states, columns) { path class=(state.class()) d=(path) { title { (state.as_str()) } } }
            }
        }
        form.choose-chunk action=(format!("/imports/{import_id}/chunk")) {
            @if let Some(name) = name { input type="hidden" name="execution" value=(name); }
            label for="chunk" { "Chunk" }
            input id="chunk" type="number" name="chunk" min="1" max=(chunks.total) required;
            button { "Show" }
        }
        (named(address, &chunks.failed))
    }
}

/// The state of each chunk, in order of number.
fn states(chunks: &ChunkStates, execution: ShownState) -> Vec<CellState> {
    let absent = if execution == ShownState::Running { CellState::Waiting } else { CellState::Missing };
    let index = |chunk: u32| usize::try_from(chunk.checked_sub(1)?).ok();
    let mut states = vec![absent; chunks.total as usize];
    let mut set = |chunk, state| {
        if let Some(cell) = index(chunk).and_then(|at| states.get_mut(at)) {
            *cell = state;
        }
    };
    // The summary may be older than the listing: a chunk that failed may be loaded by now.
    chunks.failed.iter().for_each(|failed| set(failed.chunk, CellState::Failed));
    chunks.loaded.iter().for_each(|chunk| set(*chunk, CellState::Loaded));
    states
}

/// Cells in a row: for few chunks one row, for many a map that is wider than high.
fn columns(total: u32) -> u32 {
    match total {
        0..=60 => total,
        61..=2_000 => 100,
        _ => 200,
    }
}

fn in_words(states: &[CellState]) -> String {
    let mut counts: BTreeMap<CellState, u64> = BTreeMap::new();
    states.iter().for_each(|state| *counts.entry(*state).or_default() += 1);
    let parts = counts.into_iter().map(|(state, count)| format!("{} {}", number(count), state.as_str()));
    format!("{}: {}", counted(states.len() as u64, "chunk"), parts.collect::<Vec<_>>().join(", "))
}

fn linked(address: &str, at: u32, state: CellState, columns: u32) -> Markup {
    let name = format!("chunk {}, {}", at + 1, state.as_str());
    html! {
        a href=(address) class=(state.class()) aria-label=(name) {
            title { (name) }
            rect x=(at % columns * STEP) y=(at / columns * STEP) width=(CELL) height=(CELL) rx="2" {}
        }
    }
}

/// A path for each state: neighbours in a row are one rectangle.
fn shapes(states: &[CellState], columns: u32) -> BTreeMap<CellState, String> {
    let mut paths: BTreeMap<CellState, String> = BTreeMap::new();
    for (row, cells) in (0u32..).zip(states.chunks(columns as usize)) {
        let mut column = 0;
        for same in cells.chunk_by(|a, b| a == b) {
            let length = same.len() as u32;
            let (x, y, width) = (column * STEP, row * STEP, length * STEP - (STEP - CELL));
            // Writing into a String does not fail.
            let _ = write!(paths.entry(same[0]).or_default(), "M{x} {y}h{width}v{CELL}h-{width}z");
            column += length;
        }
    }
    paths
}

fn named(address: impl Fn(u32) -> String, failed: &[FailedChunk]) -> Markup {
    html! {
        @if !failed.is_empty() {
            ul.notes {
                @for chunk in failed.iter().take(MOST_NAMED) {
                    li {
                        a href=(address(chunk.chunk)) { "Chunk " (chunk.chunk) }
                        ", from line " (number(chunk.first_line)) ": " (chunk.error) ", " (chunk.cause)
                    }
                }
            }
            @if failed.len() > MOST_NAMED { p.none { "and " (number((failed.len() - MOST_NAMED) as u64)) " more" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(chunk: u32) -> FailedChunk {
        FailedChunk {
            chunk,
            start: 0,
            end: 1,
            first_line: 2,
            error: "Unavailable".to_owned(),
            cause: "<i>".to_owned(),
        }
    }

    fn execution(state: ShownState) -> ListedExecution {
        ListedExecution {
            name: "again & again".to_owned(),
            import_id: Some(Uuid::nil()),
            file: "a.csv".to_owned(),
            is_rerun: false,
            state,
            started: jiff::Timestamp::UNIX_EPOCH,
            ended: None,
            rows: None,
            error: None,
        }
    }

    #[test]
    fn a_chunk_of_a_rerun_is_shown_in_that_execution() {
        let chunks = ChunkStates { total: 1, ..ChunkStates::default() };
        let first = execution(ShownState::Running);
        let map = |execution: &ListedExecution| chunk_map(Uuid::nil(), &chunks, execution).into_string();
        assert!(map(&first).contains("/chunks/1\""), "{}", map(&first));
        let again = map(&ListedExecution { is_rerun: true, ..first });
        assert!(again.contains("/chunks/1?execution=again%20%26%20again\""), "{again}");
        assert!(again.contains("value=\"again &amp; again\""), "{again}");
    }

    #[test]
    fn each_cell_has_the_state_of_its_chunk() {
        let chunks = ChunkStates {
            total: 4,
            loaded: [1, 3].into(),
            failed: vec![failed(2), failed(3), failed(9)],
            times: Vec::new(),
        };
        use CellState::{Failed, Loaded, Missing, Waiting};
        assert_eq!(states(&chunks, ShownState::Failed), [Loaded, Failed, Loaded, Missing]);
        assert_eq!(states(&chunks, ShownState::Running)[3], Waiting);
        let map = chunk_map(Uuid::nil(), &chunks, &execution(ShownState::Failed)).into_string();
        assert!(
            map.contains("4 chunks: 2 loaded, 1 failed, 1 missing") && map.contains("&lt;i&gt;"),
            "{map}"
        );
        assert_eq!(map.matches("<rect").count(), 4);
    }

    #[test]
    fn ten_thousand_chunks_are_a_small_page() {
        let loaded = (1..=10_000).filter(|chunk| chunk % 1000 != 0).collect();
        let chunks = ChunkStates { total: 10_000, loaded, failed: vec![failed(1000)], times: Vec::new() };
        let map = chunk_map(Uuid::nil(), &chunks, &execution(ShownState::Running)).into_string();
        assert!(map.contains("10,000 chunks: 9,990 loaded, 1 failed, 9 waiting"), "{map}");
        assert!(map.len() < 8_000, "{}", map.len());
    }
}
