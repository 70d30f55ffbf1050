//! Opening the data folder: as the one process that has it, or by joining the one that has it.
//!
//! One process at a time has the folder. Every other one joins it over HTTP, if both are of one build: beside `lineup serve` all
//! commands do, beside any other command those that only read. One that writes waits until that command has ended, and has
//! the folder itself then: the import of another process ends with that process, also where it is not done.

use std::time::{Duration, Instant};

use anyhow::anyhow;
use embedded_aws::{Embedded, JoinedServer, LockError, ServerFile, ServerLabel, StartError};

use crate::args::{FolderAccess, Place};
use crate::{build_id, local};

/// The time between two looks at a folder that another process has.
const LOOK: Duration = Duration::from_millis(50);
/// A process that is ending gets so long before it is said that it is waited for.
const ENDS_WITHIN: Duration = Duration::from_millis(500);
/// How long a process may have the folder without saying where it listens. It does not while it starts, which takes longer after a
/// kill, and while it ends.
const SAYS_WITHIN: Duration = Duration::from_secs(30);

/// Services on the data folder.
pub(crate) enum OpenedFolder {
    /// This process has the folder.
    Own(Embedded),
    /// Another one has it.
    Joined(JoinedServer),
}

/// Why the folder is not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// The services cannot be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Another process has it, and is not joined.
    #[error("{0}")]
    Refused(String),
    /// The program, or its build, is not known.
    #[error(transparent)]
    Program(#[from] std::io::Error),
}

/// What is to be done about a process that has the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum JoinDecision {
    Join,
    Wait,
    RefuseBuild,
    RefuseSecond,
}

impl JoinDecision {
    /// For a command of the build `build` beside this process.
    fn of(access: FolderAccess, server: &ServerLabel, build: &str) -> Self {
        match access {
            FolderAccess::Write | FolderAccess::Serve { .. } if !server.serves => Self::Wait,
            FolderAccess::Serve { .. } => Self::RefuseSecond,
            FolderAccess::Read | FolderAccess::Write if server.build == build => Self::Join,
            FolderAccess::Read | FolderAccess::Write => Self::RefuseBuild,
        }
    }
}

/// Opens the folder, or joins the process that has it. `command` is this process, as the user calls it.
pub(crate) async fn open(
    place: &Place,
    access: FolderAccess,
    command: String,
) -> Result<OpenedFolder, OpenError> {
    let shared_port = match access {
        FolderAccess::Serve { aws_port } => Some(aws_port),
        FolderAccess::Read | FolderAccess::Write => None,
    };
    let options = local::options(place, shared_port)?;
    let build = build_id::of_this_program()?;
    let serves = matches!(access, FolderAccess::Serve { .. });
    let label = ServerLabel { command, serves, version: env!("CARGO_PKG_VERSION").to_owned(), build };
    let mut wait = FolderWait::of(place);
    loop {
        let held = match Embedded::start(options.clone()).await {
            Ok(services) => return Ok(OpenedFolder::Own(joinable(services, label).await)),
            Err(StartError::Lock(held @ LockError::Held { .. })) => held,
            Err(error) => return Err(error.into()),
        };
        let server = ServerFile::read(&place.data);
        match server.as_ref().map(|server| JoinDecision::of(access, &server.label, &label.build)) {
            Some(JoinDecision::Wait) => wait.go_on(server.as_ref(), held)?,
            None => wait.go_on(None, held)?,
            Some(decision) => {
                // What an earlier process has left does not answer.
                let joined = match server {
                    Some(server) => JoinedServer::join(server).await.ok(),
                    None => None,
                };
                match joined {
                    Some(joined) => return decided(decision, joined, place),
                    None => wait.go_on(None, held)?,
                }
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Lets others join. Where that cannot be, they are told that the folder is in use.
async fn joinable(mut services: Embedded, label: ServerLabel) -> Embedded {
    if let Err(error) = services.let_join(label).await {
        tracing::warn!(%error, "no other command can join this one");
    }
    services
}

fn decided(decision: JoinDecision, joined: JoinedServer, place: &Place) -> Result<OpenedFolder, OpenError> {
    let file = joined.file();
    let (data, command, pid) = (place.data.display(), &file.label.command, file.pid);
    Err(OpenError::Refused(match decision {
        JoinDecision::Join | JoinDecision::Wait => return Ok(OpenedFolder::Joined(joined)),
        JoinDecision::RefuseBuild => format!(
            "{data} is in use by `{command}` (process {pid}) of another build of lineup, version {}: end that one, or use \
             its program; or name another directory with --data",
            file.label.version
        ),
        JoinDecision::RefuseSecond => {
            let at = file.endpoints.shared.as_deref().unwrap_or_default();
            format!(
                "{data} is served already, by `{command}` (process {pid}), with all of AWS at {at}: use that one, end it, or \
                 name another directory with --data"
            )
        }
    }))
}

/// The error of a command that does not wait for a process that has the folder.
pub(crate) fn in_use(held: &LockError) -> anyhow::Error {
    anyhow!("{held}: wait until that one has ended, end it, or name another directory with --data")
}

/// What is waited for, and how long.
struct FolderWait {
    no_wait: bool,
    began: Instant,
    /// Since when nobody says where the process that has the folder listens.
    unknown_since: Option<Instant>,
    /// The process that the user was told about.
    told: Option<u32>,
}

impl FolderWait {
    fn of(place: &Place) -> Self {
        Self { no_wait: place.no_wait, began: Instant::now(), unknown_since: None, told: None }
    }

    /// Fails if the process that has the folder is not to be waited for any longer. Says who is waited for.
    fn go_on(&mut self, server: Option<&ServerFile>, held: LockError) -> Result<(), OpenError> {
        if self.no_wait {
            return Err(StartError::Lock(held).into());
        }
        let Some(server) = server else {
            let since = *self.unknown_since.get_or_insert_with(Instant::now);
            let is_over = since.elapsed() > SAYS_WITHIN;
            return if is_over { Err(StartError::Lock(held).into()) } else { Ok(()) };
        };
        self.unknown_since = None;
        if self.told != Some(server.pid) && self.began.elapsed() > ENDS_WITHIN {
            self.told = Some(server.pid);
            eprintln!(
                "Waiting for `{}` (process {}) to end. Ctrl-C gives up; with --no-wait nothing is waited for.",
                server.label.command, server.pid
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beside_serve_all_join_and_beside_others_those_that_read() {
        use JoinDecision::{Join, RefuseBuild, RefuseSecond, Wait};
        let serve = FolderAccess::Serve { aws_port: 0 };
        let cases = [
            (FolderAccess::Read, true, "a", Join),
            (FolderAccess::Write, true, "a", Join),
            (serve, true, "a", RefuseSecond),
            (FolderAccess::Read, false, "a", Join),
            (FolderAccess::Write, false, "a", Wait),
            (serve, false, "a", Wait),
            (FolderAccess::Read, true, "b", RefuseBuild),
            (FolderAccess::Write, true, "b", RefuseBuild),
            (serve, true, "b", RefuseSecond),
            (FolderAccess::Read, false, "b", RefuseBuild),
            // It ends by itself, and nothing of it is needed.
            (FolderAccess::Write, false, "b", Wait),
        ];
        for (access, serves, build, expected) in cases {
            let (command, version) = ("lineup import".to_owned(), "1".to_owned());
            let label = ServerLabel { command, serves, version, build: build.to_owned() };
            assert_eq!(JoinDecision::of(access, &label, "a"), expected, "{access:?} beside {label:?}");
        }
    }
}
