//! Files that were dropped on a page, between their check and their import.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;
use tokio::fs::File;
use uuid::Uuid;

/// How many files are kept. The oldest one goes first.
const MOST_DRAFTS: usize = 8;
/// The most bytes of a name that is kept.
const NAME_BYTES: usize = 96;

/// The files, in a folder that is deleted with the server.
pub(crate) struct Drafts {
    folder: TempDir,
    kept: Mutex<VecDeque<Draft>>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    /// What forms know it by.
    pub(crate) id: Uuid,
    /// Its name, without a folder.
    pub(crate) name: String,
    /// Where it lies.
    pub(crate) path: PathBuf,
}

impl Drafts {
    /// An empty folder.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { folder: tempfile::Builder::new().prefix("lineup-").tempdir()?, kept: Mutex::default() })
    }

    /// A new file for what a browser calls `name`.
    pub(crate) async fn create(&self, name: &str) -> io::Result<(Draft, File)> {
        let id = Uuid::new_v4();
        let folder = self.folder.path().join(id.to_string());
        tokio::fs::create_dir(&folder).await?;
        let name = file_name(name);
        let draft = Draft { id, path: folder.join(&name), name };
        let file = File::create_new(&draft.path).await?;
        let oldest = {
            let mut kept = self.lock();
            kept.push_back(draft.clone());
            if kept.len() > MOST_DRAFTS { kept.pop_front() } else { None }
        };
        if let Some(oldest) = oldest {
            Self::delete(&oldest).await;
        }
        Ok((draft, file))
    }

    /// The file of this id, if it is still there.
    pub(crate) fn get(&self, id: Uuid) -> Option<Draft> {
        self.lock().iter().find(|draft| draft.id == id).cloned()
    }

    /// Deletes a file.
    pub(crate) async fn remove(&self, id: Uuid) {
        let draft = {
            let mut kept = self.lock();
            let at = kept.iter().position(|draft| draft.id == id);
            at.and_then(|at| kept.remove(at))
        };
        if let Some(draft) = draft {
            Self::delete(&draft).await;
        }
    }

    /// What cannot be deleted goes with the folder.
    async fn delete(draft: &Draft) {
        if let Some(folder) = draft.path.parent() {
            let _ = tokio::fs::remove_dir_all(folder).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Draft>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last part of a name, without what could lead out of its folder or is no text.
fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|letter| !letter.is_control()).collect();
    let clean = clean.trim();
    if clean.trim_matches('.').is_empty() {
        return "lineup.csv".to_owned();
    }
    // The end says what kind of file it is.
    let from = clean.ceil_char_boundary(clean.len().saturating_sub(NAME_BYTES));
    clean[from..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_folder() {
        let cases = [
            ("lineup.csv", "lineup.csv"),
            ("../../etc/passwd", "passwd"),
            (r"C:\Users\me\Zeltfest 2025.xlsx", "Zeltfest 2025.xlsx"),
            ("..", "lineup.csv"),
            ("a/", "lineup.csv"),
            ("\u{0}\n", "lineup.csv"),
        ];
        for (name, expected) in cases {
            assert_eq!(file_name(name), expected, "{name:?}");
        }
        assert!(file_name(&format!("{}.csv", "é".repeat(300))).ends_with("é.csv"));
    }

    #[tokio::test]
    async fn the_oldest_file_goes_first_and_all_go_with_the_server() {
        let drafts = Drafts::new().unwrap();
        let (first, _) = drafts.create("first.csv").await.unwrap();
        assert!(first.path.exists() && drafts.get(first.id).is_some());
        let mut last = first.clone();
        for _ in 0..MOST_DRAFTS {
            last = drafts.create("next.csv").await.unwrap().0;
        }
        assert!(!first.path.exists() && drafts.get(first.id).is_none());
        drafts.remove(last.id).await;
        assert!(!last.path.exists());
        let folder = drafts.folder.path().to_owned();
        drop(drafts);
        assert!(!folder.exists());
    }
}
