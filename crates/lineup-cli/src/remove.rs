//! `lineup remove`: takes a lineup out of the table.

use std::collections::HashMap;

use anyhow::{Context, anyhow};
use aws_sdk_s3::primitives::ByteStream;
use indicatif::HumanCount;
use lineup_contracts::options::REPLACE_METADATA;
use lineup_versions::ReplaceMode;

use crate::args::RemoveArgs;
use crate::catalog::Catalog;
use crate::confirm;
use crate::exit::Exit;
use crate::import::Watch;
use crate::named_lineup::{self, NamedLineup};
use crate::session::Session;
use crate::target::Target;
use crate::upload_parts::Uploaded;

/// A file without a row. The record of blank fields makes a chunk of it, so that its import goes the way of every other.
const NO_ROWS: &[u8] = b"Performer,Stage,Start,End,Date\n,,,,\n";

/// Asks, uploads a file without rows under the lineup's name, and waits for the end of its import.
pub(crate) async fn run(session: &Session, args: &RemoveArgs) -> anyhow::Result<Exit> {
    let target = &session.target;
    let catalog = Catalog::new(target);
    let found = NamedLineup::find(&catalog, target, &args.name).await?;
    let rows = rows(&found).await?;
    let s = if rows == 1 { "" } else { "s" };
    let question = format!("Take {} out of the table ({} row{s})?", found.name, HumanCount(rows));
    if !confirm::asked(&question, args.yes)? {
        eprintln!("Nothing was removed.");
        return Ok(Exit::Failed);
    }
    let watch = Watch::new(session, args.watch);
    watch.run(watch.start(async || upload(target, &found).await)).await
}

/// How many rows are to be removed.
///
/// # Errors
/// Rows that are in no list would stay.
async fn rows(found: &NamedLineup) -> anyhow::Result<u64> {
    for version in &found.versions.may_hold {
        found.lineup.keys(version.import_id).await?.with_context(|| {
            let name = &found.name;
            format!(
                "{name} cannot be removed: import {} left no list of its keys, because it is too old or too large",
                version.import_id
            )
        })?;
    }
    match found.current() {
        Some(current) => Ok(named_lineup::rows(&found.lineup, current).await?.unwrap_or_default()),
        None => Ok(0),
    }
}

async fn upload(target: &Target, found: &NamedLineup) -> anyhow::Result<Uploaded> {
    let metadata = HashMap::from([(REPLACE_METADATA.to_owned(), ReplaceMode::Always.to_string())]);
    let put = target.s3.put_object().bucket(&target.uploads_bucket).key(&found.key);
    let put =
        put.set_metadata(Some(metadata)).content_type("text/csv").body(ByteStream::from_static(NO_ROWS));
    let put = put.send().await;
    let put =
        put.with_context(|| format!("cannot upload to s3://{}/{}", target.uploads_bucket, found.key))?;
    let etag = put.e_tag.ok_or_else(|| anyhow!("S3 gave no entity tag"))?;
    Ok(Uploaded::of(&found.key, &etag, put.version_id))
}
