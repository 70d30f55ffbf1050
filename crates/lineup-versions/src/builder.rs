//! Making the run of a chunk from its rows, in the order of the file.

use std::cmp::Ordering;

use crate::entry::{ItemKey, RunEntry};
use crate::error::RunError;
use crate::memory::merge_in_memory;
use crate::run::RunWriter;

/// A finished run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedRun {
    /// The run, as an object.
    pub bytes: Vec<u8>,
    /// How many entries it has: the chunk's different keys.
    pub entries: u64,
    /// The offsets of the rows that a later row of the chunk replaces, in their order. There are as many as
    /// `load` counts as replaced. They belong to the skips as the losers of a [`Merge`] do: where a row
    /// of another chunk wins a key, no row of this chunk may be written, also not an earlier one.
    pub replaced: Vec<u64>,
}

/// Makes the run of a chunk. Of the rows of a key the one with the highest offset stays.
///
/// Memory: rows are held as they came, 48 bytes and their key each, until there are 131,072 or their keys have 8 MiB.
/// They become a run of their own then, of some 40 bytes a row, and these are merged at the end. So it takes at
/// most 20 MiB, twice the finished run, and 8 bytes for each replaced row.
///
/// ```
/// use lineup_versions::{ItemKey, RunBuilder, RunEntry};
///
/// let mut builder = RunBuilder::new();
/// for offset in [40, 80, 120] {
///     let key = ItemKey::new("Stormzy", if offset == 80 { "2025-07-13#…" } else { "2025-07-12#…" });
///     builder.insert(&RunEntry { key, offset, value: offset.into(), minutes: 60 })?;
/// }
/// let run = builder.finish()?;
/// assert_eq!((run.entries, run.replaced), (2, vec![40]));
/// # Ok::<_, lineup_versions::RunError>(())
/// ```
#[derive(Debug)]
pub struct RunBuilder {
    held: Vec<HeldRow>,
    text: Vec<u8>,
    limits: HeldLimits,
    parts: Vec<Vec<u8>>,
    replaced: Vec<u64>,
}

/// How much is held before it becomes a part.
#[derive(Debug, Clone, Copy)]
struct HeldLimits {
    rows: usize,
    text: usize,
}

/// A row; its key is in the builder's text, first the performer, then the sort key.
#[derive(Debug, Clone, Copy)]
struct HeldRow {
    prefix: u64,
    text: u32,
    performer: u16,
    performance: u16,
    minutes: u16,
    offset: u64,
    value: u128,
}

impl HeldRow {
    fn key<'t>(&self, text: &'t [u8]) -> (&'t [u8], &'t [u8]) {
        let text = text.get(self.text as usize..).unwrap_or_default();
        let (performer, rest) = text.split_at_checked(self.performer.into()).unwrap_or_default();
        (performer, rest.get(..self.performance.into()).unwrap_or_default())
    }

    fn cmp_key(&self, other: &Self, text: &[u8]) -> Ordering {
        self.prefix.cmp(&other.prefix).then_with(|| self.key(text).cmp(&other.key(text)))
    }
}

impl Default for RunBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl RunBuilder {
    /// A builder for one chunk.
    pub fn new() -> Self {
        Self::holding(HeldLimits { rows: 1 << 17, text: 8 << 20 })
    }

    fn holding(limits: HeldLimits) -> Self {
        // Capacity doubles from here to just the limit.
        let text = Vec::with_capacity(4 << 10);
        Self { held: Vec::new(), text, limits, parts: Vec::new(), replaced: Vec::new() }
    }

    /// Takes the next row.
    ///
    /// # Errors
    /// If its key is longer than the table takes, which no [`Item`](lineup_table::Item) has.
    pub fn insert(&mut self, row: &RunEntry) -> Result<(), RunError> {
        let ItemKey { performer, performance } = &row.key;
        let bytes = performer.len().max(performance.len());
        let length = |text: &str| u16::try_from(text.len()).map_err(|_| RunError::KeyTooLong { bytes });
        let lengths = (length(performer)?, length(performance)?);
        let text = self.text.len() + performer.len() + performance.len();
        if self.held.len() >= self.limits.rows || (text > self.limits.text && !self.held.is_empty()) {
            let part = self.take_part()?;
            self.parts.push(part.0);
        }
        self.held.push(HeldRow {
            prefix: ItemKey::prefix(performer),
            // At most the limit of the text.
            text: self.text.len() as u32,
            performer: lengths.0,
            performance: lengths.1,
            minutes: row.minutes,
            offset: row.offset,
            value: row.value,
        });
        self.text.extend_from_slice(performer.as_bytes());
        self.text.extend_from_slice(performance.as_bytes());
        Ok(())
    }

