//! Compares the keys of a file with those of every import whose rows may be in the table.

use lineup_aws::imports::Imports;
use lineup_aws::key_list::KeyList;
use lineup_aws::lineups::Lineup;
use lineup_contracts::{Manifest, VersionChanges};
use lineup_versions::{
    ComparedVersion, Comparison, ComparisonStep, LineupVersions, Merge, PerformerRange, RejectedPerformers,
    RunError, guard,
};
use uuid::Uuid;

use crate::error::Error;
use crate::left::{LeftCounts, LeftKeys};

/// What of the versions before differs from the file, and writes which keys are to be removed. `None` if there is no version before.
pub(crate) async fn compare(
    imports: &Imports,
    lineup: &Lineup,
    manifest: &Manifest,
    versions: &LineupVersions,
) -> Result<Option<VersionChanges>, Error> {
    let import_id = manifest.import_id;
    let Some(version) = &manifest.version else { return Ok(None) };
    let others: Vec<Uuid> = versions.others(version).map(|other| other.import_id).collect();
    if others.is_empty() {
        return Ok(None);
    }
    let before = versions.current.as_ref().map(|current| current.import_id).filter(|id| others.contains(id));
    let changes = match Lists::open(lineup, import_id, before, &others).await? {
        Ok(lists) => {
            let rejected = imports.rejected_performers(import_id).await?;
            let left = LeftKeys::new(imports, lineup, import_id);
            lists.compare(left, manifest, before, &rejected).await?
        }
        Err(not_compared) => VersionChanges { before, not_compared, ..VersionChanges::default() },
    };
    Ok(Some(imports.put_changes(import_id, changes).await?))
}

/// The lists of keys that are compared: of the file, of the version before with what it left in the table of those before it, and of
/// other imports.
struct Lists {
    new: KeyList,
    before: Vec<KeyList>,
    others: Vec<KeyList>,
}

impl Lists {
    /// Opens them, or says of which imports there is no list.
    async fn open(
        lineup: &Lineup,
        import_id: Uuid,
        before: Option<Uuid>,
        others: &[Uuid],
    ) -> Result<Result<Self, Vec<Uuid>>, Error> {
        let Some(new) = lineup.keys(import_id).await? else { return Ok(Err(others.to_vec())) };
        let mut lists = Self { new, before: Vec::new(), others: Vec::new() };
        let mut without = Vec::new();
        for other in others {
            match lineup.keys(*other).await? {
                Some(list) if before == Some(*other) => {
                    lists.before.push(list);
                    lists.before.extend(lineup.kept_keys(*other).await?);
                }
                Some(list) => lists.others.push(list),
                None => without.push(*other),
            }
        }
        Ok(if without.is_empty() { Ok(lists) } else { Err(without) })
    }

    async fn compare(
        mut self,
        mut left: LeftKeys<'_>,
        manifest: &Manifest,
        before: Option<Uuid>,
        rejected: &RejectedPerformers,
    ) -> Result<VersionChanges, Error> {
        let merge = |lists: &[KeyList]| {
            let indexes = lists.iter().map(|list| list.index().clone()).collect();
            Merge::new(indexes, &PerformerRange::default())
        };
        let others = self.others.chunks(1).map(merge).collect();
        let of_before = (!self.before.is_empty()).then(|| merge(&self.before));
        let mut comparison = Comparison::new(merge(std::slice::from_ref(&self.new)), of_before, others);
        loop {
            match comparison.step()? {
                ComparisonStep::Needs { version, run } => {
                    let merge = comparison.merge(version).ok_or(RunError::NotAsked)?;
                    self.of(version, run)?.supply(merge, run).await?;
                }
                ComparisonStep::Key(change) if change.is_obsolete() => {
                    let entry = comparison.entry();
                    left.push(entry, rejected.has(&entry.key.performer)).await?;
                }
                ComparisonStep::Key(_) => {}
                ComparisonStep::Done => break,
            }
        }
        let differences = comparison.finish();
        let kept = match left.obsolete() {
            0 => None,
            _ => guard(manifest.replace, &differences, rejected).err(),
        };
        let LeftCounts { obsolete, spared } = left.finish(kept.is_some()).await?;
        Ok(VersionChanges { before, differences, kept, obsolete, spared, ..VersionChanges::default() })
    }

    fn of(&mut self, version: ComparedVersion, run: usize) -> Result<&mut KeyList, RunError> {
        let list = match version {
            ComparedVersion::New => Some(&mut self.new),
            ComparedVersion::Before => self.before.get_mut(run),
            ComparedVersion::Other(number) => self.others.get_mut(number),
        };
        list.ok_or(RunError::NotAsked)
    }
}
