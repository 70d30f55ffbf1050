//! `notify`: publishes a message about an import's end to SNS.

mod changes;
pub mod commands;
mod error;
mod message;
mod report;

use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use lineup_aws::error::CallFailure;
use lineup_aws::{client, lambda, settings};
use lineup_contracts::{NotifyInput, NotifyOutput};

pub use commands::LineupCommand;
pub use error::Error;
pub use message::{BODY_BYTES, Message, SUBJECT_CHARACTERS};
pub use report::compose;

/// The client and topic of `notify`.
#[derive(Debug, Clone)]
pub struct NotifyContext {
    /// The client of SNS.
    pub sns: Client,
    /// The topic that people subscribe to.
    pub topic_arn: String,
    /// How subscribers call `lineup`.
    pub lineup: LineupCommand,
}

impl NotifyContext {
    /// Reads the environment variables in [`settings`].
    pub fn from_env(config: &SdkConfig) -> Result<Self, settings::Error> {
        let lineup = settings::required(settings::LINEUP_COMMAND).map(LineupCommand::of).unwrap_or_default();
        Ok(Self { sns: Client::new(config), topic_arn: settings::required(settings::TOPIC_ARN)?, lineup })
    }
}

/// Runs as a Lambda function.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    lambda::log();
    let context = NotifyContext::from_env(&client::config().await);
    lambda::run(context, async |context: &NotifyContext, input, _deadline| handle(context, input).await).await
}

/// Publishes the message about an execution.
///
/// # Errors
/// The errors of SNS. If the answer to a publish is lost, a retry publishes the message a second time.
/// That is better than no message.
pub async fn handle(context: &NotifyContext, input: NotifyInput) -> Result<NotifyOutput, Error> {
    let Message { subject, body } = compose(&input, &context.lineup);
    let published = context
        .sns
        .publish()
        .topic_arn(&context.topic_arn)
        .subject(subject)
        .message(body)
        .send()
        .await
        .map_err(|error| CallFailure::of(error).on("sns:Publish", &context.topic_arn))?;
    Ok(NotifyOutput { message_id: published.message_id.unwrap_or_default() })
}
