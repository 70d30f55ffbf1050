//! `load`: one chunk of a file becomes items of the table.
//!
//! The chunk is streamed: [`rows`] and [`packer`] turn bytes into batches, [`ahead`] holds
//! them until the calendar entries that they need are written, [`flight`] keeps
//! many of them under way, and reading goes on meanwhile. Shortly before
//! the Lambda deadline it stops and says where to go on. The next invocation
//! reads the chunk from its start again but writes only from there, so that counts, replaced
//! rows and rejects are those of one go, in however many invocations it comes there.

mod ahead;
mod error;
mod flight;
mod metrics;
mod packer;
mod part;
mod rejects;
mod rows;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use lineup_aws::imports::Imports;
use lineup_aws::writer::{DynamoDb, Writer};
use lineup_aws::{client, lambda, settings};
use lineup_contracts::{LoadInput, LoadOutput, Manifest};
use uuid::Uuid;

pub use error::Error;

/// The longest time kept for what is left to do when loading stops.
const MARGIN: Duration = Duration::from_secs(30);

/// What `load` works with. It is kept while the sandbox is warm.
#[derive(Debug)]
pub struct Context {
    /// The imports bucket; the source is read with the same client.
    pub imports: Imports,
    /// For queries of the calendar.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The table of performances.
    pub performances: Writer<DynamoDb>,
    /// The calendar.
    pub calendar: Writer<DynamoDb>,
    manifest: Mutex<Option<Arc<Manifest>>>,
}

impl Context {
    /// Of the clients and tables.
    pub fn new(imports: Imports, config: &SdkConfig, performances: &str, calendar: &str) -> Self {
        let transport = Arc::new(DynamoDb(client::dynamodb_for_writing(config)));
        Self {
            imports,
            dynamodb: client::dynamodb(config),
            performances: Writer::new(Arc::clone(&transport), performances),
            calendar: Writer::new(transport, calendar),
            manifest: Mutex::default(),
        }
    }

    /// From the environment: see [`settings`].
    pub fn from_env(config: &SdkConfig) -> Result<Self, settings::Error> {
        let performances = settings::required(settings::PERFORMANCES_TABLE)?;
        let calendar = settings::required(settings::CALENDAR_TABLE)?;
        Ok(Self::new(settings::imports(config)?, config, &performances, &calendar))
    }

    /// The import's manifest. The last one is kept: a warm sandbox loads one chunk of an import after another.
    async fn manifest(&self, import_id: Uuid) -> Result<Arc<Manifest>, Error> {
        let kept = self.kept().clone().filter(|manifest| manifest.import_id == import_id);
        if let Some(manifest) = kept {
            return Ok(manifest);
        }
        let manifest = Arc::new(self.imports.split_manifest(import_id).await?);
        *self.kept() = Some(Arc::clone(&manifest));
        Ok(manifest)
    }

    /// It is replaced whole, so a panic cannot leave half of one.
    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Arc<Manifest>>> {
        self.manifest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs as a Lambda function.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    lambda::log();
    let context = Context::from_env(&client::config().await);
    lambda::run(context, async |context: &Context, input, deadline| {
        handle(context, input, stop_at(Instant::now(), deadline)).await.inspect(metrics::log)
    })
    .await
}

/// When to stop loading: a quarter of the time before the deadline, at most
/// [`MARGIN`]. What is left to do then is at most one file of rejects and one result.
fn stop_at(now: Instant, deadline: Instant) -> Instant {
    let left = deadline.saturating_duration_since(now);
    now + (left - MARGIN.min(left / 4))
}

/// Loads a chunk, or as much of it as can be loaded until `stop_at`.
///
/// # Errors
/// See [`Error`]. `Throttled` if no row at all could be written.
pub async fn handle(context: &Context, input: LoadInput, stop_at: Instant) -> Result<LoadOutput, Error> {
    let manifest = context.manifest(input.import_id).await?;
    part::Part::new(context, input, &manifest, stop_at)?.load().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stops_a_quarter_of_the_time_before_the_deadline_and_at_most_half_a_minute() {
        let now = Instant::now();
        let after = |seconds| stop_at(now, now + Duration::from_secs(seconds)) - now;
        assert_eq!(after(900), Duration::from_secs(870));
        assert_eq!(after(8), Duration::from_secs(6));
        assert_eq!(after(0), Duration::ZERO);
    }
}