    /// The run of all rows.
    ///
    /// # Errors
    /// If a key is empty, or longer than the table takes.
    pub fn finish(mut self) -> Result<FinishedRun, RunError> {
        let (last, entries) = self.take_part()?;
        let (bytes, entries) = if self.parts.is_empty() {
            (last, entries)
        } else {
            (self.held, self.text) = (Vec::new(), Vec::new());
            self.parts.push(last);
            merge_parts(self.parts, &mut self.replaced)?
        };
        self.replaced.sort_unstable();
        Ok(FinishedRun { bytes, entries, replaced: self.replaced })
    }

    /// The run of the rows that are held, and how many entries it has. They are held no more.
    fn take_part(&mut self) -> Result<(Vec<u8>, u64), RunError> {
        let text = &self.text;
        self.held.sort_unstable_by(|one, other| one.cmp_key(other, text).then(one.offset.cmp(&other.offset)));
        let (mut writer, mut out, mut entry) = (RunWriter::new(), Vec::new(), RunEntry::default());
        for rows in self.held.chunk_by(|one, other| one.cmp_key(other, text).is_eq()) {
            if let [earlier @ .., row] = rows {
                self.replaced.extend(earlier.iter().map(|row| row.offset));
                set_entry(&mut entry, row, text);
                writer.push(&entry, &mut out)?;
            }
        }
        self.held.clear();
        self.text.clear();
        let entries = writer.finish(&mut out)?;
        Ok((out, entries))
    }
}

fn set_entry(entry: &mut RunEntry, row: &HeldRow, text: &[u8]) {
    let (performer, performance) = row.key(text);
    // Both were text when they came.
    let as_text = |bytes| str::from_utf8(bytes).unwrap_or_default();
    entry.key.set(as_text(performer), as_text(performance));
    (entry.offset, entry.value, entry.minutes) = (row.offset, row.value, row.minutes);
}

/// Merges runs in memory, and adds to `replaced` what lost.
fn merge_parts(parts: Vec<Vec<u8>>, replaced: &mut Vec<u64>) -> Result<(Vec<u8>, u64), RunError> {
    let (mut writer, mut out) = (RunWriter::new(), Vec::new());
    merge_in_memory(&parts, |entry, losers| {
        replaced.extend(losers.iter().map(|loser| loser.offset));
        writer.push(entry, &mut out)
    })?;
    let entries = writer.finish(&mut out)?;
    Ok((out, entries))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn build(limits: HeldLimits, rows: &[(u8, u8)]) -> FinishedRun {
        let mut builder = RunBuilder::holding(limits);
        for (number, (performer, stage)) in rows.iter().enumerate() {
            let key = ItemKey::new(format!("Performer {performer}"), format!("2025-07-12#20:00#{stage}"));
            builder
                .insert(&RunEntry { key, offset: number as u64, value: number as u128, minutes: 60 })
                .unwrap();
        }
        builder.finish().unwrap()
    }

    proptest! {
        #[test]
        fn a_run_is_the_same_however_little_is_held_at_a_time(
            rows in proptest::collection::vec((0u8..12, 0u8..3), 0..80), most in 1usize..20, text in 1usize..400,
        ) {
            let run = build(HeldLimits { rows: most, text }, &rows);
            prop_assert_eq!(&run, &build(HeldLimits { rows: 1000, text: 100_000 }, &rows));
            let keys: std::collections::BTreeSet<_> = rows.iter().collect();
            prop_assert_eq!(run.entries, keys.len() as u64);
            prop_assert_eq!(run.replaced.len(), rows.len() - keys.len());
        }
    }

    #[test]
    fn the_rows_that_are_replaced_are_named_by_their_offsets() {
        let limits = HeldLimits { rows: 2, text: 1000 };
        let run = build(limits, &[(1, 1), (2, 1), (1, 1), (1, 2), (1, 1), (2, 1)]);
        assert_eq!((run.entries, run.replaced), (3, vec![0, 1, 2]));
    }

    #[test]
    fn a_key_that_no_item_has_is_refused() {
        let row = |performer: String| RunEntry { key: ItemKey::new(performer, "x"), ..RunEntry::default() };
        let insert = |performer| {
            let mut builder = RunBuilder::new();
            builder.insert(&row(performer)).and_then(|()| builder.finish())
        };
        assert!(matches!(insert("p".repeat(3000)), Err(RunError::KeyTooLong { bytes: 3000 })));
        assert!(matches!(insert("p".repeat(70_000)), Err(RunError::KeyTooLong { bytes: 70_000 })));
    }
}
