//! Finds the resources of a deployed stack.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use anyhow::bail;
use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use lineup_aws::error::CallFailure;
use lineup_aws::schema::Tables;
use lineup_aws::{client, export};
use notify::LineupCommand;

use crate::exit::CommandError;
use crate::target::{FunctionLogs, Target};

/// The time between two looks at an execution. Chunks take seconds to minutes, and Step Functions
/// limits requests (guide, "Service quotas": DescribeExecution refills 15 a second in most regions).
const POLL: Duration = Duration::from_secs(1);

/// The stack's resources, from the outputs of `template.yaml`. Region, credentials and endpoints
/// come from the environment, as for the aws command line.
pub(crate) async fn target(stack: &str, lineup: LineupCommand) -> anyhow::Result<Target> {
    let config = client::config().await;
    check_account(&config).await?;
    let outputs = outputs(&aws_sdk_cloudformation::Client::new(&config), stack).await?;
    let output = |name: &str| {
        outputs.get(name).cloned().ok_or_else(|| {
            CommandError::Usage(format!(
                "stack {stack} has no output {name}; was it deployed from lineup's template.yaml?"
            ))
        })
    };
    Ok(Target {
        s3: without_attempt_timeout(&client::s3(&config)),
        dynamodb: client::dynamodb(&config),
        sfn: aws_sdk_sfn::Client::new(&config),
        uploads_bucket: output("UploadsBucket")?,
        // A stack without a prefix has no such output.
        uploads_prefix: outputs.get("UploadsPrefix").cloned().unwrap_or_default(),
        imports_bucket: output("ImportsBucket")?,
        tables: Tables { performances: output("PerformancesTable")?, calendar: output("CalendarTable")? },
        state_machine_arn: output("StateMachineArn")?,
        lineup,
        poll: POLL,
        logs: FunctionLogs::Stack(stack.to_owned()),
        segments: export::SEGMENTS,
    })
}

/// Fails, in one line, where the environment does not say which account and region.
async fn check_account(config: &SdkConfig) -> anyhow::Result<()> {
    if config.region().is_none() {
        bail!("there is no AWS region: set AWS_REGION, or name one with `aws configure`");
    }
    let Some(provider) = config.credentials_provider() else { return Ok(()) };
    let Err(error) = provider.provide_credentials().await else { return Ok(()) };
    let why = match &error {
        // It lists all places where there are none.
        CredentialsError::CredentialsNotLoaded(_) => String::new(),
        other => format!(" ({})", innermost(other)),
    };
    bail!(
        "there are no AWS credentials{why}: sign in with `aws sso login` or `aws configure`, or set AWS_PROFILE"
    )
}

fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

async fn outputs(
    cloudformation: &aws_sdk_cloudformation::Client,
    stack: &str,
) -> Result<HashMap<String, String>, lineup_aws::Error> {
    let described = cloudformation.describe_stacks().stack_name(stack).send().await;
    let described =
        described.map_err(|error| CallFailure::of(error).on("cloudformation:DescribeStacks", stack))?;
    let outputs =
        described.stacks.unwrap_or_default().into_iter().flat_map(|stack| stack.outputs.unwrap_or_default());
    Ok(outputs.filter_map(|output| Some((output.output_key?, output.output_value?))).collect())
}

/// The client without a time limit for an attempt: on a slow connection, a part takes long to upload.
fn without_attempt_timeout(s3: &aws_sdk_s3::Client) -> aws_sdk_s3::Client {
    let unlimited = TimeoutConfig::builder().disable_operation_attempt_timeout().build();
    aws_sdk_s3::Client::from_conf(s3.config().to_builder().timeout_config(unlimited).build())
}
