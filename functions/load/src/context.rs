//! What `load` works with.

use std::sync::{Arc, Mutex, PoisonError};

use aws_config::SdkConfig;
use lineup_aws::imports::Imports;
use lineup_aws::writer::{DynamoDbTransport, Writer};
use lineup_aws::{client, settings};
use lineup_contracts::Manifest;
use uuid::Uuid;

use crate::error::Error;

/// What `load` works with. It is kept while the sandbox is warm.
#[derive(Debug)]
pub struct LoadContext {
    /// The imports bucket; the source is read with the same client.
    pub imports: Imports,
    /// For queries of the calendar.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The table of performances.
    pub performances: Writer<DynamoDbTransport>,
    /// The calendar.
    pub calendar: Writer<DynamoDbTransport>,
    manifest: Mutex<Option<Arc<Manifest>>>,
}

impl LoadContext {
    /// Of the clients and tables.
    pub fn new(imports: Imports, config: &SdkConfig, performances: &str, calendar: &str) -> Self {
        let transport = Arc::new(DynamoDbTransport(client::dynamodb_for_writing(config)));
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
    pub(crate) async fn manifest(&self, import_id: Uuid) -> Result<Arc<Manifest>, Error> {
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
