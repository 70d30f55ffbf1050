//! The stages of loading a chunk, in the order in which its bytes pass them.
//!
//! ```text
//! bytes ─▶ records ─▶ rows ─▶ items ─▶ batches ═▶ calendar entries ─▶ requests
//! └────────────────── read ─────────────────┘ └───────────── write ───────────┘
//! ```
//!
//! | stage | takes | gives |
//! |---|---|---|
//! | [`SourceReader`] | | the chunk's bytes, in the pieces in which S3 sends them |
//! | [`ChunkItems`], with `Records` and `ItemReader` | bytes | items; rejects go to files |
//! | [`Batches`], with [`Batcher`] | items | batches of up to 25 items with different keys |
//! | [`EntriesFirst`], with [`Calendar`] | batches | the same batches, once the calendar entries are written that they need |
//! | [`InFlight`], with the table's writer | batches | how far the rows are written |
//!
//! Each stage takes from the one before it alone. The first three are iterators without I/O: they run in [`read`]
//! whenever bytes have come. Batches cross a channel to [`write`], and nothing comes back but that it is closed. At `stop_at` each
//! stage stops by itself: no byte is read any more, and nothing is sent.

use delimited::Chunk;
use lineup_aws::calendar::Calendar;
use lineup_aws::source::SourceReader;
use lineup_aws::writer::Written;
use lineup_contracts::{LoadInput, LoadOutput, Manifest};
use lineup_table::batch::{Batch, Batcher};
use lineup_versions::SkippedOffsets;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, timeout_at};
use tokio::try_join;

use crate::batches::Batches;
use crate::context::LoadContext;
use crate::entries::EntriesFirst;
use crate::error::Error;
use crate::in_flight::InFlight;
use crate::items::{ChunkItems, Mark};
use crate::part::ChunkPart;
use crate::rejects::KeptRejects;

/// How many batches may wait in the channel. The stages behind it hold as many as they may, so one is enough.
const WAITING: usize = 1;

/// Loads the chunk, from the byte on where an earlier invocation stopped, to its end or until it is `stop_at`.
pub(crate) async fn load(
    context: &LoadContext,
    input: LoadInput,
    manifest: &Manifest,
    skips: SkippedOffsets,
    stop_at: Instant,
) -> Result<LoadOutput, Error> {
    let part = ChunkPart::new(input)?;
    let Chunk { start, end, .. } = part.input.chunk;
    let source = context.imports.objects().read(manifest.text(), start..end);
    let items = ChunkItems::new(manifest, part.input.chunk, skips);
    // Rows of an import that keeps no version can be told from those of one that does.
    let lineup = manifest.version.as_ref().map(|_| manifest.lineup_id().as_str().to_owned());
    let mut batches = Batches::new(items, Batcher::new().of_lineup(lineup), part.begin().start);
    let mut rejects = KeptRejects::new(&context.imports, part.before.rejects.clone());

    let (to_write, from_reading) = mpsc::channel(WAITING);
    let (is_read, (reached, written)) = try_join!(
        read(source, &mut batches, &mut rejects, to_write, stop_at),
        write(context, from_reading, part.begin(), stop_at),
    )?;
    if !is_read || !written.complete {
        return part.stopped(reached, written, rejects.keys);
    }
    batches.items.rejects.finish()?;
    rejects.keep(batches.items.rejects.take_complete()).await?;
    let (result, output) = part.done(batches.end(), written, rejects.keys);
    // It comes last, because from then on the chunk counts as loaded.
    context.imports.put_result(part.input.import_id, &result).await?;
    Ok(output)
}

/// Reads the chunk and makes batches of it. Returns `false` if it had to stop before the chunk's end.
async fn read(
    mut source: SourceReader,
    batches: &mut Batches,
    rejects: &mut KeptRejects<'_>,
    to_write: Sender<Batch<Mark>>,
    stop_at: Instant,
) -> Result<bool, Error> {
    while Instant::now() < stop_at {
        let Ok(piece) = timeout_at(stop_at, source.next()).await else { break };
        let piece = piece?;
        batches.push(piece.as_deref());
        for batch in batches.by_ref() {
            if to_write.send(batch?).await.is_err() {
                // The stages that write have stopped.
                return Ok(false);
            }
        }
        rejects.keep(batches.items.rejects.take_complete()).await?;
        if piece.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes the batches, each after its calendar entries. The rows before `begin` are written already, and those before
/// the returned place afterwards. If not everything was written that came, what was written is not complete.
async fn write(
    context: &LoadContext,
    batches: Receiver<Batch<Mark>>,
    begin: Mark,
    stop_at: Instant,
) -> Result<(Mark, Written), Error> {
    let writer = context.calendar.clone();
    let calendar = Calendar::new(context.dynamodb.clone(), writer.table(), writer.clone());
    let mut ready = EntriesFirst::new(batches, calendar, stop_at);
    let mut in_flight = InFlight::new(context.performances.clone(), begin, stop_at);
    while let Some(batch) = ready.next().await? {
        if !in_flight.send(batch).await? {
            break;
        }
    }
    let entries = ready.finish().await?;
    let (reached, mut written) = in_flight.finish().await?;
    written.add(entries);
    Ok((reached, written))
}
