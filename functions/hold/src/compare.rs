//! Compares the keys of a file with those of every import whose rows may be in the table.
//!
//! Many keys are compared in several ranges of performers, one after the other. An invocation that has not the time for the next range
//! stops; the next one goes on there.

use std::time::Instant;

use lineup_aws::imports::Imports;
use lineup_aws::key_merge::{ComparedRuns, KeyComparison, RANGE_TIME, RunSource};
use lineup_aws::lineups::Lineup;
use lineup_contracts::{ComparedRange, Manifest, VersionChanges};
use lineup_versions::{
    Differences, KeptBecause, LineupVersions, PerformerRange, RejectedPerformers, cut_ranges, guard,
};
use uuid::Uuid;

use crate::context::HoldContext;
use crate::error::Error;
use crate::left::{LeftCounts, LeftKeys, LeftPlaces};

/// How far a comparison came.
pub(crate) enum ComparisonEnd {
    /// There is nothing to compare with.
    Nothing,
    /// It is complete, and the keys that are to be removed are written.
    Changes(Box<VersionChanges>),
    /// It was time to stop.
    Unfinished,
}

/// What of the versions before differs from the file, and writes which keys are to be removed.
pub(crate) async fn compare(
    context: &HoldContext,
    lineup: &Lineup,
    manifest: &Manifest,
    versions: &LineupVersions,
    stop_at: Instant,
) -> Result<ComparisonEnd, Error> {
    let (imports, import_id) = (&context.imports, manifest.import_id);
    let Some(version) = &manifest.version else { return Ok(ComparisonEnd::Nothing) };
    let others: Vec<Uuid> = versions.others(version).map(|other| other.import_id).collect();
    if others.is_empty() {
        return Ok(ComparisonEnd::Nothing);
    }
    let before = versions.current.as_ref().map(|current| current.import_id).filter(|id| others.contains(id));
    let changes = match open(lineup, import_id, before, &others).await? {
        Ok(lists) => {
            let rejected = imports.rejected_performers(import_id).await?;
            let file = ComparedFile { imports, manifest, before, rejected: &rejected };
            match file
                .compare(lists, LeftPlaces::new(imports, lineup, import_id), context.range_keys, stop_at)
                .await?
            {
                Some(changes) => changes,
                None => return Ok(ComparisonEnd::Unfinished),
            }
        }
        Err(not_compared) => VersionChanges { before, not_compared, ..VersionChanges::default() },
    };
    Ok(ComparisonEnd::Changes(Box::new(imports.put_changes(import_id, changes).await?)))
}

/// Opens the lists that are compared, or says of which imports there is none.
async fn open(
    lineup: &Lineup,
    import_id: Uuid,
    before: Option<Uuid>,
    others: &[Uuid],
) -> Result<Result<ComparedRuns, Vec<Uuid>>, Error> {
    let Some(new) = lineup.keys(import_id).await? else { return Ok(Err(others.to_vec())) };
    let mut lists = ComparedRuns { new: vec![new.into()], ..ComparedRuns::default() };
    let mut without = Vec::new();
    for other in others {
        match lineup.keys(*other).await? {
            Some(list) if before == Some(*other) => {
                lists.before.push(list.into());
                lists.before.extend(lineup.kept_keys(*other).await?.map(RunSource::from));
            }
            Some(list) => lists.others.push(list.into()),
            None => without.push(*other),
        }
    }
    Ok(if without.is_empty() { Ok(lists) } else { Err(without) })
}

/// The file that is compared.
struct ComparedFile<'f> {
    imports: &'f Imports,
    manifest: &'f Manifest,
    before: Option<Uuid>,
    rejected: &'f RejectedPerformers,
}

impl ComparedFile<'_> {
    async fn compare(
        &self,
        mut lists: ComparedRuns,
        left: LeftPlaces,
        range_keys: u64,
        stop_at: Instant,
    ) -> Result<Option<VersionChanges>, Error> {
        let all = lists.new.iter().chain(&lists.before).chain(&lists.others);
        let ranges = cut_ranges(all.map(RunSource::index), range_keys);
        if ranges.len() > 1 {
            return self.compare_ranges(lists, left, ranges, stop_at).await;
        }
        let mut keys = left.writer();
        let differences = self.compare_range(&mut lists, &PerformerRange::default(), &mut keys).await?;
        let kept = self.kept(&differences, keys.counts());
        let counts = keys.finish(kept.is_some()).await?;
        Ok(Some(self.changes(differences, kept, counts)))
    }

    async fn compare_ranges(
        &self,
        mut lists: ComparedRuns,
        left: LeftPlaces,
        ranges: Vec<PerformerRange>,
        stop_at: Instant,
    ) -> Result<Option<VersionChanges>, Error> {
        let import_id = self.manifest.import_id;
        let ranges = self.imports.compared_ranges(import_id, ranges).await?;
        let (mut differences, mut counts) = (Differences::default(), Vec::new());
        let mut worked = false;
        for (number, range) in (1..).zip(&ranges) {
            let found = match self.imports.compared_range(import_id, number).await? {
                Some(found) => found,
                None if worked && Instant::now() + RANGE_TIME > stop_at => return Ok(None),
                None => {
                    worked = true;
                    let mut keys = left.part_writer(number);
                    let differences = self.compare_range(&mut lists, range, &mut keys).await?;
                    let LeftCounts { obsolete, spared } = keys.finish_parts().await?;
                    let found = ComparedRange { differences, obsolete, spared };
                    self.imports.put_compared_range(import_id, number, &found).await?;
                    found
                }
            };
            differences.fold(found.differences);
            counts.push(LeftCounts { obsolete: found.obsolete, spared: found.spared });
        }
        let kept = self.kept(&differences, LeftCounts::sum(&counts));
        let counts = left.put_parts(&counts, kept.is_some()).await?;
        Ok(Some(self.changes(differences, kept, counts)))
    }

    async fn compare_range(
        &self,
        lists: &mut ComparedRuns,
        range: &PerformerRange,
        left: &mut LeftKeys,
    ) -> Result<Differences, Error> {
        let mut comparison = KeyComparison::new(lists, range);
        while let Some(change) = comparison.advance().await? {
            if change.is_obsolete() {
                let entry = comparison.entry();
                left.push(entry, self.rejected.has(&entry.key.performer)).await?;
            }
        }
        Ok(comparison.finish())
    }

    /// Why nothing is removed, if nothing is.
    fn kept(&self, differences: &Differences, left: LeftCounts) -> Option<KeptBecause> {
        match left.obsolete {
            0 => None,
            _ => guard(self.manifest.replace, differences, self.rejected).err(),
        }
    }

    fn changes(
        &self,
        differences: Differences,
        kept: Option<KeptBecause>,
        LeftCounts { obsolete, spared }: LeftCounts,
    ) -> VersionChanges {
        let before = self.before;
        VersionChanges { before, differences, kept, obsolete, spared, ..VersionChanges::default() }
    }
}
