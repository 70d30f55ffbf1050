//! Merging runs that are in memory.

use crate::entry::RunEntry;
use crate::error::RunError;
use crate::merge::{Loser, Merge, MergeStep};
use crate::performers::PerformerRange;
use crate::run::Index;

/// Merges whole runs that are in memory: calls `each` with every entry, in the order of the keys, and with the rows that lose
/// their key to it.
///
/// ```
/// use lineup_versions::{ItemKey, RunBuilder, RunEntry, merge_in_memory};
///
/// let run = |offset| {
///     let key = ItemKey::new("Ada", "2025-07-12#20:00#Main Stage");
///     let mut builder = RunBuilder::new();
///     builder.insert(&RunEntry { key, offset, value: 1, minutes: 60 })?;
///     builder.finish().map(|run| run.bytes)
/// };
/// let mut rows = Vec::new();
/// merge_in_memory(&[run(0)?, run(80)?], |entry, losers| {
///     rows.push((entry.offset, losers.len()));
///     Ok(())
/// })?;
/// assert_eq!(rows, [(80, 1)]);
/// # Ok::<_, lineup_versions::RunError>(())
/// ```
///
/// # Errors
/// A run is cut or damaged; or that of `each`.
pub fn merge_in_memory<R: AsRef<[u8]>>(
    runs: &[R],
    mut each: impl FnMut(&RunEntry, &[Loser]) -> Result<(), RunError>,
) -> Result<(), RunError> {
    let indexes = runs.iter().map(|run| Index::of_run(run.as_ref())).collect::<Result<_, _>>()?;
    let mut merge = Merge::new(indexes, &PerformerRange::default());
    loop {
        match merge.step()? {
            MergeStep::Needs(run) => merge.supply_from(run, runs[run].as_ref())?,
            MergeStep::Entry => each(merge.entry(), merge.losers())?,
            MergeStep::Done => return Ok(()),
        }
    }
}
