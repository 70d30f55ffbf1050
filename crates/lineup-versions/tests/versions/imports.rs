//! A model of imports of one lineup: a table, the document, executions and invocations, and a clock that the test moves.
//!
//! What a service does between two requests is one step here, so that everything else may happen in between. Reading the
//! document and writing it are two steps, and the writing fails where the document is another one by then.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use lineup_versions::{HoldAnswer, HoldStep, ImportEnd, LineupHolder, LineupVersions, Version};
use uuid::Uuid;

/// The longest time that an invocation runs, and that a put of the document takes, in the clock's seconds.
const INVOCATION: i64 = 10;
const PUT: i64 = 2;

/// What an import does because invocations outlive their executions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Care {
    /// How long it waits when it takes over.
    pub(crate) take_over: i64,
    /// Whether it says in its release what may still run.
    pub(crate) release: bool,
}

impl Default for Care {
    fn default() -> Self {
        Self { take_over: PUT + INVOCATION + 1, release: true }
    }
}

/// An upload, and what its import left so far.
pub(crate) struct Upload {
    pub(crate) version: Version,
    pub(crate) rows: BTreeMap<u8, u16>,
    chunks: Vec<Vec<u8>>,
    loaded: BTreeSet<usize>,
    removals: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Take,
    Match,
    Load,
    Remove,
    Release(ImportEnd),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Running,
    Succeeded,
    Failed,
    Aborted,
    Superseded,
}

/// The document as it was read.
struct Read {
    document: LineupVersions,
    etag: u64,
    at: i64,
    /// The holder, if its execution had ended then.
    ended: Option<LineupHolder>,
}

pub(crate) struct Execution {
    pub(crate) upload: usize,
    pub(crate) status: Status,
    pub(crate) state: State,
    holder: LineupHolder,
    read: Option<Read>,
    /// When the last invocation ends of which it does not know how it ended.
    running_until: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Chunk(usize),
    Removal,
}

pub(crate) struct Invocation {
    execution: usize,
    work: Work,
    left: Vec<u8>,
    started: i64,
    checked: bool,
    /// Whether nobody waits for its answer.
    forgotten: bool,
}

/// Everything that there is.
pub(crate) struct World {
    pub(crate) clock: i64,
    pub(crate) document: LineupVersions,
    etag: u64,
    /// By key: the upload that wrote it last, and its value.
    pub(crate) table: BTreeMap<u8, (usize, u16)>,
    pub(crate) uploads: Vec<Upload>,
    pub(crate) executions: Vec<Execution>,
    pub(crate) invocations: Vec<Invocation>,
    pub(crate) care: Care,
}

fn time(clock: i64) -> Timestamp {
    Timestamp::constant(1_750_000_000, 0) + SignedDuration::from_secs(clock)
}

impl World {
    /// A world with uploads of these rows, in the order in which S3 took them.
    pub(crate) fn new(uploads: Vec<BTreeMap<u8, u16>>) -> Self {
        let upload = |(number, rows): (usize, BTreeMap<u8, u16>)| {
            let keys: Vec<u8> = rows.keys().copied().collect();
            Upload {
                version: Version::of_upload(Uuid::from_u128(number as u128), format!("0055{number:02}")),
                chunks: keys.chunks(3).map(<[u8]>::to_vec).collect(),
                rows,
                loaded: BTreeSet::new(),
                removals: Vec::new(),
            }
        };
        Self {
            clock: 0,
            document: LineupVersions::default(),
            etag: 0,
            table: BTreeMap::new(),
            uploads: uploads.into_iter().enumerate().map(upload).collect(),
            executions: Vec::new(),
            invocations: Vec::new(),
            care: Care::default(),
        }
    }

    /// Starts an execution of an upload's import: the first, or a re-run.
    pub(crate) fn start(&mut self, upload: usize) {
        let execution = format!("execution {}", self.executions.len());
        let holder = LineupHolder { version: self.uploads[upload].version.clone(), execution };
        let (status, state) = (Status::Running, State::Take);
        self.executions.push(Execution { upload, status, state, holder, read: None, running_until: 0 });
    }

