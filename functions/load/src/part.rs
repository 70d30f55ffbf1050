//! One invocation of `load`, for one chunk.

use std::time::Instant;

use delimited::Chunk;
use lineup_aws::calendar::Calendar;
use lineup_aws::imports::Imports;
use lineup_aws::source::SourceReader;
use lineup_aws::writer::DynamoDbTransport;
use lineup_contracts::{ChunkResult, LoadInput, LoadOutput, LoadProgress, Manifest};
use lineup_versions::SkippedOffsets;
use tokio::time::timeout_at;

use crate::ahead::{Ahead, Released};
use crate::context::LoadContext;
use crate::error::Error;
use crate::flight::Flight;
use crate::packer::{Mark, Pack};
use crate::rejects::RejectsFile;
use crate::rows::{ChunkRows, Step};

/// One invocation of `load`, for one chunk.
pub(crate) struct Part<'c> {
    imports: &'c Imports,
    input: LoadInput,
    before: LoadProgress,
    started: Instant,
    stop_at: tokio::time::Instant,
    source: SourceReader,
    rows: ChunkRows,
    ahead: Ahead<DynamoDbTransport>,
    flight: Flight<DynamoDbTransport>,
    rejects: Vec<String>,
}

impl<'c> Part<'c> {
    pub(crate) fn new(
        context: &'c LoadContext,
        input: LoadInput,
        manifest: &Manifest,
        skips: SkippedOffsets,
        stop_at: Instant,
    ) -> Result<Self, Error> {
        let before = before(&input)?;
        let stop_at = tokio::time::Instant::from_std(stop_at);
        let reached = Mark { start: before.next_start, line: before.next_line, rows: before.rows };
        let chunk = input.chunk;
        let writer = context.calendar.clone();
        let calendar = Calendar::new(context.dynamodb.clone(), writer.table(), writer.clone());
        Ok(Self {
            imports: &context.imports,
            started: Instant::now(),
            stop_at,
            source: context.imports.objects().read(manifest.text(), chunk.start..chunk.end),
            rows: ChunkRows::new(manifest, chunk, skips, before.next_start),
            ahead: Ahead::new(calendar, stop_at),
            flight: Flight::new(context.performances.clone(), reached, stop_at),
            rejects: Vec::new(),
            input,
            before,
        })
    }

    /// Loads up to the chunk's end, or until it is time to stop.
    pub(crate) async fn load(mut self) -> Result<LoadOutput, Error> {
        let ended = self.read().await?;
        if ended {
            self.write_last().await?;
        }
        self.flight.drain().await?;
        if !ended || self.flight.stopped() {
            return self.stopped();
        }
        if let Some(file) = self.rows.last_rejects()? {
            self.keep(file).await?;
        }
        self.done().await
    }

    /// Reads the chunk. Returns `false` if it had to stop before the chunk's end.
    async fn read(&mut self) -> Result<bool, Error> {
        while let Ok(piece) = timeout_at(self.stop_at, self.source.next()).await {
            let piece = piece?;
            match &piece {
                Some(bytes) => self.rows.push(bytes),
                None => self.rows.finish(),
            }
            if !self.steps().await? {
                return Ok(false);
            }
            if piece.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes the steps of the bytes that were read so far. Returns `false` if it is time to stop.
    async fn steps(&mut self) -> Result<bool, Error> {
        while let Some(step) = self.rows.step()? {
            match step {
                Step::Write(pack) => self.write(pack).await?,
                Step::Keep(file) => self.keep(file).await?,
            }
            if self.flight.stopped() || tokio::time::Instant::now() >= self.stop_at {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Sends the batch, or holds it if it or an earlier batch waits for calendar entries.
    async fn write(&mut self, pack: Pack) -> Result<(), Error> {
        if self.ahead.is_empty() && pack.stage_days.is_empty() {
            return self.flight.send(pack.batch, pack.mark).await;
        }
        if self.ahead.push(pack) { self.send_released().await } else { Ok(()) }
    }

    /// Sends the batches whose calendar entries are written.
    async fn send_released(&mut self) -> Result<(), Error> {
        let Some(Released { packs, entries }) = self.ahead.turn().await? else { return Ok(()) };
        self.flight.add(entries);
        for Pack { batch, mark, .. } in packs {
            if self.flight.stopped() {
                break;
            }
            self.flight.send(batch, mark).await?;
        }
        Ok(())
    }

    /// Sends the last batch of the chunk and all that are held.
    async fn write_last(&mut self) -> Result<(), Error> {
        if let Some(pack) = self.rows.last_pack() {
            self.write(pack).await?;
        }
        while !self.ahead.is_empty() {
            self.send_released().await?;
        }
        Ok(())
    }

    /// Writes a file of rejects, unless an earlier invocation wrote it: the content would be the same.
    async fn keep(&mut self, file: RejectsFile) -> Result<(), Error> {
        if !self.before.rejects.contains(&file.key) {
            self.imports.put_rejects(&file.key, file.csv).await?;
        }
        self.rejects.push(file.key);
        Ok(())
    }

    /// The output of an invocation that stopped early: where the next one continues.
    fn stopped(self) -> Result<LoadOutput, Error> {
        let reached = self.flight.reached();
        if reached.start == self.before.next_start {
            return Err(Error::NoProgress {
                chunk: self.input.chunk.chunk,
                seconds: self.started.elapsed().as_secs(),
                throttles: self.flight.total().throttles,
            });
        }
        Ok(LoadOutput { done: false, progress: self.progress(reached) })
    }

    /// Writes the result object. It comes last, because from then on the chunk counts as loaded.
    async fn done(self) -> Result<LoadOutput, Error> {
        let progress = self.progress(self.rows.mark());
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
        self.imports.put_result(self.input.import_id, &result).await?;
        Ok(LoadOutput { done: true, progress })
    }

    fn progress(&self, reached: Mark) -> LoadProgress {
        let total = self.flight.total();
        let milliseconds = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        LoadProgress {
            next_start: reached.start,
            next_line: reached.line,
            rows: reached.rows,
            write_units: self.before.write_units + total.write_units,
            throttles: self.before.throttles.saturating_add(total.throttles),
            milliseconds: self.before.milliseconds.saturating_add(milliseconds),
            invocations: self.before.invocations.saturating_add(1),
            rejects: self.rejects.clone(),
        }
    }
}

/// The progress of earlier invocations. The byte to continue from must lie within the chunk.
fn before(input: &LoadInput) -> Result<LoadProgress, Error> {
    let Chunk { chunk, start, end, first_line } = input.chunk;
    let begun = || LoadProgress { next_start: start, next_line: first_line, ..LoadProgress::default() };
    let before = input.load.as_ref().map_or_else(begun, |load| load.progress.clone());
    let from = before.next_start;
    if start <= from && from <= end { Ok(before) } else { Err(Error::NoSuchRange { chunk, from, end }) }
}
