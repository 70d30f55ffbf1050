//! Where the embedded services listen, and the names they go by.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The region of every embedded service.
pub const REGION: &str = "us-east-1";

/// The account that owns everything embedded.
pub const ACCOUNT: &str = "000000000000";

/// The bucket that people put files into.
pub const UPLOADS_BUCKET: &str = "lineup-uploads";

/// The bucket of the pipeline itself.
pub const IMPORTS_BUCKET: &str = "lineup-imports";

/// The topic that is told how an import ended.
pub const TOPIC: &str = "lineup-imports";

/// The state machine.
pub const STATE_MACHINE: &str = "lineup-import";

/// The ARN of the SNS topic `name`.
pub fn topic_arn(name: &str) -> String {
    format!("arn:aws:sns:{REGION}:{ACCOUNT}:{name}")
}

/// The ARN of the Lambda function `name`.
pub fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

/// The ARN of the state machine `name`.
pub fn state_machine_arn(name: &str) -> String {
    format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}")
}

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
}

/// The URL of each service, as `endpoint_url` takes it. SNS and Step Functions
/// are absent where only storage was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// S3.
    pub s3: String,
    /// DynamoDB.
    pub dynamodb: String,
    /// SNS.
    pub sns: Option<String>,
    /// Step Functions.
    pub sfn: Option<String>,
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

/// A bound listener on loopback.
pub(crate) async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await
}

/// The URL of a listener.
pub(crate) fn url(listener: &TcpListener) -> io::Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}

/// Tells servers to stop. Every clone resolves once `true` was sent, or once the sender is gone.
pub(crate) type Stop = watch::Receiver<bool>;

/// Resolves when `stop` says so.
pub(crate) async fn stopped(mut stop: Stop) {
    // An error means that the sender is gone, which is the same request.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Serves `router` on `listener` until `stop`; requests under way are finished.
pub(crate) fn serve(listener: TcpListener, router: Router, stop: Stop) -> JoinHandle<io::Result<()>> {
    // Answers are small and final: waiting for more to send (Nagle) only costs time.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
    });
    tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped(stop)).await })
}
