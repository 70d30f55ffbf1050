//! The whole pipeline: the embedded services, the functions as processes, and between them proxies
//! that make chosen requests fail.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use embedded_aws::step_functions::record::{ExecutionRecord, ExecutionStatus};
use embedded_aws::step_functions::{Engine, ExecutionFilter, Page};
use embedded_aws::{
    Embedded, FunctionSpec, Options, Pipeline as Parts, Ports, Published, function_arn, topic_arn,
};
use lineup_aws::names::{IMPORTS_BUCKET, STATE_MACHINE, TOPIC, UPLOADS_BUCKET};
use lineup_aws::schema::Tables;
use lineup_aws::{client, settings};
use lineup_testing::{Fault, Gate, Proxy, nth};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedReceiver;

use super::lineup_file::{self, Form};

const DEFINITION: &str = include_str!("../../../../../statemachine/import.asl.json");
const RULE: &str = include_str!("../../../../../statemachine/uploads.rule.json");
const FUNCTIONS: [&str; 9] =
    ["Convert", "Split", "Survey", "Hold", "Load", "Remove", "Summarize", "Notify", "Recover"];
/// A shell script that records its process id and then becomes the function (`exec`).
const START: &str = "echo $$ >> \"$0\"; exec \"$@\"";

pub(super) struct Pipeline {
    pub embedded: Embedded,
    pub s3: Proxy,
    pub dynamodb: Proxy,
    pub sns: Proxy,
    messages: UnboundedReceiver<Published>,
    folder: TempDir,
}

/// Which of the proxies a request passes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Service {
    S3,
    DynamoDb,
    Sns,
}

impl Pipeline {
    /// Starts it. The functions have a timeout of a minute.
    pub(super) async fn start() -> Self {
        Self::with_timeout(Duration::from_secs(60)).await
    }

    /// Starts it with this timeout of the functions.
    pub(super) async fn with_timeout(timeout: Duration) -> Self {
        Self::with(timeout, None).await
    }

    /// Starts it so that `split` leaves every survey to the Map.
    pub(super) async fn that_surveys() -> Self {
        Self::with(Duration::from_secs(60), Some((settings::SURVEYED_BYTES, "0"))).await
    }

    async fn with(timeout: Duration, setting: Option<(&str, &str)>) -> Self {
        let folder = TempDir::new().unwrap();
        let (s3, dynamodb, sns) = (Proxy::start().await, Proxy::start().await, Proxy::start().await);
        let proxies = [("S3", &s3), ("DYNAMODB", &dynamodb), ("SNS", &sns)];
        let mut environment = environment();
        // A sandbox is ended with its execution.
        environment.push((settings::LONGEST_INVOCATION_SECONDS.to_owned(), "0".to_owned()));
        environment.extend(setting.map(|(name, value)| (name.to_owned(), value.to_owned())));
        environment.extend(
            proxies.map(|(name, proxy)| (format!("AWS_ENDPOINT_URL_{name}"), proxy.endpoint().to_owned())),
        );
        let function = |name: &&str| function(&name.to_lowercase(), folder.path(), &environment, timeout);
        let parts = Parts {
            functions: FUNCTIONS.iter().map(function).collect(),
            state_machine: STATE_MACHINE.to_owned(),
            definition: DEFINITION.to_owned(),
            substitutions: FUNCTIONS
                .map(|name| (format!("{name}FunctionArn"), function_arn(&name.to_lowercase())))
                .into_iter()
                .chain([("UploadsBucket", UPLOADS_BUCKET), ("Partition", "aws")].map(owned))
                .collect(),
            event_bucket: UPLOADS_BUCKET.to_owned(),
            rule: RULE.to_owned(),
            topic: TOPIC.to_owned(),
            idle: Duration::from_secs(60),
            interrupted_hint: String::new(),
        };
        let options = Options {
            data: folder.path().join("data"),
            ports: Ports::default(),
            buckets: [UPLOADS_BUCKET, IMPORTS_BUCKET].map(str::to_owned).into(),
            versioned: Vec::new(),
            tables: Tables::default().definitions().iter().map(|table| table.json()).collect(),
            pipeline: Some(parts),
        };
        let mut embedded = Embedded::start(options).await.unwrap();
        s3.forward_to(&embedded.endpoints().s3);
        dynamodb.forward_to(&embedded.endpoints().dynamodb);
        sns.forward_to(embedded.endpoints().sns.as_ref().unwrap());
        let messages = embedded.messages().unwrap();
        Self { embedded, s3, dynamodb, sns, messages, folder }
    }

    /// Ends the services and returns the folder, with `data` in it. Waits until the upload's event is settled,
    /// because the next command would deliver an unsettled one again.
    pub(super) async fn close(self) -> TempDir {
        self.embedded.settled().await;
        self.embedded.shutdown().await;
        self.folder
    }

    pub(super) fn proxy(&self, service: Service) -> &Proxy {
        match service {
            Service::S3 => &self.s3,
            Service::DynamoDb => &self.dynamodb,
            Service::Sns => &self.sns,
        }
    }

    /// Ends all faults.
    pub(super) fn heal(&self) {
        [&self.s3, &self.dynamodb, &self.sns].into_iter().for_each(Proxy::heal);
    }

    /// Makes the `which`th matching request wait at the gate, before or after it takes effect.
    pub(super) fn hold(
        &self,
        service: Service,
        request: (&'static str, &'static str),
        which: usize,
        after: bool,
    ) -> Gate {
        let gate = Gate::default();
        let held = gate.clone();
        let (begin, part) = request;
        self.proxy(service).order(nth(
            move |operation| operation.starts_with(begin) && operation.contains(part),
            move |count| {
                let fault = if after { Fault::AnswerHeld(held.clone()) } else { Fault::Held(held.clone()) };
                (count == which).then_some(fault)
            },
        ));
        gate
    }