    /// Stops an execution. Its invocations run on.
    pub(crate) fn stop(&mut self, execution: usize) {
        self.forget_invocations(execution);
        let stopped = &mut self.executions[execution];
        (stopped.status, stopped.read) = (Status::Aborted, None);
    }

    /// An execution gives up by itself, for example as too many chunks failed. It still releases the hold.
    pub(crate) fn give_up(&mut self, execution: usize) {
        self.forget_invocations(execution);
        let failed = &mut self.executions[execution];
        if matches!(failed.state, State::Load | State::Remove) {
            failed.state = State::Release(ImportEnd::Failed);
        }
    }

    /// Goes on with an execution that failed or was stopped: after a failure from the hold on, else where it was.
    pub(crate) fn redrive(&mut self, execution: usize) {
        let redriven = &mut self.executions[execution];
        if redriven.status == Status::Failed {
            redriven.state = State::Take;
        }
        redriven.status = Status::Running;
    }

    /// An invocation's answer is lost: it runs on, and its work is given to another one.
    pub(crate) fn forget_invocations(&mut self, execution: usize) {
        for invocation in &mut self.invocations {
            if invocation.execution == execution && !invocation.forgotten {
                invocation.forgotten = true;
                let until = &mut self.executions[execution].running_until;
                *until = (*until).max(invocation.started + INVOCATION + 1);
            }
        }
    }

    pub(crate) fn kill_invocation(&mut self, invocation: usize) {
        self.invocations.swap_remove(invocation);
    }

    pub(crate) fn step_execution(&mut self, number: usize) {
        if self.executions[number].status != Status::Running {
            return;
        }
        match self.executions[number].state {
            State::Take | State::Release(_) => self.step_document(number),
            State::Match => self.find_removals(number),
            State::Load | State::Remove => self.invoke(number),
        }
    }

    fn step_document(&mut self, number: usize) {
        let Some(read) = self.executions[number].read.take() else {
            let read = self.read();
            self.executions[number].read = Some(read);
            return;
        };
        let HoldStep { next, answer } = self.change(number, &read);
        if let Some(next) = next {
            if read.etag != self.etag || self.clock > read.at + PUT {
                return;
            }
            (self.document, self.etag) = (next, self.etag + 1);
        }
        let execution = &mut self.executions[number];
        match (answer, execution.state) {
            (HoldAnswer::Held, _) => execution.state = State::Match,
            (HoldAnswer::WaitFor(_) | HoldAnswer::WaitUntil(_), _) => {}
            (HoldAnswer::Superseded(_), _) => execution.status = Status::Superseded,
            (HoldAnswer::Released, State::Release(ImportEnd::Failed)) => execution.status = Status::Failed,
            (HoldAnswer::Released, _) => execution.status = Status::Succeeded,
        }
    }

    fn read(&self) -> Read {
        let runs = |holder: &LineupHolder| {
            self.executions.iter().any(|other| other.holder == *holder && other.status == Status::Running)
        };
        let ended = self.document.holder.clone().filter(|holder| !runs(holder));
        Read { document: self.document.clone(), etag: self.etag, at: self.clock, ended }
    }

    fn change(&self, number: usize, read: &Read) -> HoldStep {
        let execution = &self.executions[number];
        let (now, until) = (time(read.at), time(read.at + self.care.take_over));
        match (execution.state, &read.ended) {
            (State::Release(end), _) => {
                let running =
                    Some(execution.running_until).filter(|until| *until > read.at && self.care.release);
                read.document.release(&execution.holder, end, running.map(time))
            }
            (_, Some(ended)) => read.document.take_over(&execution.holder, ended, now, until),
            _ => read.document.take(&execution.holder, now),
        }
    }

