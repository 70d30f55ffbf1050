//! The keys of earlier versions that the file does not have: those that are removed, and those that stay.

use lineup_aws::imports::Imports;
use lineup_aws::key_list_writer::{KeyListPlace, KeyListWriter};
use lineup_aws::lineups::Lineup;
use lineup_versions::RunEntry;
use uuid::Uuid;

use crate::error::Error;

/// Where the lists of these keys stand. Only at the end it is known whether all of them stay, so that all three are written.
pub(crate) struct LeftPlaces {
    /// Those that are removed, if the guard allows it.
    obsolete: KeyListPlace,
    /// Those that stay: all of them if it does not, else those of performers with a rejected row.
    kept: KeyListPlace,
    /// Where the parts of the second kind stand, beside those of the first.
    spared: KeyListPlace,
}

/// How many keys are removed, and how many stay because a row of their performer was rejected.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LeftCounts {
    pub(crate) obsolete: u64,
    pub(crate) spared: u64,
}

impl LeftPlaces {
    pub(crate) fn new(imports: &Imports, lineup: &Lineup, import_id: Uuid) -> Self {
        Self {
            obsolete: imports.obsolete_place(import_id),
            kept: lineup.kept_keys_place(import_id),
            spared: lineup.spared_keys_place(import_id),
        }
    }

    /// Writes whole lists. Of both that stay only one is completed.
    pub(crate) fn writer(&self) -> LeftKeys {
        let (obsolete, all) = (self.obsolete.writer(), self.kept.writer());
        LeftKeys { obsolete, all, spared: self.kept.writer() }
    }

    /// Writes the parts of a range of performers, counted from 1.
    pub(crate) fn part_writer(&self, range: usize) -> LeftKeys {
        let writer = |list: &KeyListPlace| list.part(range).writer();
        LeftKeys { obsolete: writer(&self.obsolete), all: writer(&self.kept), spared: writer(&self.spared) }
    }

    /// Completes the lists of an import that was compared in ranges, once all of them are: which parts they have.
    pub(crate) async fn put_parts(
        &self,
        ranges: &[LeftCounts],
        keeps_all: bool,
    ) -> Result<LeftCounts, Error> {
        let all = with_keys(&self.kept, ranges, |left| left.obsolete + left.spared);
        let spared = with_keys(&self.spared, ranges, |left| left.spared);
        let (stay, go) = if keeps_all { (all, spared) } else { (spared, all) };
        put_parts(&self.kept, stay).await?;
        for part in go {
            part.delete().await?;
        }
        if keeps_all {
            return Ok(LeftCounts::default());
        }
        put_parts(&self.obsolete, with_keys(&self.obsolete, ranges, |left| left.obsolete)).await?;
        Ok(LeftCounts::sum(ranges))
    }
}

impl LeftCounts {
    /// Those of several ranges.
    pub(crate) fn sum(ranges: &[Self]) -> Self {
        Self {
            obsolete: ranges.iter().map(|left| left.obsolete).sum(),
            spared: ranges.iter().map(|left| left.spared).sum(),
        }
    }
}

/// The parts of a list that have keys, and so were written.
fn with_keys(list: &KeyListPlace, ranges: &[LeftCounts], keys: fn(&LeftCounts) -> u64) -> Vec<KeyListPlace> {
    let with_keys = (1..).zip(ranges).filter(|(_, left)| keys(left) > 0);
    with_keys.map(|(range, _)| list.part(range)).collect()
}

async fn put_parts(list: &KeyListPlace, parts: Vec<KeyListPlace>) -> Result<(), Error> {
    if parts.is_empty() { Ok(()) } else { Ok(list.put_parts(parts).await?) }
}

/// Writes the lists.
pub(crate) struct LeftKeys {
    obsolete: KeyListWriter,
    all: KeyListWriter,
    spared: KeyListWriter,
}

impl LeftKeys {
    /// Adds the next key, in order.
    pub(crate) async fn push(&mut self, entry: &RunEntry, is_spared: bool) -> Result<(), Error> {
        self.all.push(entry).await?;
        let list = if is_spared { &mut self.spared } else { &mut self.obsolete };
        Ok(list.push(entry).await?)
    }

    /// How many keys are removed, if the guard allows it, and how many stay in any case.
    pub(crate) fn counts(&self) -> LeftCounts {
        LeftCounts { obsolete: self.obsolete.keys(), spared: self.spared.keys() }
    }

    /// Completes whole lists: what is removed, and what stays.
    pub(crate) async fn finish(self, keeps_all: bool) -> Result<LeftCounts, Error> {
        let counts = self.counts();
        if keeps_all {
            self.obsolete.abort().await;
            self.spared.abort().await;
            self.all.finish_unless_empty().await?;
            return Ok(LeftCounts::default());
        }
        self.all.abort().await;
        self.spared.finish_unless_empty().await?;
        self.obsolete.finish_unless_empty().await?;
        Ok(counts)
    }

    /// Completes the parts of a range that have keys.
    pub(crate) async fn finish_parts(self) -> Result<LeftCounts, Error> {
        let counts = self.counts();
        self.all.finish_unless_empty().await?;
        self.spared.finish_unless_empty().await?;
        self.obsolete.finish_unless_empty().await?;
        Ok(counts)
    }
}
