//! A running `lineup serve`, and clients that use the variables it prints, as users do.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sfn::types::ExecutionStatus;

use super::Lineup;

/// The time after which a test gives up. Nothing takes nearly as long, even on a slow machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A running `lineup serve`. Dropping it ends the process.
pub(crate) struct Served {
    child: Child,
    /// The variables that it printed as `export NAME=VALUE`.
    pub variables: HashMap<String, String>,
    /// The address of its pages.
    pub web: String,
    /// The lines that it prints later.
    pub lines: Receiver<String>,
}

impl Served {
    /// Starts it and waits until it is ready.
    pub(crate) fn start(lineup: &Lineup) -> Self {
        Self::of(lineup.command(["serve", "--port", "0", "--aws-port", "0"]))
    }

    /// Starts a command that ends what it says first with a line that begins with "Ready".
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines() {
                let Ok(line) = line else { return };
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        let mut served = Self { child, variables: HashMap::new(), web: String::new(), lines };
        served.read_variables();
        served
    }

    fn read_variables(&mut self) {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).expect("lineup serve says that it is ready");
            if let Some((name, value)) = line.strip_prefix("export ").and_then(|pair| pair.split_once('=')) {
                self.variables.insert(name.to_owned(), value.to_owned());
                // Tests put proxies before services, one by one.
                if name == "AWS_ENDPOINT_URL" {
                    for service in ["S3", "DYNAMODB", "SNS", "SFN"] {
                        self.variables.insert(format!("{name}_{service}"), value.to_owned());
                    }
                }
            }
            if let Some(address) = line.strip_prefix("Web") {
                self.web = address.trim().to_owned();
            }
            if line.starts_with("Ready") {
                return;
            }
        }
    }

    /// Reads what it prints up to a line that contains `text`.
    pub(crate) fn wait_for_line(&self, text: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no line says {text:?}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Ends it as Ctrl-C does. Returns its exit code.
    pub(crate) fn interrupt(mut self) -> i32 {
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    fn variable(&self, name: &str) -> &str {
        self.variables.get(name).unwrap_or_else(|| panic!("{name} is not in {:?}", self.variables))
    }

    fn credentials(&self) -> Credentials {
        let (id, secret) = (self.variable("AWS_ACCESS_KEY_ID"), self.variable("AWS_SECRET_ACCESS_KEY"));
        Credentials::new(id, secret, None, None, "lineup serve")
    }

    fn region(&self) -> Region {
        Region::new(self.variable("AWS_REGION").to_owned())
    }

    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(plain_http())
            .region(self.region())
            .credentials_provider(self.credentials())
            .endpoint_url(self.variable("AWS_ENDPOINT_URL_S3"))
            .force_path_style(true);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    pub(crate) fn sfn(&self) -> aws_sdk_sfn::Client {
        let config = aws_sdk_sfn::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(plain_http())
            .region(self.region())
            .credentials_provider(self.credentials())
            .endpoint_url(self.variable("AWS_ENDPOINT_URL_SFN"));
        aws_sdk_sfn::Client::from_conf(config.build())
    }

    /// The one state machine.
    pub(crate) async fn state_machine(&self) -> String {
        let listed = self.sfn().list_state_machines().send().await.unwrap();
        listed.state_machines[0].state_machine_arn.clone()
    }

    /// Waits until `count` executions have ended. Returns the ARN and status of each, newest first.
    pub(crate) async fn ended(&self, count: usize) -> Vec<(String, ExecutionStatus)> {
        let machine = self.state_machine().await;
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            let listed =
                self.sfn().list_executions().state_machine_arn(&machine).send().await.unwrap().executions;
            let running = listed.iter().any(|execution| execution.status == ExecutionStatus::Running);
            if listed.len() >= count && !running {
                return listed
                    .into_iter()
                    .map(|execution| (execution.execution_arn, execution.status))
                    .collect();
            }
            assert!(std::time::Instant::now() < deadline, "{listed:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn plain_http() -> aws_sdk_s3::config::SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_http()
}
