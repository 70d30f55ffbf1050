//! What the process that has the data directory leaves in it, so that others find its services.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::endpoints::Endpoints;

/// The file's name in the data directory.
const NAME: &str = "server.json";

/// Who has the data directory, and where it listens. It is to be believed only if [`crate::JoinedServer::join`] succeeds: after a
/// kill the file stays.
#[derive(Clone, Serialize, Deserialize)]
pub struct ServerFile {
    /// The process's id.
    pub pid: u32,
    /// What kind of process it is.
    #[serde(flatten)]
    pub label: ServerLabel,
    /// Where its services listen.
    pub endpoints: Endpoints,
    /// Where one joins, as `http://127.0.0.1:PORT`.
    pub join: String,
    /// What one who joins shows there: 244 random bits.
    pub token: String,
}

/// What a process says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerLabel {
    /// What it runs, as the user calls it: `lineup serve`, say.
    pub command: String,
    /// Whether it runs until somebody ends it, for others. If not, it ends when its own work is done.
    pub serves: bool,
    /// The version of the program.
    pub version: String,
    /// Which build of the program it is, as text that only a copy of the same file has.
    pub build: String,
}

impl ServerFile {
    /// What is in the directory; `None` if nothing is, or nothing that this program can read.
    pub fn read(directory: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(directory.join(NAME)).ok()?).ok()
    }

    /// Removes what an earlier process has left.
    pub(crate) fn remove(directory: &Path) -> io::Result<()> {
        match fs::remove_file(directory.join(NAME)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// Leaves it in the directory, for this user alone. Whoever reads it finds all of it.
    pub(crate) fn write(&self, directory: &Path) -> io::Result<WrittenServerFile> {
        let (path, new) = (directory.join(NAME), directory.join("server.json.new"));
        // One that is there may have been left with other permissions.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        fs::rename(&new, &path)?;
        Ok(WrittenServerFile(path))
    }
}

/// A file that is there until this is dropped.
#[derive(Debug)]
pub(crate) struct WrittenServerFile(PathBuf);

impl Drop for WrittenServerFile {
    fn drop(&mut self) {
        // One that stays is not believed, since nobody answers.
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::warn!(%error, file = %self.0.display(), "the file of the server could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn file() -> ServerFile {
        let url = |port| format!("http://127.0.0.1:{port}");
        ServerFile {
            pid: 7,
            label: ServerLabel {
                command: "lineup serve".to_owned(),
                serves: true,
                version: "1".to_owned(),
                build: "a".to_owned(),
            },
            endpoints: Endpoints { s3: url(1), dynamodb: url(2), sns: None, sfn: None, shared: None },
            join: url(3),
            token: "secret".to_owned(),
        }
    }

    #[test]
    fn it_is_for_its_user_alone_also_where_a_killed_process_left_one_halfway() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("server.json.new"), "{").unwrap();
        let written = file().write(folder.path()).unwrap();
        let mode = fs::metadata(folder.path().join(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let read = ServerFile::read(folder.path()).unwrap();
        assert_eq!((read.pid, read.label, read.endpoints), (7, file().label, file().endpoints));
        assert_eq!((read.join, read.token), (file().join, file().token));
        drop(written);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_cannot_be_read_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert!(ServerFile::read(folder.path()).is_none());
        for content in ["", "{", "{}", "{\"pid\": 7}"] {
            fs::write(folder.path().join(NAME), content).unwrap();
            assert!(ServerFile::read(folder.path()).is_none(), "{content:?}");
        }
        ServerFile::remove(folder.path()).unwrap();
        ServerFile::remove(folder.path()).unwrap();
    }
}
