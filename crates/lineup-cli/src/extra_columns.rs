//! The columns that rows of the table may have beside those that lineup reads.

use std::collections::BTreeSet;
use std::io::Write;

use futures::{StreamExt, TryStreamExt, stream};
use lineup_aws::lineups::Lineup;
use lineup_contracts::{LineupId, Manifest};
use uuid::Uuid;

use crate::performance_writer::UnnamedColumns;
use crate::target::Target;

/// How many documents are read at a time.
const READS_IN_FLIGHT: usize = 16;

/// The columns of every import of which rows may be in the table, or of those of one lineup. `None` if they are not known: a
/// manifest is not there any more, since what a stack keeps of imports is deleted after ImportRetentionDays.
///
/// Rows may have others all the same: those of another program, and those of imports from before lineups had versions.
pub(crate) async fn of_imports(
    target: &Target,
    lineup: Option<&LineupId>,
) -> anyhow::Result<Option<BTreeSet<String>>> {
    let imports = target.imports();
    let lineups = match lineup {
        Some(id) => vec![id.clone()],
        None => imports.lineups().await?,
    };
    let in_table = |id: LineupId| {
        let lineup = Lineup::new(&imports, id);
        async move {
            let versions = lineup.versions().await?;
            let in_table = versions.may_hold.iter().chain(&versions.current).map(|version| version.import_id);
            Ok::<BTreeSet<Uuid>, anyhow::Error>(in_table.collect())
        }
    };
    let ids = stream::iter(lineups).map(in_table).buffer_unordered(READS_IN_FLIGHT);
    let ids: Vec<BTreeSet<Uuid>> = ids.try_collect().await?;
    let ids = ids.into_iter().flatten();
    let manifests = stream::iter(ids).map(|id| imports.manifest(id)).buffer_unordered(READS_IN_FLIGHT);
    let manifests: Vec<Option<Manifest>> = manifests.try_collect().await?;
    let columns = manifests.iter().map(|manifest| manifest.as_ref().map(kept));
    Ok(columns.collect::<Option<Vec<_>>>().map(|columns| columns.into_iter().flatten().collect()))
}

/// The columns that an import keeps as text.
fn kept(manifest: &Manifest) -> BTreeSet<String> {
    manifest.columns.iter().filter_map(|column| column.role.kept_as().map(str::to_owned)).collect()
}

/// Says on stderr which columns were left out; `hint` says what has them.
pub(crate) fn note_unnamed(notes: &mut impl Write, unnamed: &UnnamedColumns, hint: &str) {
    for (name, rows) in &unnamed.0 {
        let s = if *rows == 1 { "" } else { "s" };
        // If stderr is closed, the note cannot be shown anywhere.
        let _ =
            writeln!(notes, "left out: the column {name:?} of {rows} row{s}, which no import names; {hint}");
    }
}
