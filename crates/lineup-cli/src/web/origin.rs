//! Where a set came from: the import that is the current version of the lineup that wrote it last, and its line.

use anyhow::Context;
use aws_sdk_dynamodb::types::AttributeValue;
use delimited::records::{Next, Records};
use lineup::row::Performance;
use lineup_aws::error::CallFailure;
use lineup_aws::imports::Imports;
use lineup_aws::key_merge::KeyMerge;
use lineup_aws::lineups::Lineup;
use lineup_contracts::{LineupId, Manifest};
use lineup_table::{attribute, keys};
use lineup_versions::PerformerRange;
use lineup_web::SetOrigin;
use uuid::Uuid;

use crate::catalog::Catalog;
use crate::target::Target;

/// Where the set came from; `None` if the table has no such row any more, or its lineup no version.
///
/// It asks for the row, the lineup's document, the import's claim, manifest and list of keys, and reads at most one chunk of the file.
pub(super) async fn of(target: &Target, set: &Performance) -> anyhow::Result<Option<SetOrigin>> {
    let catalog = Catalog::new(target);
    let key = keys::performance(set.date, set.start, &set.stage);
    let Some(id) = lineup_id(target, &set.performer, &key).await? else { return Ok(None) };
    let lineup = Lineup::new(&catalog.imports, id);
    let Some(current) = lineup.versions().await?.current else { return Ok(None) };
    let import_id = current.import_id;
    let Some(entry) = catalog.entry(import_id).await? else { return Ok(None) };
    let name = entry.source.key.strip_prefix(&target.uploads_prefix).unwrap_or(&entry.source.key).to_owned();
    let place = match offset(&lineup, import_id, &set.performer, &key).await? {
        Some(offset) => place(&catalog.imports, import_id, offset).await?,
        None => None,
    };
    Ok(Some(SetOrigin { lineup: name, import_id, place }))
}

/// The lineup that wrote a row last; `None` if there is no such row.
async fn lineup_id(target: &Target, performer: &str, key: &str) -> anyhow::Result<Option<LineupId>> {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let table = &target.tables.performances;
    let row = target.dynamodb.get_item().table_name(table);
    let row = row.key(attribute::PERFORMER, text(performer)).key(attribute::PERFORMANCE, text(key));
    let row =
        row.projection_expression("#l").expression_attribute_names("#l", attribute::LINEUP).send().await;
    let row = row.map_err(|error| CallFailure::of(error).on("dynamodb:GetItem", table))?;
    let id = row.item.and_then(|mut item| item.remove(attribute::LINEUP));
    // The folder of a lineup has its id: that is how an id is read.
    let id = id.as_ref().and_then(|id| id.as_s().ok());
    Ok(id.and_then(|id| LineupId::of_folder(&format!("{}{id}/", LineupId::ROOT))))
}

/// The byte of the text at which the row of a key begins, by the list of keys of its import.
async fn offset(lineup: &Lineup, import_id: Uuid, performer: &str, key: &str) -> anyhow::Result<Option<u64>> {
    let Some(list) = lineup.keys(import_id).await? else { return Ok(None) };
    // The names behind this one begin with it, and a letter.
    let range = PerformerRange { from: Some(performer.to_owned()), until: Some(format!("{performer}\0")) };
    let mut lists = [list.into()];
    let mut sets = KeyMerge::new(&mut lists, &range);
    while sets.advance().await? {
        if sets.entry().key.performance == key {
            return Ok(Some(sets.entry().offset));
        }
    }
    Ok(None)
}

/// What a planner calls the line of the record that begins at this byte.
async fn place(imports: &Imports, import_id: Uuid, offset: u64) -> anyhow::Result<Option<String>> {
    let Some(manifest) = imports.manifest(import_id).await? else { return Ok(None) };
    let chunks = imports.chunks(import_id).await?;
    let chunk = chunks.iter().find(|chunk| (chunk.start..chunk.end).contains(&offset));
    let chunk = chunk.context("no chunk has the row")?;
    let mut records = Records::new(manifest.dialect, chunk.start, chunk.first_line);
    let mut source = imports.objects().read(manifest.text(), chunk.start..chunk.end);
    let mut bytes = Vec::new();
    while let Some(piece) = source.next().await? {
        bytes.extend_from_slice(&piece);
    }
    records.push(&bytes);
    records.finish();
    Ok(line(&mut records, offset).map(|line| Manifest::origin(&manifest).place(line)))
}

fn line(records: &mut Records, offset: u64) -> Option<u64> {
    while let Some(next) = records.next_record() {
        if let Next::Record(record) = next
            && record.start == offset
        {
            return Some(record.line);
        }
    }
    None
}
