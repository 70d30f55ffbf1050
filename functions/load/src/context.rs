//! The clients and tables of `load`.

use std::sync::Arc;

use aws_config::SdkConfig;
use lineup_aws::imports::Imports;
use lineup_aws::invocation_limit::InvocationLimit;
use lineup_aws::latest::Latest;
use lineup_aws::writer::{DynamoDbTransport, Writer};
use lineup_aws::{client, settings};
use lineup_contracts::Manifest;
use uuid::Uuid;

use crate::error::Error;

/// The clients and tables of `load`. A warm sandbox keeps them between invocations.
#[derive(Debug)]
pub struct LoadContext {
    /// The imports bucket; the source is read with the same client.
    pub imports: Imports,
    /// The client for queries of the calendar.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The writer of the performances table.
    pub performances: Writer<DynamoDbTransport>,
    /// The writer of the calendar table.
    pub calendar: Writer<DynamoDbTransport>,
    /// How long an invocation may outlive its execution.
    pub invocation_limit: InvocationLimit,
    manifest: Latest<Uuid, Manifest>,
}

impl LoadContext {
    /// Uses these clients and tables.
    pub fn new(imports: Imports, config: &SdkConfig, performances: &str, calendar: &str) -> Self {
        let transport = Arc::new(DynamoDbTransport(client::dynamodb_for_writing(config)));
        Self {
            imports,
            dynamodb: client::dynamodb(config),
            performances: Writer::new(Arc::clone(&transport), performances),
            calendar: Writer::new(transport, calendar),
            invocation_limit: InvocationLimit::default(),
            manifest: Latest::default(),
        }
    }

    /// Reads the environment variables in [`settings`].
    pub fn from_env(config: &SdkConfig) -> Result<Self, settings::Error> {
        let performances = settings::required(settings::PERFORMANCES_TABLE)?;
        let calendar = settings::required(settings::CALENDAR_TABLE)?;
        let invocation_limit = InvocationLimit::from_env()?;
        let context = Self::new(settings::imports(config)?, config, &performances, &calendar);
        Ok(Self { invocation_limit, ..context })
    }

    /// The import's manifest.
    pub(crate) async fn manifest(&self, import_id: Uuid) -> Result<Arc<Manifest>, Error> {
        Ok(self.manifest.get(import_id, self.imports.split_manifest(import_id)).await?)
    }
}