    /// What other imports may have in the table and this one has not.
    fn find_removals(&mut self, number: usize) {
        let own = self.executions[number].upload;
        let others: Vec<Version> = self.document.others(&self.uploads[own].version).cloned().collect();
        let keys = self
            .uploads
            .iter()
            .filter(|upload| others.contains(&upload.version))
            .flat_map(|other| other.rows.keys());
        let keys: BTreeSet<u8> =
            keys.filter(|key| !self.uploads[own].rows.contains_key(key)).copied().collect();
        self.uploads[own].removals = keys.into_iter().collect();
        self.executions[number].state = State::Load;
    }

    fn invoke(&mut self, number: usize) {
        let (upload, state) = (self.executions[number].upload, self.executions[number].state);
        let of = &self.uploads[upload];
        let open = self.invocations.iter().filter(|one| one.execution == number && !one.forgotten);
        let open: Vec<Work> = open.map(|one| one.work).collect();
        let work = if state == State::Remove {
            Some((Work::Removal, of.removals.clone())).filter(|_| open.is_empty())
        } else {
            let chunk = (0..of.chunks.len())
                .find(|chunk| !of.loaded.contains(chunk) && !open.contains(&Work::Chunk(*chunk)));
            chunk.map(|chunk| (Work::Chunk(chunk), of.chunks[chunk].clone()))
        };
        if let Some((work, left)) = work {
            let (started, checked, forgotten) = (self.clock, false, false);
            self.invocations.push(Invocation { execution: number, work, left, started, checked, forgotten });
        } else if state == State::Load && open.is_empty() {
            self.executions[number].state = State::Remove;
        }
    }

    pub(crate) fn step_invocation(&mut self, number: usize) {
        let invocation = &self.invocations[number];
        let (execution, forgotten) = (invocation.execution, invocation.forgotten);
        if self.clock > invocation.started + INVOCATION {
            self.kill_invocation(number);
        } else if !invocation.checked {
            if self.document.check(&self.executions[execution].holder) == HoldAnswer::Held {
                self.invocations[number].checked = true;
            } else {
                self.kill_invocation(number);
                if !forgotten {
                    self.forget_invocations(execution);
                    self.executions[execution].status = Status::Superseded;
                }
            }
        } else if let Some(key) = self.invocations[number].left.pop() {
            self.write(number, key);
        } else {
            self.end_invocation(number);
        }
    }

    fn write(&mut self, number: usize, key: u8) {
        let (work, upload) =
            (self.invocations[number].work, self.executions[self.invocations[number].execution].upload);
        let another = self.invocations.iter().find(|other| {
            let writes = other.checked && self.clock <= other.started + INVOCATION && !other.left.is_empty();
            writes && self.executions[other.execution].upload != upload
        });
        assert!(another.is_none(), "two imports write at a time");
        let of = &self.uploads[upload];
        if work == Work::Removal {
            assert_eq!(of.loaded.len(), of.chunks.len(), "an import removes that has not loaded everything");
            self.table.remove(&key);
        } else {
            assert!(
                self.document.may_hold.contains(&of.version),
                "rows are written of which the document says nothing"
            );
            self.table.insert(key, (upload, of.rows[&key]));
        }
    }

    fn end_invocation(&mut self, number: usize) {
        let Invocation { execution, work, forgotten, .. } = self.invocations.swap_remove(number);
        if let Work::Chunk(chunk) = work {
            let upload = self.executions[execution].upload;
            self.uploads[upload].loaded.insert(chunk);
        } else if !forgotten {
            self.executions[execution].state = State::Release(ImportEnd::Complete { kept: false });
        }
    }

    /// What must hold at any moment.
    pub(crate) fn check(&self) {
        for (upload, _) in self.table.values() {
            let version = &self.uploads[*upload].version;
            assert!(
                self.document.may_hold.contains(version),
                "the table has rows of which the document says nothing"
            );
        }
    }
}
