//! The plan of a file that is split: whether loading may begin at once.

use jiff::Timestamp;
use lineup_aws::imports::Imports;
use lineup_aws::lineups::{Lineup, holder};
use lineup_contracts::{Manifest, Plan};
use lineup_versions::HoldAnswer;

use crate::error::Error;

/// The plan. It takes the hold of the lineup, unless another execution has it, or there may be rows of another import to compare with:
/// then `hold` has to be asked. A dry run needs no hold.
pub(crate) async fn planned(
    imports: &Imports,
    manifest: Manifest,
    execution_arn: &str,
) -> Result<Plan, Error> {
    let held = match holder(&manifest, execution_arn).filter(|_| manifest.dry_run.is_none()) {
        None => true,
        Some(import) => {
            // Invocations of another import that may still run make it wait, and `hold` says how long.
            let taken = Lineup::of(imports, &manifest)
                .change(|versions| versions.take(&import, Timestamp::MIN))
                .await?;
            taken.answer == HoldAnswer::Held && taken.versions.others(&import.version).next().is_none()
        }
    };
    Ok(Plan { held, ..imports.plan(manifest, None) })
}
