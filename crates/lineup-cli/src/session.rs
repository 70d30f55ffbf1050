//! The services that a command uses: those of a deployed stack, or embedded ones that end with it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::anyhow;
use embedded_aws::{
    DataSpace, Embedded, LockError, Published, REGION, StartError, is_full, state_machine_arn,
};
use lineup::shown::{LINE, one_line};
use lineup_aws::client;
use lineup_aws::names::{IMPORTS_BUCKET, STATE_MACHINE, UPLOADS_BUCKET};
use lineup_aws::schema::Tables;
use notify::LineupCommand;
use tokio::sync::Mutex;
use tokio::sync::mpsc::UnboundedReceiver;
use uuid::Uuid;

use crate::args::Place;
use crate::exit::CommandError;
use crate::progress::{Detail, Progress};
use crate::target::Target;
use crate::{deployed, local, space};

/// The time between two looks at an execution. On loopback a request costs very little.
const POLL: Duration = Duration::from_millis(50);
/// The embedded services accept any credentials, but SDKs do not send a request without them.
const CREDENTIALS: &str = "local";

/// The services that a command uses. [`Session::close`] ends the embedded ones.
pub(crate) struct Session {
    /// The clients and names.
    pub target: Target,
    /// The embedded services; `None` for a stack.
    local: Option<Local>,
}

struct Local {
    folder: PathBuf,
    services: Embedded,
    messages: Mutex<Option<UnboundedReceiver<Published>>>,
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
    /// Looks up the stack, or starts the embedded services on the data folder.
    pub(crate) async fn open(place: &Place, shared_port: Option<u16>) -> anyhow::Result<Self> {
        if let Some(stack) = &place.stack {
            return Ok(Self { target: deployed::target(stack, place.command()).await?, local: None });
        }
        let mut services = Embedded::start(local::options(place, shared_port)?).await.map_err(with_advice)?;
        let messages = Mutex::new(services.messages());
        let target = target(&services, place.command()).await;
        Ok(Self { target, local: Some(Local { folder: place.data.clone(), services, messages }) })
    }

    /// Waits for the imports of uploads whose events an earlier command did not settle because it was
    /// killed. Prints to stderr how they ended. Imports that had begun are not waited for: the user can
    /// redrive them.
    pub(crate) async fn wait_for_pending_imports(&self) {
        let Some(local) = self.local.as_ref().filter(|local| local.services.events_under_way() > 0) else {
            return;
        };
        let progress = Progress::new(Detail::Normal);
        progress.phase("Importing what was uploaded before");
        tokio::select! {
            () = local.services.settled() => {}
            // They go on in the next command that finds space.
            error = self.out_of_space(None) => progress.print_line(&one_line(&format!("{error:#}"), LINE)),
        }
        for published in self.published().await {
            progress.print_line(&one_line(&published.subject.unwrap_or_default(), LINE));
        }
    }

    /// Shuts the embedded services down.
    pub(crate) async fn close(self) {
        if let Some(local) = self.local {
            local.services.shutdown().await;
        }
    }

    /// Whether the target is a stack. Its messages go to subscribers only, not to this process.
    pub(crate) fn is_deployed(&self) -> bool {
        self.local.is_none()
    }

    /// Fails if nothing can be written into the data folder.
    pub(crate) fn require_space(&self) -> anyhow::Result<()> {
        let Some(local) = &self.local else { return Ok(()) };
        DataSpace::of(&local.folder).check().map_err(|error| space::refused(&local.folder, error))
    }

    /// Returns when nothing can be written into the data folder any more, with the error of a command that follows the import `id`;
    /// else never.
    pub(crate) async fn out_of_space(&self, id: Option<Uuid>) -> anyhow::Error {
        let Some(local) = &self.local else { return std::future::pending().await };
        let error = space::lost(DataSpace::of(&local.folder)).await;
        space::lost_while(&local.folder, &self.target.lineup, id, error)
    }

    /// Fails if nothing can be written into the data folder any more, where an import `id` has failed.
    pub(crate) fn still_has_space(&self, id: Uuid) -> anyhow::Result<()> {
        let Some(local) = &self.local else { return Ok(()) };
        let space = DataSpace::of(&local.folder).check();
        space.map_err(|error| space::lost_while(&local.folder, &self.target.lineup, Some(id), error))
    }

    /// Returns when the embedded engine has given the execution up without writing down how it ended, because there is no space
    /// or it panicked; else never. Whoever looks at the execution would see it run for ever.
    pub(crate) async fn given_up(&self, arn: &str) -> anyhow::Error {
        let Some(engine) = self.local.as_ref().and_then(|local| local.services.engine()) else {
            return std::future::pending().await;
        };
        match engine.wait(arn).await {
            Ok(record) if record.status.is_terminal() => std::future::pending().await,
            Ok(_) => anyhow!(
                "the end of {arn} could not be written to the data folder: is there no space left? What is loaded \
                 stays loaded; with some space, `{} redrive` goes on",
                self.target.lineup
            ),
            Err(error) => anyhow::Error::new(error).context(format!("{arn} cannot be followed any more")),
        }
    }

    /// The messages to subscribers since the last call.
    pub(crate) async fn published(&self) -> Vec<Published> {
        let Some(local) = &self.local else { return Vec::new() };
        let mut messages = local.messages.lock().await;
        let next = || messages.as_mut()?.try_recv().ok();
        std::iter::from_fn(next).collect()
    }

    /// Waits for the next message to subscribers; `None` when the services end.
    pub(crate) async fn next_message(&self) -> Option<Published> {
        self.local.as_ref()?.messages.lock().await.as_mut()?.recv().await
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
        let shared = self.local.as_ref().and_then(|local| local.services.endpoints().shared.clone());
        let endpoint = shared.map(|url| ("AWS_ENDPOINT_URL".to_owned(), url));
        endpoint.into_iter().chain(general).collect()
    }
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied)
}

/// Adds advice to the error of a data directory that cannot be used.
fn with_advice(error: StartError) -> anyhow::Error {
    match error {
        StartError::Lock(error @ LockError::Held { .. }) => {
            anyhow!("{error}: wait until that one has ended, end it, or name another directory with --data")
        }
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

async fn target(embedded: &Embedded, lineup: LineupCommand) -> Target {
    let endpoints = embedded.endpoints();
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
    }
}
