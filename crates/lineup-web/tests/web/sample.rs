//! A lineup and imports in memory.

use std::ops::Range;
use std::path::Path;
use std::sync::Mutex;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use lineup::clock_time::ClockTime;
use lineup::row::Performance;
use lineup_contracts::{ChunkCounts, FailedChunk, Outcome, RowCounts, Source, Summary};
use lineup_web::{
    CheckedLineup, ChunkFacts, ChunkStates, ChunkTime, DataError, ExecutionEvent, ExecutionEventKind,
    ExecutionList, FunctionOutput, ImportChoices, ImportJournal, LineupQuestions, ListedExecution,
    ListedLineup, ProposedChanges, ProposedSet, RejectLine, RejectsForm, SetOrigin, ShownChange, ShownImport,
    ShownState, ShownVersion, StartedImport, VersionDifferences,
};
use uuid::Uuid;

const DEFINITION: &str = include_str!("../../../../statemachine/import.asl.json");

/// A name that is markup.
pub(crate) const EVIL: &str = "<img src=x onerror=alert(1)>";

/// Sets, and when their import was told that festival days start.
pub(crate) struct SampleLineup {
    sets: Vec<Performance>,
    day_starts: Option<ClockTime>,
}

/// A set of `SampleLineup`.
pub(crate) fn set(
    performer: &str,
    stage: &str,
    date: &str,
    start: &str,
    end: &str,
    popularity: u8,
) -> Performance {
    Performance {
        performer: performer.to_owned(),
        stage: stage.to_owned(),
        date: lineup::date::parse(date).unwrap(),
        start: start.parse().unwrap(),
        end: end.parse().unwrap(),
        popularity: Some(popularity),
        extras: vec![("Genre".into(), "Folk & <b>more</b>".to_owned())],
    }
}

impl SampleLineup {
    pub(crate) fn of(sets: Vec<Performance>) -> Self {
        Self { sets, day_starts: None }
    }

    /// The same where the import was told when festival days start.
    pub(crate) fn starting_days_at(self, time: &str) -> Self {
        Self { day_starts: Some(time.parse().unwrap()), ..self }
    }

    /// The sets of a weekend.
    pub(crate) fn weekend() -> Self {
        Self::of(vec![
            set("Rosalía", "Main Stage", "2025-07-12", "20:00", "21:30", 93),
            set(EVIL, "Main Stage", "2025-07-12", "18:00", "19:15", 89),
            set("Helena Hauff", "Night Garden", "2025-07-13", "02:30", "04:00", 71),
            set("Four Tet", "Forest Tent", "2025-07-12", "18:30", "19:45", 55),
            set("Rosalía", "River Stage", "2025-07-13", "19:00", "20:00", 80),
        ])
    }
}

#[async_trait]
impl LineupQuestions for SampleLineup {
    fn lineup(&self) -> &str {
        "sample"
    }
    async fn days(&self) -> Result<Vec<Date>, DataError> {
        let mut days: Vec<Date> = self.sets.iter().map(|set| set.date).collect();
        days.sort();
        days.dedup();
        Ok(days)
    }
    async fn stages(&self, date: Date) -> Result<Vec<String>, DataError> {
        Ok(self.sets.iter().filter(|set| set.date == date).map(|set| set.stage.clone()).collect())
    }
    async fn starting(&self, range: Range<DateTime>) -> Result<Vec<Performance>, DataError> {
        Ok(self.sets.iter().filter(|set| range.contains(&set.start_moment())).cloned().collect())
    }
    async fn performer(&self, name: &str) -> Result<Vec<Performance>, DataError> {
        Ok(self.sets.iter().filter(|set| set.performer == name).cloned().collect())
    }
    async fn day_starts(&self) -> Result<Option<ClockTime>, DataError> {
        Ok(self.day_starts)
    }
}

/// An import whose second chunk failed. What was asked of it is written down.
pub(crate) struct SampleImports {
    pub(crate) chunks: u32,
    pub(crate) state: ShownState,
    pub(crate) asked: Mutex<Vec<String>>,
}

