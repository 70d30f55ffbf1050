//! The clients and tables of `remove`.

use std::sync::Arc;

use aws_config::SdkConfig;
use lineup_aws::imports::Imports;
use lineup_aws::invocation_limit::InvocationLimit;
use lineup_aws::writer::{DynamoDbTransport, Writer};
use lineup_aws::{client, settings};

/// The clients and tables of `remove`.
#[derive(Debug, Clone)]
pub struct RemoveContext {
    /// The imports bucket.
    pub imports: Imports,
    /// The client that deletes rows.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The table of performances.
    pub performances: String,
    /// The writer of the calendar.
    pub calendar: Writer<DynamoDbTransport>,
    /// How long an invocation may outlive its execution.
    pub invocation_limit: InvocationLimit,
}

impl RemoveContext {
    /// Uses these clients and tables.
    pub fn new(imports: Imports, config: &SdkConfig, performances: &str, calendar: &str) -> Self {
        let transport = Arc::new(DynamoDbTransport(client::dynamodb_for_writing(config)));
        Self {
            imports,
            dynamodb: client::dynamodb(config),
            performances: performances.to_owned(),
            calendar: Writer::new(transport, calendar),
            invocation_limit: InvocationLimit::default(),
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
}
