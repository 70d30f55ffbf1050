//! Where the embedded services listen.

use serde::{Deserialize, Serialize};

/// The ports to listen on; 0 means any free one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ports {
    /// S3.
    pub s3: u16,
    /// DynamoDB.
    pub dynamodb: u16,
    /// SNS.
    pub sns: u16,
    /// Step Functions.
    pub sfn: u16,
    /// All of them behind one port, or none such.
    pub shared: Option<u16>,
}

/// The URL of each service, as `endpoint_url` takes it. SNS and Step Functions
/// are absent where only storage was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// S3.
    pub s3: String,
    /// DynamoDB.
    pub dynamodb: String,
    /// SNS.
    pub sns: Option<String>,
    /// Step Functions.
    pub sfn: Option<String>,
    /// All of them, if that was asked for.
    pub shared: Option<String>,
}

impl Endpoints {
    /// The environment variables by which the AWS SDKs and the aws command line
    /// find the services (AWS SDKs and Tools guide, "Service-specific endpoints").
    pub fn environment(&self) -> Vec<(String, String)> {
        let urls = [
            ("S3", Some(&self.s3)),
            ("DYNAMODB", Some(&self.dynamodb)),
            ("SNS", self.sns.as_ref()),
            ("SFN", self.sfn.as_ref()),
        ];
        let present = |(service, url): (&str, Option<&String>)| {
            url.map(|url| (format!("AWS_ENDPOINT_URL_{service}"), url.clone()))
        };
        urls.into_iter().filter_map(present).collect()
    }
}
