//! The part of a chunk that one invocation loads: where it begins, and what is reported of it.

use std::time::Instant;

use delimited::Chunk;
use lineup_aws::writer::Written;
use lineup_contracts::{ChunkResult, LoadInput, LoadOutput, LoadProgress};

use crate::error::Error;
use crate::items::Mark;

/// The part of a chunk that one invocation loads.
pub(crate) struct ChunkPart {
    pub(crate) input: LoadInput,
    /// The progress of earlier invocations.
    pub(crate) before: LoadProgress,
    started: Instant,
}

impl ChunkPart {
    /// Begins where the invocation before stopped. That byte must lie within the chunk.
    pub(crate) fn new(input: LoadInput) -> Result<Self, Error> {
        let Chunk { chunk, start, end, first_line } = input.chunk;
        let begun = || LoadProgress { next_start: start, next_line: first_line, ..LoadProgress::default() };
        let before = input.load.as_ref().map_or_else(begun, |load| load.progress.clone());
        let from = before.next_start;
        match start <= from && from <= end {
            true => Ok(Self { input, before, started: Instant::now() }),
            false => Err(Error::NoSuchRange { chunk, from, end }),
        }
    }

    /// The place at which it begins.
    pub(crate) fn begin(&self) -> Mark {
        let LoadProgress { next_start, next_line, rows, .. } = self.before;
        Mark { start: next_start, line: next_line, rows }
    }

    /// The output of an invocation that stopped early: where the next one goes on.
    pub(crate) fn stopped(
        &self,
        reached: Mark,
        written: Written,
        rejects: Vec<String>,
    ) -> Result<LoadOutput, Error> {
        if reached.start == self.before.next_start {
            return Err(Error::NoProgress {
                chunk: self.input.chunk.chunk,
                seconds: self.started.elapsed().as_secs(),
                throttles: written.throttles,
            });
        }
        Ok(LoadOutput { done: false, progress: self.progress(reached, written, rejects) })
    }

    /// The chunk's result, and the output of the invocation that loaded the last of it.
    pub(crate) fn done(
        &self,
        end: Mark,
        written: Written,
        rejects: Vec<String>,
    ) -> (ChunkResult, LoadOutput) {
        let progress = self.progress(end, written, rejects);
        let chunk = self.input.chunk;
        let result = ChunkResult {
            chunk,
            rows: progress.rows,
            bytes: chunk.end - chunk.start,
            write_units: progress.write_units,
            throttles: progress.throttles,
            milliseconds: progress.milliseconds,
            invocations: progress.invocations,
            rejects: progress.rejects.clone(),
            execution_arn: self.input.execution_arn.clone(),
        };
        (result, LoadOutput { done: true, progress })
    }

    fn progress(&self, reached: Mark, written: Written, rejects: Vec<String>) -> LoadProgress {
        let milliseconds = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        LoadProgress {
            next_start: reached.start,
            next_line: reached.line,
            rows: reached.rows,
            write_units: self.before.write_units + written.write_units,
            throttles: self.before.throttles.saturating_add(written.throttles),
            milliseconds: self.before.milliseconds.saturating_add(milliseconds),
            invocations: self.before.invocations.saturating_add(1),
            rejects,
        }
    }
}
