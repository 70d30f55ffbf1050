//! The services that a command uses: those of a deployed stack, or embedded ones that end with it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::anyhow;
use embedded_aws::{
    DataSpace, Embedded, Endpoints, ExecutionEnd, JoinedServer, LockError, Published, REGION, StartError,
    is_full, state_machine_arn,
};
use lineup::shown::{LINE, one_line};
use lineup_aws::client;
use lineup_aws::names::{IMPORTS_BUCKET, STATE_MACHINE, UPLOADS_BUCKET};
use lineup_aws::schema::Tables;
use notify::LineupCommand;
use tokio::sync::Mutex;
use tokio::sync::mpsc::UnboundedReceiver;
use uuid::Uuid;

use crate::args::{FolderAccess, Place};
use crate::exit::{CommandError, Exit};
use crate::joining::{self, OpenError, OpenedFolder};
use crate::progress::{Detail, Progress};
use crate::target::{FunctionLogs, Target};
use crate::{deployed, interrupt, output, space};

/// The time between two looks at an execution. On loopback a request costs very little.
const POLL: Duration = Duration::from_millis(50);
/// The embedded services accept any credentials, but SDKs do not send a request without them.
const CREDENTIALS: &str = "local";
/// How long a command that is done keeps its services up for those that have joined it.
const LINGER: Duration = Duration::from_secs(10);
/// After this time it is said that it does.
const LINGER_UNSAID: Duration = Duration::from_secs(1);

/// What to do about a command whose services have ended.
pub(crate) const RUN_AGAIN: &str = "Run this command again.";

/// The services that a command uses. [`Session::close`] ends those of this process.
pub(crate) struct Session {
    /// The clients and names.
    pub target: Target,
    services: SessionServices,
}

/// Whose they are.
enum SessionServices {
    /// Those of a deployed stack.
    Stack,
    /// Embedded ones of this process.
    Own(OwnServices),
    /// Embedded ones of another process.
    Joined { folder: PathBuf, server: JoinedServer },
}

struct OwnServices {
    folder: PathBuf,
    embedded: Embedded,
    /// Whether they are there for others, until Ctrl-C.
    serves: bool,
    messages: Mutex<Option<UnboundedReceiver<Published>>>,
}

/// The error of a command whose services have ended, with the process that had them.
#[derive(Debug, thiserror::Error)]
#[error("`{command}` (process {pid}), whose services this command used, has ended. {then}")]
struct ServerEnded {
    command: String,
    pid: u32,
    then: String,
}

impl ServerEnded {
    fn of(server: &JoinedServer, then: &str) -> Self {
        let file = server.file();
        Self { command: file.label.command.clone(), pid: file.pid, then: then.to_owned() }
    }
}

/// Fails if the data folder does not exist. Commands that only read do not create one.
pub(crate) fn require_data(place: &Place) -> Result<(), CommandError> {
    if place.stack.is_some() || place.data.is_dir() {
        return Ok(());
    }
    Err(CommandError::NothingFound(format!(
        "there is no data in {}; import a file first, or name the folder with --data",
        place.data.display()
    )))
}

impl Session {
    /// Looks up the stack, or opens the data folder: starts the embedded services there, or joins the process that has. `name` is
    /// the command's.
    pub(crate) async fn open(place: &Place, access: FolderAccess, name: &str) -> anyhow::Result<Self> {
        let lineup = place.command();
        if let Some(stack) = &place.stack {
            return Ok(Self {
                target: deployed::target(stack, lineup).await?,
                services: SessionServices::Stack,
            });
        }
        let folder = place.data.clone();
        let logs = FunctionLogs::Folder(folder.join("logs"));
        let opened = joining::open(place, access, format!("{lineup} {name}")).await.map_err(with_advice)?;
        Ok(match opened {
            OpenedFolder::Joined(server) => Self {
                target: target(&server.file().endpoints, lineup, logs).await,
                services: SessionServices::Joined { folder, server },
            },
            OpenedFolder::Own(mut embedded) => {
                let messages = Mutex::new(embedded.messages());
                let serves = matches!(access, FolderAccess::Serve { .. });
                let target = target(embedded.endpoints(), lineup, logs).await;
                Self {
                    target,
                    services: SessionServices::Own(OwnServices { folder, embedded, serves, messages }),
                }
            }
        })
    }

