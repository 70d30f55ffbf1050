//! The first rejected rows, as readable text for the message.

use lineup::origin::Origin;
use lineup::reject::read_rejects;
use lineup_aws::imports::Imports;
use lineup_contracts::Summary;

use crate::Error;

/// The most characters of a sample. Values may be long, and the execution's state, which holds them, is limited.
const SHOWN: usize = 300;

/// The first rows of the rejects files with these keys.
pub(crate) async fn read(imports: &Imports, keys: &[String], origin: &Origin) -> Result<Vec<String>, Error> {
    let mut samples = Vec::new();
    for key in keys {
        let file = imports.rejects(key).await?;
        let wanted = Summary::REJECT_SAMPLES - samples.len();
        for row in read_rejects(file.as_ref()).take(wanted) {
            let row = row.map_err(|source| Error::Rejects { key: key.clone(), source })?;
            samples.push(row.at(&origin.place(row.line)).to_string().chars().take(SHOWN).collect());
        }
        if samples.len() == Summary::REJECT_SAMPLES {
            break;
        }
    }
    Ok(samples)
}