impl SampleImports {
    pub(crate) fn new(chunks: u32, state: ShownState) -> Self {
        Self { chunks, state, asked: Mutex::default() }
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn note(&self, what: String) -> String {
        self.asked.lock().unwrap().push(what);
        "second".to_owned()
    }

    fn execution(&self) -> ListedExecution {
        let is_failed = self.state == ShownState::Failed;
        let cause = "The request was throttled: ProvisionedThroughputExceededException".to_owned();
        ListedExecution {
            name: "first".to_owned(),
            import_id: Some(Uuid::from_u128(1)),
            file: format!("{EVIL}.csv"),
            is_rerun: false,
            state: self.state,
            started: at(0),
            ended: (self.state != ShownState::Running).then(|| at(14_500)),
            rows: Some(RowCounts { read: 1_204, written: 1_198, rejected: 2, replaced: 4 }),
            error: is_failed.then(|| ("ChunksNotLoaded".to_owned(), cause)),
        }
    }

    fn summary(&self) -> Summary {
        let failed = self.failed();
        Summary {
            import_id: Uuid::from_u128(1),
            source: Source {
                bucket: "uploads".to_owned(),
                key: "a.csv".to_owned(),
                version_id: None,
                etag: "e".to_owned(),
                size: 60_000,
            },
            execution_arn: "first".to_owned(),
            outcome: Outcome::Failed,
            dry_run: false,
            rows: RowCounts { read: 1_204, written: 1_198, rejected: 2, replaced: 4 },
            chunks: ChunkCounts { total: self.chunks, loaded: self.chunks - 1, failed: 1 },
            failed_chunks: failed,
            reject_samples: vec!["line 7, Start \"late\": not a time".to_owned()],
            notes: vec!["Dates are read as day, month, year.".to_owned()],
            warnings: Vec::new(),
            changes: None,
            write_units: 3_600.0,
            throttles: 12,
            milliseconds: 9_000,
        }
    }

    fn failed(&self) -> Vec<FailedChunk> {
        let (error, cause) = ("Throttled".to_owned(), "ProvisionedThroughputExceededException".to_owned());
        vec![FailedChunk { chunk: 2, start: 1, end: 2, first_line: 4_001, error, cause }]
    }
}

fn differences() -> VersionDifferences {
    VersionDifferences {
        counts: "12 added, 3 changed, 1 removed, 50 unchanged".to_owned(),
        kept: None,
        gone: vec![EVIL.to_owned()],
        gone_count: 2,
    }
}

fn proposed(change: ShownChange, to: Option<String>) -> ProposedSet {
    let place = "2025-07-12 20:00 Main Stage".to_owned();
    ProposedSet { change, performer: EVIL.to_owned(), place, to }
}

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_752_310_800_000 + milliseconds).unwrap()
}

/// Through `LoadChunks`, and to the failure if it failed.
fn events(state: ShownState) -> Vec<ExecutionEvent> {
    let mut way = vec!["Route", "Split", "Claimed", "LoadChunks"];
    match state {
        ShownState::Failed => {
            way.extend(["Summarize", "Outcome", "NotifyFailure", "Redrivable", "AwaitRedrive"])
        }
        ShownState::Running => {}
        _ => way.extend(["Summarize", "Outcome", "NotifySuccess", "Imported"]),
    }
    let json = || r#"{"detail": {"object": {"key": "<script>alert(1)</script>.csv"}}}"#.to_owned();
    let mut events = Vec::new();
    let mut add = |number: usize, what| events.push(ExecutionEvent { at: at(number as i64 * 1_450), what });
    for (number, name) in way.iter().enumerate() {
        let state = || (*name).to_owned();
        add(number, ExecutionEventKind::Entered { state: state(), input: json() });
        add(number, ExecutionEventKind::Attempted);
        let fail = |error: &str, cause: &str| ExecutionEventKind::Failed {
            error: error.to_owned(),
            cause: cause.to_owned(),
        };
        if *name == "Split" {
            add(number, fail("Sandbox.Timedout", "no answer within 960 seconds"));
            add(number, ExecutionEventKind::Attempted);
            add(number, ExecutionEventKind::Done);
        }
        if *name == "LoadChunks" && state_failed(&way) {
            add(number + 1, fail("States.ExceedToleratedFailureThreshold", "1 of 4 chunks failed"));
        }
        if *name == "AwaitRedrive" {
            add(number, fail("ChunksNotLoaded", "1 chunk is not loaded"));
        } else if number + 1 < way.len() || *name == "Imported" {
            add(number + 1, ExecutionEventKind::Exited { state: state(), output: json() });
        }
    }
    events
}