    fn own(&self) -> Option<&OwnServices> {
        match &self.services {
            SessionServices::Own(own) => Some(own),
            SessionServices::Stack | SessionServices::Joined { .. } => None,
        }
    }

    /// The data folder; `None` for a stack.
    fn folder(&self) -> Option<&Path> {
        match &self.services {
            SessionServices::Stack => None,
            SessionServices::Own(OwnServices { folder, .. }) | SessionServices::Joined { folder, .. } => {
                Some(folder)
            }
        }
    }

    /// Waits for the imports of uploads whose events an earlier command did not settle because it was
    /// killed. Prints to stderr how they ended. Imports that had begun are not waited for: the user can
    /// redrive them. A command that has joined leaves that to the process that it has joined.
    pub(crate) async fn wait_for_pending_imports(&self) {
        let Some(own) = self.own().filter(|own| own.embedded.events_under_way() > 0) else { return };
        let progress = Progress::new(Detail::Normal);
        progress.phase("Importing what was uploaded before");
        tokio::select! {
            () = own.embedded.settled() => {}
            // They go on in the next command that finds space.
            error = self.out_of_space(None) => progress.print_line(&one_line(&format!("{error:#}"), LINE)),
        }
        for published in self.published().await.unwrap_or_default() {
            progress.print_line(&one_line(&published.subject.unwrap_or_default(), LINE));
        }
    }

    /// Shuts the embedded services of this process down. Commands that have joined it may end before, but those of `lineup serve`,
    /// which the user has ended for all.
    pub(crate) async fn close(self) {
        let SessionServices::Own(OwnServices { mut embedded, serves, .. }) = self.services else { return };
        let others = embedded.stop_joining();
        if others > 0 && !serves {
            linger(&embedded, others).await;
        }
        embedded.shutdown().await;
    }

    /// Whether the target is a stack.
    pub(crate) const fn is_deployed(&self) -> bool {
        matches!(self.services, SessionServices::Stack)
    }

    /// Fails if nothing can be written into the data folder.
    pub(crate) fn require_space(&self) -> anyhow::Result<()> {
        let Some(folder) = self.folder() else { return Ok(()) };
        DataSpace::of(folder).check().map_err(|error| space::refused(folder, error))
    }

    /// Returns when nothing can be written into the data folder any more, with the error of a command that follows the import `id`;
    /// else never.
    pub(crate) async fn out_of_space(&self, id: Option<Uuid>) -> anyhow::Error {
        let Some(folder) = self.folder() else { return std::future::pending().await };
        let error = space::lost(DataSpace::of(folder)).await;
        space::lost_while(folder, &self.target.lineup, id, error)
    }

    /// Fails if nothing can be written into the data folder any more, where an import `id` has failed.
    pub(crate) fn still_has_space(&self, id: Uuid) -> anyhow::Result<()> {
        let Some(folder) = self.folder() else { return Ok(()) };
        let space = DataSpace::of(folder).check();
        space.map_err(|error| space::lost_while(folder, &self.target.lineup, Some(id), error))
    }

    /// Returns when the process that this one has joined has ended, or is about to, with an error that says what to do `then`; else
    /// never.
    pub(crate) async fn server_ended(&self, then: &str) -> anyhow::Error {
        let SessionServices::Joined { server, .. } = &self.services else {
            return std::future::pending().await;
        };
        server.ended().await;
        ServerEnded::of(server, then).into()
    }

    /// An error of a command, as what it comes from if the process that this one has joined has ended.
    pub(crate) fn explained(&self, error: anyhow::Error) -> anyhow::Error {
        match &self.services {
            SessionServices::Joined { server, .. }
                if server.has_ended()
                    && !error.is::<ServerEnded>()
                    && CommandError::exit(&error) == Exit::Failed
                    && !output::is_closed_pipe(&error) =>
            {
                error.context(ServerEnded::of(server, RUN_AGAIN))
            }
            _ => error,
        }
    }

    /// Returns when the embedded engine has given the execution up without writing down how it ended, because there is no space
    /// or it panicked; else never. Whoever looks at the execution would see it run for ever.
    pub(crate) async fn given_up(&self, arn: &str) -> anyhow::Error {
        let end = match &self.services {
            SessionServices::Stack => return std::future::pending().await,
            SessionServices::Own(own) => own.embedded.end_of(arn).await,
            SessionServices::Joined { server, .. } => match server.end_of(arn).await {
                Ok(end) => end,
                // It is ending: see `server_ended`.
                Err(_) => return std::future::pending().await,
            },
        };
        match end {
            ExecutionEnd::Recorded => std::future::pending().await,
            ExecutionEnd::Lost => anyhow!(
                "the end of {arn} could not be written to the data folder: is there no space left? What is loaded \
                 stays loaded; with some space, `{} redrive` goes on",
                self.target.lineup
            ),
            ExecutionEnd::Unknown(error) => {
                anyhow!(error).context(format!("{arn} cannot be followed any more"))
            }
        }
    }