    /// The ids of the processes that the function has had.
    pub(super) fn processes(&self, function: &str) -> Vec<u32> {
        let ids = std::fs::read_to_string(self.folder.path().join(function)).unwrap_or_default();
        ids.lines().map(|id| id.parse().unwrap()).collect()
    }

    /// Kills the function's latest process, as the out-of-memory killer does.
    pub(super) fn kill(&self, function: &str) {
        let id = self.processes(function).last().unwrap().to_string();
        assert!(Command::new("kill").args(["-KILL", &id]).status().unwrap().success());
    }

    fn s3_client(&self) -> impl Future<Output = aws_sdk_s3::Client> {
        let endpoint = self.embedded.endpoints().s3.clone();
        async move { client::s3(&client::config_at(&endpoint).await) }
    }

    /// Uploads the file with a concurrency of one chunk. Returns the ARN of the execution that it starts.
    pub(super) async fn upload(&self) -> String {
        self.upload_as(Form::Text).await
    }

    /// As [`Self::upload`], in this form.
    pub(super) async fn upload_as(&self, form: Form) -> String {
        let mut changes = self.engine().subscribe();
        let body = ByteStream::from(form.file());
        let put = self.s3_client().await.put_object().bucket(UPLOADS_BUCKET).key("a.csv").body(body);
        let put = put.metadata("chunk-bytes", "16384").metadata("max-concurrency", "1");
        put.send().await.unwrap();
        changes.wait_for(|_| !self.executions().is_empty()).await.unwrap();
        self.executions().remove(0)
    }

    /// Deletes the uploaded file.
    pub(super) async fn delete_upload(&self) {
        self.s3_client().await.delete_object().bucket(UPLOADS_BUCKET).key("a.csv").send().await.unwrap();
    }

    pub(super) fn engine(&self) -> &Engine {
        self.embedded.engine().unwrap()
    }

    fn executions(&self) -> Vec<String> {
        let listed = self.engine().list_executions(&ExecutionFilter::default(), &Page::default()).unwrap();
        listed.items.into_iter().map(|execution| execution.execution_arn).collect()
    }

    pub(super) async fn end(&self, arn: &str) -> ExecutionRecord {
        self.engine().wait(arn).await.unwrap()
    }

    /// Redrives the execution and waits for its end.
    pub(super) async fn redrive(&self, arn: &str) -> ExecutionRecord {
        self.engine().redrive_execution(arn).await.unwrap();
        self.end(arn).await
    }

    /// The input of an execution: the event that started it.
    pub(super) fn event(&self, arn: &str) -> Value {
        serde_json::from_str(&self.engine().describe_execution(arn).unwrap().input).unwrap()
    }

    /// The messages since the last call.
    pub(super) fn messages(&mut self) -> Vec<Published> {
        std::iter::from_fn(|| self.messages.try_recv().ok()).collect()
    }

    /// The keys of the table's items.
    pub(super) async fn keys(&self) -> BTreeSet<String> {
        let config = client::config_at(&self.embedded.endpoints().dynamodb).await;
        let scan = client::dynamodb(&config).scan().table_name(Tables::default().performances);
        let items = scan.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.unwrap();
        let text = |value: &aws_sdk_dynamodb::types::AttributeValue| json!({"S": value.as_s().ok()});
        let item = |item: &std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>| {
            item.iter()
                .map(|(name, value)| (name.clone(), text(value)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        lineup_file::keys(&items.iter().map(item).collect::<Vec<Value>>())
    }

    /// Checks that the execution ended with every row in the table or among the rejects.
    pub(super) async fn assert_complete(&self, record: &ExecutionRecord) {
        assert_eq!(record.status, ExecutionStatus::Succeeded, "{:?}: {:?}", record.error, record.cause);
        let output: Value = serde_json::from_str(record.output.as_ref().unwrap()).unwrap();
        let (keys, _, counts) = lineup_file::expected(0, lineup_file::END);
        assert_eq!(output["summary"]["rows"], json!(counts));
        assert_eq!(output["summary"]["chunks"], json!({"total": 3, "loaded": 3, "failed": 0}));
        assert_eq!(self.keys().await, keys);
    }
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn environment() -> Vec<(String, String)> {
    let tables = Tables::default();
    let variables = [
        (settings::IMPORTS_BUCKET, IMPORTS_BUCKET.to_owned()),
        (settings::PERFORMANCES_TABLE, tables.performances),
        (settings::CALENDAR_TABLE, tables.calendar),
        (settings::TOPIC_ARN, topic_arn(TOPIC)),
    ];
    variables.map(|(name, value)| (name.to_owned(), value)).into()
}

fn function(name: &str, folder: &Path, environment: &[(String, String)], timeout: Duration) -> FunctionSpec {
    let ids = folder.join(name).to_str().unwrap().to_owned();
    let program = env!("CARGO_BIN_EXE_lineup").to_owned();
    let args = ["-c".to_owned(), START.to_owned(), ids, program, "function".to_owned(), name.to_owned()];
    FunctionSpec {
        name: name.to_owned(),
        program: PathBuf::from("/bin/sh"),
        args: args.into(),
        env: environment.to_vec(),
        timeout,
        memory_mb: 512,
        max_concurrency: 4,
    }
}
