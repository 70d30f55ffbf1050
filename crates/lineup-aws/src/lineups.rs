//! The versions of a lineup: its document, which says who may write, and the lists of keys of its imports.

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use lineup::clock_time::ClockTime;
use lineup_contracts::error::ErrorName;
use lineup_contracts::{DayStarts, LineupId, Manifest};
use lineup_versions::{HoldAnswer, HoldStep, LineupHolder, LineupVersions, PublishedVersion};
use uuid::Uuid;

use crate::error::Error;
use crate::imports::Imports;
use crate::invocation_limit::InvocationLimit;
use crate::key_list::KeyList;
use crate::key_list_writer::KeyListPlace;
use crate::name_list::NameList;
use crate::object_store::uri;

/// How often a change is tried. Each failed try means that another execution changed the document meanwhile.
const TRIES: u32 = 50;

/// A lineup in the imports bucket.
#[derive(Debug, Clone)]
pub struct Lineup {
    imports: Imports,
    id: LineupId,
}

/// A change of the document that was made, or was not necessary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldChange {
    /// What holds now.
    pub answer: HoldAnswer,
    /// The document before the change.
    pub before: LineupVersions,
    /// The document as it is now.
    pub versions: LineupVersions,
}

/// Who imports a version, as the document names him; `None` for an import that keeps no version.
pub fn holder(manifest: &Manifest, execution_arn: &str) -> Option<LineupHolder> {
    let version = manifest.version.clone()?;
    Some(LineupHolder { version, execution: execution_arn.to_owned() })
}

/// Whether an invocation of the execution that begins `now` may write. It may until it ends: whoever takes over waits for that.
///
/// A redrive may begin in the middle of an import, after another execution of the same version took the hold. It takes the hold
/// again here, if no other version may be written. The other execution may still run, or be dead: both write the same rows, and another
/// version waits for the invocations of both.
pub async fn may_write(
    imports: &Imports,
    manifest: &Manifest,
    execution_arn: &str,
    now: Timestamp,
    limit: InvocationLimit,
) -> Result<bool, Error> {
    let Some(import) = holder(manifest, execution_arn) else { return Ok(true) };
    let lineup = Lineup::of(imports, manifest);
    match lineup.versions().await?.check(&import) {
        HoldAnswer::Held => Ok(true),
        HoldAnswer::Superseded(None) => {
            let until = limit.last_end(now);
            let taken = lineup.change(|versions| versions.take_for_redrive(&import, now, until)).await?;
            Ok(taken.answer == HoldAnswer::Held)
        }
        _ => Ok(false),
    }
}

impl Lineup {
    /// The lineup of this id.
    pub fn new(imports: &Imports, id: LineupId) -> Self {
        Self { imports: imports.clone(), id }
    }

    /// The lineup of which an import is a version.
    pub fn of(imports: &Imports, manifest: &Manifest) -> Self {
        Self::new(imports, manifest.lineup_id())
    }

    /// Its id.
    pub fn id(&self) -> &LineupId {
        &self.id
    }

    /// Its document. One that is not there yet has no version.
    pub async fn versions(&self) -> Result<LineupVersions, Error> {
        Ok(self.tagged().await?.0)
    }

    async fn tagged(&self) -> Result<(LineupVersions, Option<String>), Error> {
        let found =
            self.imports.objects().get_tagged_json(self.imports.bucket(), &self.id.document()).await?;
        Ok(found.map_or_else(Default::default, |(versions, etag)| (versions, Some(etag))))
    }

    /// Changes the document: reads it, and writes what `change` makes of it on the condition that it is still the same. If it is
    /// not, reads it again. `change` may be asked again for what it did already, where an answer was lost.
    ///
    /// # Errors
    /// `Unavailable` if others change it all the time.
    pub async fn change(&self, change: impl Fn(&LineupVersions) -> HoldStep) -> Result<HoldChange, Error> {
        let (bucket, key) = (self.imports.bucket(), self.id.document());
        for _ in 0..TRIES {
            let (before, etag) = self.tagged().await?;
            let HoldStep { next, answer } = change(&before);
            let Some(next) = next else {
                return Ok(HoldChange { answer, versions: before.clone(), before });
            };
            if self.imports.objects().replace_json(bucket, &key, &next, etag.as_deref()).await? {
                return Ok(HoldChange { answer, before, versions: next });
            }
        }
        Err(always_changed(bucket, &key))
    }

    /// Where the list of all keys stands that an import puts into the table.
    pub fn keys_place(&self, import_id: Uuid) -> KeyListPlace {
        self.place(self.id.keys(import_id))
    }

    /// The list of all keys that an import puts into the table; `None` if it left none.
    pub async fn keys(&self, import_id: Uuid) -> Result<Option<KeyList>, Error> {
        self.keys_place(import_id).open().await
    }

    /// Where the list of the keys stands that stay in the table although the import does not have them.
    pub fn kept_keys_place(&self, import_id: Uuid) -> KeyListPlace {
        self.place(self.id.kept_keys(import_id))
    }

    /// The keys that stayed in the table although the import does not have them; `None` if there are none.
    pub async fn kept_keys(&self, import_id: Uuid) -> Result<Option<KeyList>, Error> {
        self.kept_keys_place(import_id).open().await
    }

    /// Where the parts of the list of kept keys stand that stay because a row of their performer was rejected.
    pub fn spared_keys_place(&self, import_id: Uuid) -> KeyListPlace {
        self.place(self.id.spared_keys(import_id))
    }

    fn place(&self, key: String) -> KeyListPlace {
        KeyListPlace::new(self.imports.objects(), self.imports.bucket(), key)
    }

