//! `lineup prune`: deletes imports that are no longer needed.
//!
//! An import is needed while its lineup's document names it, while it runs, and while it could be redriven: nothing of its lineup
//! was imported since. One from before lineups had documents is never deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use indicatif::HumanBytes;
use lineup_aws::error::CallFailure;
use lineup_aws::lineups::Lineup;
use lineup_aws::object_store::uri;
use lineup_contracts::layout::Layout;
use lineup_contracts::{LineupId, Source};
use lineup_versions::LineupVersions;
use serde::Serialize;
use uuid::Uuid;

use crate::args::{Place, PruneArgs};
use crate::catalog::{Catalog, ImportEntry, ImportState};
use crate::disk_use::DiskUse;
use crate::exit::{CommandError, Exit};
use crate::target::Target;
use crate::{confirm, output};

/// What was deleted, as `--json` prints it. The field names are a contract.
#[derive(Debug, Default, Serialize)]
struct Pruned {
    /// The imports.
    imports: Vec<Uuid>,
    /// Objects, with the files of these imports.
    objects: u64,
    /// Bytes of the files of these imports that were deleted.
    file_bytes: u64,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct PruneReport {
    #[serde(flatten)]
    pruned: Pruned,
    /// What the data folder takes now.
    disk: DiskUse,
}

/// Fails, as a usage error, for a stack: its lifecycle rules delete.
pub(crate) fn check(place: &Place) -> Result<(), CommandError> {
    match &place.stack {
        Some(stack) => Err(CommandError::Usage(format!(
            "stack {stack} deletes imports and earlier versions by itself, after ImportRetentionDays"
        ))),
        None => Ok(()),
    }
}

/// Asks, and deletes.
pub(crate) async fn run(target: &Target, data: &Path, args: &PruneArgs) -> anyhow::Result<Exit> {
    let catalog = Catalog::new(target);
    let entries = not_needed(&catalog, args.keep).await?;
    let bytes = HumanBytes(entries.iter().map(|entry| entry.source.size).sum());
    let question = format!(
        "Delete {}, of {bytes} of files? What is deleted cannot be restored.",
        counted(entries.len())
    );
    if !entries.is_empty() && !confirm::asked(&question, args.yes)? {
        eprintln!("Nothing was deleted.");
        return Ok(Exit::Failed);
    }
    let mut pruned = Pruned::default();
    for entry in &entries {
        delete(target, &catalog, entry, &mut pruned).await?;
    }
    let disk = DiskUse::of(target, data).await?;
    if args.json {
        output::json(&PruneReport { pruned, disk })?;
    } else {
        let Pruned { imports, objects, file_bytes } = &pruned;
        let bytes = HumanBytes(*file_bytes);
        let deleted = format!("Deleted {}: {objects} objects, {bytes} of files.", counted(imports.len()));
        output::line(format!("{deleted}\n{}", disk.text()))?;
    }
    Ok(Exit::Succeeded)
}

fn counted(imports: usize) -> String {
    format!("{imports} import{}", if imports == 1 { "" } else { "s" })
}

/// The imports that are no longer needed, newest first.
async fn not_needed(catalog: &Catalog<'_>, keep: usize) -> anyhow::Result<Vec<ImportEntry>> {
    let mut lineups: BTreeMap<LineupId, LineupAge> = BTreeMap::new();
    let mut found = Vec::new();
    for entry in catalog.entries().await? {
        let id = LineupId::of(&entry.source.bucket, &entry.source.key);
        if !lineups.contains_key(&id) {
            lineups.insert(id.clone(), LineupAge::of(catalog, &id).await?);
        }
        if lineups.get_mut(&id).is_some_and(|lineup| !lineup.needs(&entry, keep)) {
            found.push(entry);
        }
    }
    Ok(found)
}

/// What is known of a lineup while its imports are gone through, newest first.
struct LineupAge {
    versions: LineupVersions,
    /// Whether its current version was among them.
    past_current: bool,
    /// How many earlier versions were kept so far.
    kept: usize,
}

impl LineupAge {
    async fn of(catalog: &Catalog<'_>, id: &LineupId) -> anyhow::Result<Self> {
        let versions = Lineup::new(&catalog.imports, id.clone()).versions().await?;
        Ok(Self { versions, past_current: false, kept: 0 })
    }

    fn needs(&mut self, entry: &ImportEntry, keep: usize) -> bool {
        let current = self.versions.current.as_ref().map(|version| version.import_id);
        self.past_current |= current == Some(entry.import_id);
        if self.versions.needs(entry.import_id) || entry.state == ImportState::Running {
            return true;
        }
        match entry.state {
            _ if entry.dry_run => false,
            // A lineup without versions is one from before there were any.
            _ if current.is_none() => true,
            ImportState::Superseded => false,
            ImportState::Succeeded | ImportState::Partial if self.kept < keep => {
                self.kept += 1;
                true
            }
            // A newer one that did not end well can be redriven.
            _ => !self.past_current,
        }
    }
}

/// Deletes the version of the upload that the import had read, if another one took its place, and what the import left. Its claim goes last, so that
/// a repeat finds what is left of it.
async fn delete(
    target: &Target,
    catalog: &Catalog<'_>,
    entry: &ImportEntry,
    pruned: &mut Pruned,
) -> anyhow::Result<()> {
    if delete_file(target, &entry.source).await? {
        pruned.objects += 1;
        pruned.file_bytes += entry.source.size;
    }
    let (imports, layout) = (&catalog.imports, Layout(entry.import_id));
    let mut keys = BTreeSet::new();
    let prefix = format!("{}/", layout.prefix());
    imports.objects().list(imports.bucket(), &prefix, |key| keys.extend([key.to_owned()])).await?;
    keys.remove(&layout.claim());
    for key in keys.into_iter().chain([layout.claim()]) {
        imports.objects().delete(imports.bucket(), &key).await?;
        pruned.objects += 1;
    }
    pruned.imports.push(entry.import_id);
    Ok(())
}

async fn delete_file(target: &Target, source: &Source) -> anyhow::Result<bool> {
    let Source { bucket, key, version_id: Some(version), .. } = source else { return Ok(false) };
    let failed = |failure: CallFailure, call| failure.on(call, uri(bucket, key));
    let latest = target.s3.head_object().bucket(bucket).key(key).send().await.map_err(CallFailure::of);
    let latest = match latest {
        Ok(head) => head.version_id,
        Err(failure) if failure.status == Some(404) => None,
        Err(failure) => return Err(failed(failure, "s3:GetObject").into()),
    };
    if latest.as_ref() == Some(version) {
        return Ok(false);
    }
    let delete = target.s3.delete_object().bucket(bucket).key(key).version_id(version).send().await;
    delete.map_err(|error| failed(CallFailure::of(error), "s3:DeleteObjectVersion"))?;
    Ok(true)
}