    /// The messages to subscribers since the last call; `None` if they do not go to this process.
    pub(crate) async fn published(&self) -> Option<Vec<Published>> {
        let mut messages = self.own()?.messages.lock().await;
        let next = || messages.as_mut()?.try_recv().ok();
        Some(std::iter::from_fn(next).collect())
    }

    /// Waits for the next message to subscribers; `None` when the services end.
    pub(crate) async fn next_message(&self) -> Option<Published> {
        self.own()?.messages.lock().await.as_mut()?.recv().await
    }

    /// The variables by which the aws command line and the SDKs find the services.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let general = [
            ("AWS_ACCESS_KEY_ID", CREDENTIALS),
            ("AWS_SECRET_ACCESS_KEY", CREDENTIALS),
            // SDKs read the first; version 1 of the aws command line reads the second.
            ("AWS_REGION", REGION),
            ("AWS_DEFAULT_REGION", REGION),
        ];
        let general = general.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let shared = self.own().and_then(|own| own.embedded.endpoints().shared.clone());
        let endpoint = shared.map(|url| ("AWS_ENDPOINT_URL".to_owned(), url));
        endpoint.into_iter().chain(general).collect()
    }
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied)
}

/// Waits for commands that have joined this one.
async fn linger(embedded: &Embedded, others: usize) {
    let left = async {
        if tokio::time::timeout(LINGER_UNSAID, embedded.all_left()).await.is_err() {
            let commands = if others == 1 { "a command that reads" } else { "commands that read" };
            eprintln!("Done. Waiting for {commands} here to end; Ctrl-C does not.");
            embedded.all_left().await;
        }
    };
    tokio::select! {
        _ = tokio::time::timeout(LINGER, left) => {}
        // Where signals cannot be waited for, nobody is.
        _ = interrupt::requested() => {}
    }
}

/// Adds advice to the error of a data directory that cannot be used.
fn with_advice(error: OpenError) -> anyhow::Error {
    let error = match error {
        OpenError::Start(error) => error,
        error => return error.into(),
    };
    match error {
        StartError::Lock(error @ LockError::Held { .. }) => joining::in_use(&error),
        error @ StartError::Bind { .. } => {
            let advice = "is another `lineup serve` running? End it, or name another port with --aws-port (0 takes a free one)";
            anyhow::Error::new(error).context(advice)
        }
        StartError::NotWritable { directory, source } => space::refused(&directory, source),
        StartError::Lock(LockError::Unusable { directory, source }) if is_full(&source) => {
            space::refused(&directory, source)
        }
        StartError::Lock(LockError::Unusable { directory, source }) if is_read_only(&source) => {
            anyhow::Error::new(source).context(space::not_writable(directory.display()))
        }
        StartError::Lock(error @ LockError::Unusable { .. }) => {
            let advice = format!("{error}: create it, or name another with --data");
            anyhow::Error::new(error).context(advice)
        }
        error => error.into(),
    }
}

async fn target(endpoints: &Endpoints, lineup: LineupCommand, logs: FunctionLogs) -> Target {
    let tables = Tables::default();
    // Step Functions runs because every session has a pipeline.
    let sfn = endpoints.sfn.as_deref().unwrap_or_default();
    Target {
        s3: client::s3(&client::config_at(&endpoints.s3).await),
        dynamodb: client::dynamodb(&client::config_at(&endpoints.dynamodb).await),
        sfn: aws_sdk_sfn::Client::new(&client::config_at(sfn).await),
        uploads_bucket: UPLOADS_BUCKET.to_owned(),
        uploads_prefix: String::new(),
        imports_bucket: IMPORTS_BUCKET.to_owned(),
        tables,
        state_machine_arn: state_machine_arn(STATE_MACHINE),
        lineup,
        poll: POLL,
        logs,
        // The embedded table has no index of the hash by which segments are cut: each page of one would read all rows.
        segments: 1,
    }
}