fn state_failed(way: &[&str]) -> bool {
    way.contains(&"AwaitRedrive")
}

#[async_trait]
impl ImportJournal for SampleImports {
    async fn executions(&self, after: Option<&str>) -> Result<ExecutionList, DataError> {
        let others = [
            ShownState::Succeeded,
            ShownState::Partial,
            ShownState::Running,
            ShownState::Duplicate,
            ShownState::Interrupted,
        ];
        let others = others.into_iter().map(|state| ListedExecution {
            state,
            error: None,
            file: "lineup.csv".to_owned(),
            ..self.execution()
        });
        let next = after.is_none().then(|| "page two".to_owned());
        Ok(ExecutionList { executions: std::iter::once(self.execution()).chain(others).collect(), next })
    }
    async fn import(&self, import_id: Uuid, _: Option<&str>) -> Result<ShownImport, DataError> {
        if import_id != Uuid::from_u128(1) {
            return Err(DataError::NotFound(format!("there is no import {import_id}")));
        }
        Ok(ShownImport {
            execution: self.execution(),
            object: "s3://uploads/a.csv".to_owned(),
            size: 60_000,
            summary: (self.state != ShownState::Running).then(|| self.summary()),
            definition: DEFINITION.to_owned(),
            events: events(self.state),
            message: (self.state != ShownState::Running)
                .then(|| "1 of 4 chunks is not loaded.\n\nlineup redrive 1".to_owned()),
            is_redrivable: self.state == ShownState::Failed,
            changes: (self.state == ShownState::Succeeded).then(differences),
        })
    }
    async fn chunks(&self, _: Uuid, _: &ListedExecution) -> Result<ChunkStates, DataError> {
        let failed = if self.state == ShownState::Failed { self.failed() } else { Vec::new() };
        let is_loaded = |chunk: &u32| match self.state {
            ShownState::Running => chunk % 3 == 1,
            ShownState::Failed => *chunk != 2,
            _ => true,
        };
        let loaded: std::collections::BTreeSet<u32> = (1..=self.chunks).filter(is_loaded).collect();
        let time = |chunk: &u32| ChunkTime {
            chunk: *chunk,
            ended: at(5_000 + i64::from(*chunk % 40) * 200),
            milliseconds: 700 + u64::from(*chunk * 37 % 900),
            rows: 4_000,
            throttles: u64::from(*chunk % 7 == 3),
        };
        let times = loaded.iter().map(time).collect();
        Ok(ChunkStates { total: self.chunks, loaded, failed, times })
    }
    async fn chunk(&self, _: Uuid, chunk: u32, execution: Option<&str>) -> Result<ChunkFacts, DataError> {
        if chunk == 0 || chunk > self.chunks {
            return Err(DataError::NotFound(format!(
                "there is no chunk {chunk}; the import has {}",
                self.chunks
            )));
        }
        let facts =
            vec![("Bytes".to_owned(), "0–16,383".to_owned()), ("Rows".to_owned(), "301 read".to_owned())];
        let log = events(ShownState::Succeeded).into_iter().skip(3);
        if let Some(name) = execution {
            return Ok(ChunkFacts {
                state: "LOADING".to_owned(),
                facts,
                error: None,
                log: log.take(2).collect(),
                is_loading: true,
                output: FunctionOutput::Elsewhere(format!("aws logs {name}")),
            });
        }
        Ok(ChunkFacts {
            state: "FAILED".to_owned(),
            facts,
            error: Some("Throttled: slower, please".to_owned()),
            log: log.take(6).collect(),
            is_loading: false,
            output: FunctionOutput::Lines(vec![format!("ERROR {EVIL}"), "and more".to_owned()]),
        })
    }
    async fn rejects(&self, _: Uuid, _: usize) -> Result<Vec<RejectLine>, DataError> {
        let reject = |line: u32, value: &str| RejectLine {
            place: line.to_string(),
            column: Some("Start".to_owned()),
            value: value.to_owned(),
            reason: "not a time".to_owned(),
            row: format!("{EVIL},Main Stage,{value},21:00"),
        };
        Ok(vec![reject(7, "late"), reject(12, EVIL)])
    }
    async fn rejects_file(&self, _: Uuid, form: RejectsForm) -> Result<Vec<u8>, DataError> {
        Ok(format!("{form:?}\n").into_bytes())
    }
    async fn redrive(&self, import_id: Uuid) -> Result<String, DataError> {
        Ok(self.note(format!("redrive {}", import_id.as_u128())))
    }
    async fn rerun(&self, import_id: Uuid, chunk: Option<u32>) -> Result<String, DataError> {
        if chunk == Some(99) {
            return Err(DataError::Refused("there is no chunk 99".to_owned()));
        }
        Ok(self.note(format!("rerun {} {chunk:?}", import_id.as_u128())))
    }
    async fn check(&self, file: &Path, choices: &ImportChoices) -> Result<CheckedLineup, DataError> {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        if choices.said.contains(&("dates", "mdy".to_owned())) {
            return Err(DataError::Refused("line 2: 13/07/2025 has no month 13".to_owned()));
        }
        if !text.contains("Performer") {
            return Err(DataError::Refused("the header has no column Performer".to_owned()));
        }
        let fact = |name: &str, value: String| (name.to_owned(), value);
        Ok(CheckedLineup {
            facts: vec![
                fact("Form", "text".to_owned()),
                fact("Columns", "\"Artist\" as Performer, Stage, Start, End, Date, Genre (kept)".to_owned()),
                fact("Rows", format!("{} read", text.lines().count() - 1)),
                fact("Cost", "less than a cent on AWS".to_owned()),
            ],
            notes: vec!["Dates are read as day, month, year.".to_owned()],
            warnings: vec![(
                "2 sets last longer than 12 hours".to_owned(),
                vec!["line 9: 10:00–09:00".to_owned()],
            )],
            rejected: 1,
            rejects: vec![format!("line 7, Start \"{EVIL}\": not a time")],
            changes: ProposedChanges {
                lineup: choices.name.clone().unwrap_or_else(|| "lineup.csv".to_owned()),
                before: Some(Uuid::from_u128(7)),
                counts: "1 added, 0 changed, 0 removed, 1 moved, 60 unchanged".to_owned(),
                sets: vec![
                    proposed(ShownChange::Moved, Some("2025-07-12 21:00 Main Stage".to_owned())),
                    proposed(ShownChange::Added, None),
                ],
                more: 3,
                note: None,
            },
        })
    }
    async fn start(&self, file: &Path, choices: &ImportChoices) -> Result<StartedImport, DataError> {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let said = format!(
            "start {name}{}",
            choices.said.iter().map(|(_, value)| format!(" {value}")).collect::<String>()
        );
        Ok(StartedImport { import_id: Uuid::from_u128(1), execution: self.note(said) })
    }
    async fn lineups(&self, _: usize) -> Result<Vec<ListedLineup>, DataError> {
        let warnings = vec![("2 sets last longer than 12 hours".to_owned(), vec![format!("line 9, {EVIL}")])];
        Ok(vec![ListedLineup {
            name: "weekend & more.csv".to_owned(),
            current: Some(Uuid::from_u128(1)),
            imported: Some(at(0)),
            rows: Some(1_198),
            writing: None,
            warnings,
            rejected: 2,
            changes: Some(differences()),
        }])
    }
    async fn versions(&self, name: &str) -> Result<Vec<ShownVersion>, DataError> {
        if name != "weekend & more.csv" {
            return Err(DataError::NotFound(format!("there is no lineup {name:?}")));
        }
        let version = |number: u128| ShownVersion {
            import_id: Uuid::from_u128(number),
            imported: at(-90_000_000 * number as i64),
            state: ShownState::Partial,
            rows: 1_198,
            is_current: number == 1,
            is_restorable: number == 2,
            changes: (number == 1).then(differences),
        };
        Ok((1..4).map(version).collect())
    }
    async fn restore(&self, name: &str, version: Uuid) -> Result<StartedImport, DataError> {
        let execution = self.note(format!("restore {name} {}", version.as_u128()));
        Ok(StartedImport { import_id: Uuid::from_u128(1), execution })
    }
    async fn origin(&self, set: &Performance) -> Result<Option<SetOrigin>, DataError> {
        let origin = |place: &str| SetOrigin {
            lineup: "weekend & more.csv".to_owned(),
            import_id: Uuid::from_u128(1),
            place: Some(place.to_owned()),
        };
        Ok((set.stage == "Main Stage").then(|| origin("line 17")))
    }
    fn poll_seconds(&self) -> u32 {
        1
    }
}
