//! What a command says where the data folder has no space left, or cannot be written.

use std::io;
use std::path::Path;
use std::time::Duration;

use anyhow::anyhow;
use embedded_aws::{DataSpace, is_full};
use notify::LineupCommand;

/// How often to look whether there is space while an import is followed.
const LOOK: Duration = Duration::from_secs(1);

/// The error of a command that would write into the folder.
pub(crate) fn refused(folder: &Path, error: io::Error) -> anyhow::Error {
    let folder = folder.display();
    let text = if is_full(&error) {
        format!(
            "there is no space left in {folder}: make some and run the command again. Commands that only read work until then"
        )
    } else {
        not_writable(folder)
    };
    anyhow::Error::new(error).context(text)
}

/// The error of a command whose folder cannot be written. SQLite, too, makes files beside a database that is read.
pub(crate) fn not_writable(folder: impl std::fmt::Display) -> String {
    format!(
        "{folder} cannot be written, which is needed to read it, too: make it writable, or copy it and name the copy with --data"
    )
}

/// Ends when there is no space any more.
pub(crate) async fn lost(space: DataSpace) -> io::Error {
    loop {
        tokio::time::sleep(LOOK).await;
        let space = space.clone();
        let looked = tokio::task::spawn_blocking(move || space.check()).await;
        if let Ok(Err(error)) = looked {
            return error;
        }
    }
}

/// The error of a command that found no space while an import ran. `id` is the import's, if it is known.
pub(crate) fn lost_while(
    folder: &Path,
    lineup: &LineupCommand,
    id: Option<uuid::Uuid>,
    error: io::Error,
) -> anyhow::Error {
    let what =
        if is_full(&error) { "there is no space left in" } else { "nothing can be written any more to" };
    let then = match id {
        Some(id) => format!(
            "What is loaded stays loaded; make some space, and `{lineup} redrive {id}` loads the rest"
        ),
        None => format!(
            "Make some space, then look with `{lineup} imports` whether the import had begun; if not, import the file \
             again"
        ),
    };
    anyhow!(error).context(format!("{what} {}. {then}", folder.display()))
}
