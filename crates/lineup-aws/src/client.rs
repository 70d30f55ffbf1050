//! The configuration of the SDK, for the functions and the command.
//!
//! Region, credentials and endpoints come from the environment, as aws-config
//! reads it: `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` too (SDKs and
//! Tools reference guide, "Service-specific endpoints").

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_sdk_s3::config::Credentials;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

/// A connection within a region takes milliseconds; a lost SYN is sent again after one second.
const CONNECT: Duration = Duration::from_secs(3);
/// From the end of a request to the first byte of its answer.
const READ: Duration = Duration::from_secs(15);
/// One attempt, without the body of a download, which the SDK's stalled
/// stream protection watches.
const ATTEMPT: Duration = Duration::from_secs(60);
/// One attempt at writing items. A function that stops waits for those that were sent, and so must have more time left than this.
const WRITE_ATTEMPT: Duration = Duration::from_secs(20);
/// Attempts of the SDK's standard retry, the first one included.
const ATTEMPTS: u32 = 4;

/// The configuration of clients. Clients with one configuration share its
/// connections, so a function creates it once a sandbox.
pub async fn config() -> SdkConfig {
    loader().load().await
}

/// For services that do not check credentials: the embedded ones, and those of tests.
pub async fn config_at(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new("local", "local", None, None, "lineup");
    let region = Region::from_static("us-east-1");
    loader().endpoint_url(endpoint).credentials_provider(credentials).region(region).load().await
}

fn loader() -> ConfigLoader {
    // TLS by rustls with ring; plain HTTP for endpoints with `http:`.
    let tls = Provider::Rustls(CryptoMode::Ring);
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().tls_provider(tls).build_https())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(timeouts())
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .read_timeout(READ)
        .operation_attempt_timeout(ATTEMPT)
        .build()
}

/// S3. If an endpoint is set, the bucket is the first part of the path:
/// `bucket.127.0.0.1` is not a host name.
pub fn s3(config: &SdkConfig) -> aws_sdk_s3::Client {
    let endpoint = config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
    aws_sdk_s3::Client::from_conf(
        aws_sdk_s3::config::Builder::from(config).force_path_style(endpoint).build(),
    )
}

/// DynamoDB, with the SDK's own retries.
pub fn dynamodb(config: &SdkConfig) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::new(config)
}

/// DynamoDB without the SDK's retries, for [`crate::writer::Writer`]. The writer must
/// see every throttled request to find the rate that the table takes, and it
/// retries until the Lambda deadline, not a number of times. A retry inside
/// the SDK would hide the throttling, and count as one request while it waits.
/// Stalled stream protection is off too: requests and answers are small, and have a timeout.
pub fn dynamodb_for_writing(config: &SdkConfig) -> aws_sdk_dynamodb::Client {
    let timeouts = config.timeout_config().map_or_else(TimeoutConfig::builder, TimeoutConfig::to_builder);
    let config = aws_sdk_dynamodb::config::Builder::from(config)
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts.operation_attempt_timeout(WRITE_ATTEMPT).build())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    aws_sdk_dynamodb::Client::from_conf(config)
}