    /// Writes a shorter list of the keys that stay in the table, in the place of the one before: the others are removed.
    pub async fn replace_kept_keys(&self, import_id: Uuid, run: Vec<u8>) -> Result<(), Error> {
        let list = self.id.kept_keys(import_id);
        self.imports.objects().put(self.imports.bucket(), &list, BYTES, run).await?;
        self.delete_lists(import_id, |key| key.ends_with(KEPT) && key != list).await
    }

    /// Deletes the list of the keys that stayed in the table although the import does not have them: none do any more.
    pub async fn forget_kept_keys(&self, import_id: Uuid) -> Result<(), Error> {
        self.delete_lists(import_id, |key| key.ends_with(KEPT)).await
    }

    /// Writes the list of the performers and stages of an import. A repeat writes the same.
    pub async fn put_names(&self, import_id: Uuid, list: Vec<u8>) -> Result<(), Error> {
        let key = self.id.names(import_id);
        self.imports.objects().put(self.imports.bucket(), &key, BYTES, list).await
    }

    /// The list of the performers and stages of an import; `None` if it left none.
    pub async fn names(&self, import_id: Uuid) -> Result<Option<NameList>, Error> {
        NameList::open(self.imports.objects(), self.imports.bucket(), &self.id.names(import_id)).await
    }

    /// Deletes lists of keys that nothing will be compared with any more, and those of their names.
    pub async fn forget(&self, imports: impl IntoIterator<Item = Uuid>) -> Result<(), Error> {
        for import_id in imports {
            self.delete_lists(import_id, |_| true).await?;
        }
        Ok(())
    }

    /// Deletes lists of an import. They are looked for by name, as a list may be several objects.
    async fn delete_lists(&self, import_id: Uuid, is_deleted: impl Fn(&str) -> bool) -> Result<(), Error> {
        let (objects, bucket) = (self.imports.objects(), self.imports.bucket());
        let mut lists = Vec::new();
        let each = |key: &str| lists.extend(is_deleted(key).then(|| key.to_owned()));
        objects.list(bucket, &self.id.lists(import_id), each).await?;
        for key in lists {
            objects.delete(bucket, &key).await?;
        }
        Ok(())
    }
}

/// How the names of lists of kept keys end, and of their parts.
const KEPT: &str = ".kept.run";

/// How many documents are read at a time.
const DOCUMENTS_IN_FLIGHT: usize = 16;

/// What is said of the lineup that was imported last, with the highest sequence of all; `None` if none says anything. `day_starts` is that
/// of the last lineup that says it. Reads the documents of all lineups.
pub async fn published(imports: &Imports) -> Result<Option<PublishedVersion>, Error> {
    let all = all_published(imports).await?;
    let last = all.iter().map(|(_, published)| published).max_by_key(|one| (one.at, one.sequence));
    let sequence = all.iter().map(|(_, published)| published.sequence).max().unwrap_or_default();
    let day_starts = said_in(&all).latest();
    Ok(last.map(|last| PublishedVersion { sequence, day_starts, ..*last }))
}

/// What is published of each lineup.
async fn all_published(imports: &Imports) -> Result<Vec<(LineupId, PublishedVersion)>, Error> {
    let of_lineup = |id: LineupId| async move {
        let published = Lineup::new(imports, id.clone()).versions().await?.published;
        Ok::<_, Error>(published.map(|published| (id, published)))
    };
    let all = stream::iter(imports.lineups().await?).map(of_lineup).buffer_unordered(DOCUMENTS_IN_FLIGHT);
    all.try_filter_map(async |published| Ok(published)).try_collect().await
}

fn said_in(all: &[(LineupId, PublishedVersion)]) -> DayStarts {
    let mut said = DayStarts::default();
    for (lineup, published) in all {
        said.add(lineup, *published);
    }
    said
}

/// When festival days start, as the lineup says that was published last of those that say it; `None` if none does. Reads one object;
/// where no import wrote it yet, the documents of all lineups.
pub async fn day_starts(imports: &Imports) -> Result<Option<ClockTime>, Error> {
    let known = imports.objects().get_json::<DayStarts>(imports.bucket(), DayStarts::KEY).await?;
    match known {
        Some(known) => Ok(known.latest()),
        None => Ok(said_in(&all_published(imports).await?).latest()),
    }
}

/// Repeats in [`DayStarts`] what is published of a lineup, where it says when festival days start, or did before. The first call in a bucket
/// adds what all other lineups say.
///
/// # Errors
/// `Unavailable` if others change the object all the time.
pub async fn add_day_starts(
    imports: &Imports,
    lineup: &LineupId,
    published: PublishedVersion,
) -> Result<(), Error> {
    let (objects, bucket, key) = (imports.objects(), imports.bucket(), DayStarts::KEY);
    for _ in 0..TRIES {
        let found = objects.get_tagged_json::<DayStarts>(bucket, key).await?;
        let (mut known, etag) = match found {
            Some((known, etag)) => (known, Some(etag)),
            None => (said_in(&all_published(imports).await?), None),
        };
        let is_new = known.add(lineup, published);
        if etag.is_some() && !is_new {
            return Ok(());
        }
        if objects.replace_json(bucket, key, &known, etag.as_deref()).await? {
            return Ok(());
        }
    }
    Err(always_changed(bucket, key))
}

fn always_changed(bucket: &str, key: &str) -> Error {
    let (call, target, name) = ("s3:PutObject", uri(bucket, key), ErrorName::Unavailable);
    Error::Service { call, target, name, source: "other executions change it all the time".into() }
}

const BYTES: &str = "application/octet-stream";
