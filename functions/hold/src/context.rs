//! The clients and settings of `hold`.

use std::sync::Arc;

use aws_config::SdkConfig;
use lineup_aws::imports::Imports;
use lineup_aws::invocation_limit::InvocationLimit;
use lineup_aws::settings;

use crate::executions::Executions;

/// How long to wait at first.
const FIRST_WAIT: u64 = 15;

/// How many keys, of all versions together, are compared before it is looked at the time, and how many the parts of their lists have.
const RANGE_KEYS: u64 = 1 << 26;

/// The clients and settings of `hold`.
#[derive(Debug, Clone)]
pub struct HoldContext {
    /// The imports bucket.
    pub imports: Imports,
    /// Says which executions have ended.
    pub executions: Arc<dyn Executions>,
    /// How long an invocation may outlive its execution.
    pub invocation_limit: InvocationLimit,
    /// How long to wait before the hold is asked for a second time, in seconds.
    pub first_wait: u64,
    /// How many keys are compared before it is looked at the time.
    pub range_keys: u64,
}

impl HoldContext {
    /// These clients, with the default settings.
    pub fn new(imports: Imports, executions: Arc<dyn Executions>) -> Self {
        let (invocation_limit, first_wait) = (InvocationLimit::default(), FIRST_WAIT);
        Self { imports, executions, invocation_limit, first_wait, range_keys: RANGE_KEYS }
    }

    /// Reads the environment variables in [`settings`].
    pub fn from_env(config: &SdkConfig) -> Result<Self, settings::Error> {
        let executions = Arc::new(aws_sdk_sfn::Client::new(config));
        Ok(Self {
            invocation_limit: InvocationLimit::from_env()?,
            first_wait: settings::number(settings::FIRST_WAIT_SECONDS, 1..=600, FIRST_WAIT)?,
            range_keys: settings::number(settings::RANGE_KEYS, 1..=RANGE_KEYS, RANGE_KEYS)?,
            ..Self::new(settings::imports(config)?, executions)
        })
    }
}
