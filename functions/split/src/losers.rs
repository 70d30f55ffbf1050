//! The rows that lose their key to a row of another part of the file, and which of them each chunk leaves out.

use std::collections::BTreeSet;
use std::ops::Range;

use delimited::Chunk;
use futures::{StreamExt, TryStreamExt, stream};
use lineup_aws::imports::{Imports, SurveyPass};
use lineup_versions::SkippedOffsets;
use uuid::Uuid;

use crate::error::Error;
use crate::runs::FileRuns;

/// How many losers are held in memory, of 8 bytes each. More are read again for each part of the file.
const HELD_LOSERS: u64 = 1 << 24;
/// How many lists are written at a time.
const WRITES_IN_FLIGHT: usize = 16;

/// The rows that lose their key to a row of another part.
#[derive(Debug)]
pub(crate) enum Losers<'i> {
    /// All of them.
    Held(SkippedOffsets),
    /// Those that the ranges of a pass left.
    Stored {
        /// The pass.
        pass: SurveyPass<'i>,
        /// How many ranges it has.
        ranges: usize,
    },
}

impl<'i> Losers<'i> {
    /// Those that the ranges of a pass left, `count` in all.
    pub(crate) async fn of_ranges(pass: SurveyPass<'i>, ranges: usize, count: u64) -> Result<Self, Error> {
        let stored = Self::Stored { pass, ranges };
        match count {
            0 => Ok(Self::Held(SkippedOffsets::default())),
            1..=HELD_LOSERS => Ok(Self::Held(stored.within(0..u64::MAX).await?)),
            _ => Ok(stored),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Held(losers) if losers.as_slice().is_empty())
    }

    async fn within(&self, part: Range<u64>) -> Result<SkippedOffsets, Error> {
        match self {
            Self::Held(losers) => Ok(losers.within(part)),
            Self::Stored { pass, ranges } => {
                let mut within = Vec::new();
                for range in 1..=*ranges {
                    within.extend_from_slice(pass.range_losers(range).await?.within(part.clone()).as_slice());
                }
                Ok(SkippedOffsets::new(within))
            }
        }
    }
}

/// Writes which rows each chunk leaves out. Returns the chunks that leave some out. `parts` are the parts of the text that the runs are of: the
/// chunks, or groups of them.
pub(crate) async fn put_skips(
    imports: &Imports,
    import_id: Uuid,
    runs: &FileRuns<'_>,
    losers: &Losers<'_>,
    (parts, chunks): (&[Chunk], &[Chunk]),
) -> Result<BTreeSet<u32>, Error> {
    let mut with_skips = BTreeSet::new();
    for part in parts {
        let skipped = runs.skipped(part, losers.within(part.start..part.end).await?).await?;
        let first = chunks.partition_point(|chunk| chunk.start < part.start);
        let of_part = chunks[first..].iter().take_while(|chunk| chunk.start < part.end);
        let of_chunk = |chunk: &Chunk| (chunk.chunk, skipped.within(chunk.start..chunk.end));
        let lists = of_part.map(of_chunk).filter(|(_, skips)| !skips.as_slice().is_empty());
        let put = |(chunk, skips): (u32, SkippedOffsets)| async move {
            imports.put_skips(import_id, chunk, &skips).await.map(|()| chunk)
        };
        let mut written = std::pin::pin!(stream::iter(lists).map(put).buffer_unordered(WRITES_IN_FLIGHT));
        while let Some(chunk) = written.try_next().await? {
            with_skips.insert(chunk);
        }
    }
    Ok(with_skips)
}

/// Whether any row is left out.
pub(crate) fn any(runs: &FileRuns<'_>, losers: &Losers<'_>) -> bool {
    runs.are_gathered() || !losers.is_empty()
}
