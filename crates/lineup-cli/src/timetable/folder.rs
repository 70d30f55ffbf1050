//! The folder of a static copy.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path};

use anyhow::Context;
use lineup_timetable::SiteFile;

use crate::exit::CommandError;

/// The file that says that a folder is ours, and which of its files are.
const MARKER: &str = ".lineup-timetable";
const INTRODUCTION: &str =
    "# Written by `lineup timetable --html`. The next one replaces these files, and leaves others alone.";

/// A folder that holds a static copy.
pub(super) struct SiteFolder<'f> {
    folder: &'f Path,
}

impl<'f> SiteFolder<'f> {
    /// The folder, which need not exist.
    pub(super) fn new(folder: &'f Path) -> Self {
        Self { folder }
    }

    /// Fails, as a usage error, if there is something else at this path; with `force`, only if it is no folder.
    pub(super) fn check(folder: &Path, force: bool) -> anyhow::Result<()> {
        let usage =
            |what: String| CommandError::Usage(format!("cannot write to {}: {what}", folder.display()));
        let mut entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Err(usage("it is a file; name a folder".to_owned()).into());
            }
            Err(error) => return Err(usage(error.to_string()).into()),
        };
        if force || folder.join(MARKER).is_file() || entries.next().is_none() {
            return Ok(());
        }
        let what = "it holds files that are not of an earlier timetable; name another folder, or add --force";
        Err(usage(what.to_owned()).into())
    }

    /// Writes the files, each complete or not at all. Then removes those that an earlier copy left and this one does
    /// not have, and returns how many these were. A copy that breaks off is replaced by the next one.
    pub(super) fn write(&self, files: &[SiteFile]) -> anyhow::Result<usize> {
        let new: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        let old = self.earlier();
        let all = old.iter().map(String::as_str).chain(new.iter().copied());
        self.replace(MARKER, marker(&all.collect()).as_bytes())?;
        for file in files {
            self.replace(&file.path, &file.bytes)?;
        }
        let left: Vec<&String> = old.iter().filter(|path| !new.contains(path.as_str())).collect();
        let mut removed = 0;
        for path in left {
            removed += usize::from(self.remove(path)?);
        }
        self.replace(MARKER, marker(&new).as_bytes())?;
        Ok(removed)
    }

    /// The files of the earlier copy, as its marker lists them.
    fn earlier(&self) -> BTreeSet<String> {
        let marker = fs::read_to_string(self.folder.join(MARKER)).unwrap_or_default();
        let paths = marker.lines().filter(|line| !line.starts_with('#') && is_within(line));
        paths.map(str::to_owned).collect()
    }

    /// Writes under another name first, so that nobody sees half a file.
    fn replace(&self, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let path = self.folder.join(path);
        let failed = || format!("cannot write {}", path.display());
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(failed)?;
        }
        let mut waiting = path.clone().into_os_string();
        waiting.push(".new");
        fs::write(&waiting, bytes).with_context(failed)?;
        fs::rename(&waiting, &path).with_context(failed)
    }

    /// Whether there was such a file to remove.
    fn remove(&self, path: &str) -> anyhow::Result<bool> {
        let path = self.folder.join(path);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error).with_context(|| format!("cannot remove {}", path.display())),
        }
    }
}

fn marker(paths: &BTreeSet<&str>) -> String {
    let paths = paths.iter().map(|path| format!("{path}\n"));
    format!("{INTRODUCTION}\n{}", paths.collect::<String>())
}

/// Whether a path stays in its folder. Anyone may have edited the marker.
fn is_within(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SiteFile {
        SiteFile { path: path.to_owned(), bytes: text.as_bytes().to_vec() }
    }

    #[test]
    fn a_copy_replaces_the_earlier_one_and_leaves_other_files_alone() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("site");
        SiteFolder::check(&folder, false).unwrap();
        SiteFolder::new(&folder).write(&[file("a.html", "1"), file("stages/b.ics", "1")]).unwrap();
        fs::write(folder.join("mine.txt"), "mine").unwrap();

        SiteFolder::check(&folder, false).unwrap();
        let removed = SiteFolder::new(&folder).write(&[file("a.html", "2")]).unwrap();
        assert_eq!(removed, 1);
        assert_eq!(fs::read_to_string(folder.join("a.html")).unwrap(), "2");
        assert!(!folder.join("stages/b.ics").exists() && folder.join("mine.txt").exists());
    }

    #[test]
    fn a_folder_with_other_files_is_refused() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("thesis.txt"), "years").unwrap();
        let said = SiteFolder::check(place.path(), false).unwrap_err().to_string();
        assert!(said.contains("name another folder, or add --force"), "{said}");
        SiteFolder::check(place.path(), true).unwrap();
        let said = SiteFolder::check(&place.path().join("thesis.txt"), true).unwrap_err().to_string();
        assert!(said.contains("it is a file; name a folder"), "{said}");
    }

    #[test]
    fn an_edited_marker_removes_nothing_outside() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("site");
        fs::create_dir(&folder).unwrap();
        let outside = place.path().join("outside.txt");
        fs::write(&outside, "stays").unwrap();
        fs::write(folder.join(MARKER), format!("../outside.txt\n{}\n", outside.display())).unwrap();
        assert_eq!(SiteFolder::new(&folder).write(&[file("a.html", "1")]).unwrap(), 0);
        assert!(outside.exists());
    }
}
