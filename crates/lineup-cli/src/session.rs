//! The embedded services, for as long as a command runs.

use std::time::Duration;

use lineup_aws::client;
use lineup_aws::schema::Tables;
use lineup_local::{Embedded, IMPORTS_BUCKET, Published, REGION, UPLOADS_BUCKET};
use tokio::sync::Mutex;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::args::Place;
use crate::exit::CommandError;
use crate::local;
use crate::target::Target;

/// On loopback an answer costs next to nothing.
const POLL: Duration = Duration::from_millis(50);
/// The embedded services take any credentials, but no SDK sends a request without.
const CREDENTIALS: &str = "local";

/// What a command works with, and what ends with it.
pub struct Session {
    /// Where the command works.
    pub target: Target,
    embedded: Embedded,
    messages: Mutex<Option<UnboundedReceiver<Published>>>,
}

/// Fails where nothing was ever imported: a command that only reads creates no folder.
pub fn require_data(place: &Place) -> Result<(), CommandError> {
    if place.data.is_dir() {
        return Ok(());
    }
    Err(CommandError::NothingFound(format!(
        "there is no data in {}; import a file first, or name the folder with --data",
        place.data.display()
    )))
}

impl Session {
    /// Starts the embedded services on the data folder.
    pub async fn open(place: &Place) -> anyhow::Result<Self> {
        let mut embedded = Embedded::start(local::options(&place.data)?).await?;
        let messages = Mutex::new(embedded.messages());
        let target = target(&embedded).await;
        Ok(Self { target, embedded, messages })
    }

    /// Ends the services in order.
    pub async fn close(self) {
        self.embedded.shutdown().await;
    }

    /// The messages that subscribers got and nobody has seen here yet.
    pub async fn published(&self) -> Vec<Published> {
        let mut messages = self.messages.lock().await;
        let next = || messages.as_mut()?.try_recv().ok();
        std::iter::from_fn(next).collect()
    }

    /// The next message that subscribers get; `None` when the services end.
    pub async fn next_message(&self) -> Option<Published> {
        self.messages.lock().await.as_mut()?.recv().await
    }

    /// The variables by which the aws command line and the SDKs find the services.
    pub fn environment(&self) -> Vec<(String, String)> {
        let general = [
            ("AWS_ACCESS_KEY_ID", CREDENTIALS),
            ("AWS_SECRET_ACCESS_KEY", CREDENTIALS),
            // Version 1 of the aws command line reads the second, SDKs the first.
            ("AWS_REGION", REGION),
            ("AWS_DEFAULT_REGION", REGION),
        ];
        let general = general.map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.embedded.endpoints().environment().into_iter().chain(general).collect()
    }
}

async fn target(embedded: &Embedded) -> Target {
    let endpoints = embedded.endpoints();
    let tables = Tables::default();
    // Without a pipeline there is no Step Functions; every session has one.
    let sfn = endpoints.sfn.as_deref().unwrap_or_default();
    Target {
        s3: client::s3(&client::config_at(&endpoints.s3).await),
        dynamodb: client::dynamodb(&client::config_at(&endpoints.dynamodb).await),
        sfn: aws_sdk_sfn::Client::new(&client::config_at(sfn).await),
        uploads_bucket: UPLOADS_BUCKET.to_owned(),
        imports_bucket: IMPORTS_BUCKET.to_owned(),
        tables,
        state_machine_arn: embedded.state_machine_arn(),
        poll: POLL,
    }
}
