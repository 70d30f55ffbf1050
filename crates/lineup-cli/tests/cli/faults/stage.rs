//! Runs an import stage by stage in this process, against services that make chosen requests fail.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use delimited::Chunk;
use futures::future::BoxFuture;
use jiff::Timestamp;
use lineup::reject::read_rejects;
use lineup_aws::client;
use lineup_aws::imports::Imports;
use lineup_aws::invocation_limit::InvocationLimit;
use lineup_aws::objects::Objects;
use lineup_aws::writer::Backoff;
use lineup_contracts::error::{ErrorName, Named, chain};
use lineup_contracts::layout::Layout;
use lineup_contracts::{ConvertInput, LoadInput, Outcome, Plan, Reported, S3Detail, SplitInput, SurveyInput};
use lineup_testing::{Aws, CALENDAR, PERFORMANCES};
use serde_json::{Value, json};

use super::lineup_file::{self, Form};

/// Retries wait this short a time, so that tests with a refusing service end soon.
const SHORT: Backoff = Backoff { base: Duration::from_millis(1), cap: Duration::from_millis(5) };
/// How long a service may be silent in tests of silent services.
const SILENCE: Duration = Duration::from_millis(150);
/// The chunk whose load has failed before `recover` and `summarize` run.
const MISSING: u32 = 2;

/// The time of an invocation that must not stop early.
const LONG: Duration = Duration::from_secs(60);

/// The configuration of all clients of a test. It is shared, because making it takes longer than an import.
pub(super) async fn sdk() -> SdkConfig {
    let retries = RetryConfig::standard().with_max_attempts(4).with_initial_backoff(SHORT.base);
    client::config_at("http://127.0.0.1").await.into_builder().retry_config(retries).build()
}

/// A function and its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Split,
    /// `convert`, of a file that is compressed.
    Convert,
    /// `survey`, of every chunk of a file that `split` does not survey itself.
    Survey,
    /// `split`, after that survey.
    Decide,
    /// `recover` for a re-run that names a chunk.
    SelectChunks,
    /// `recover` in an execution that was redriven.
    AwaitRedrive,
    /// `hold`, of a file that has a version before.
    Hold,
    Load,
    /// `remove`, after all chunks are loaded.
    Remove,
    Summarize,
    Notify,
}

/// An import, run up to some stage.
pub(super) struct Import {
    pub aws: Aws,
    /// The configuration for clients with the timeouts of the functions.
    patient: SdkConfig,
    sdk: SdkConfig,
    detail: S3Detail,
    /// The most bytes that `split` surveys itself.
    surveyed_bytes: u64,
    plan: Option<Plan>,
    reported: Option<Reported>,
    /// How long one invocation of `load` may take.
    pub time: Duration,
}

/// No execution has ended.
#[derive(Debug)]
struct AllRunning;

impl hold::Executions for AllRunning {
    fn has_ended<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<bool, lineup_aws::Error>> {
        Box::pin(async { Ok(false) })
    }
}

/// How a stage failed.
pub(super) type Failed = (ErrorName, String);

fn failed(error: &impl Named) -> Failed {
    (error.name(), chain(error))
}

impl Import {
    /// An import that has run all stages before `stage`. `sdk` comes from [`sdk`].
    pub(super) async fn before(stage: Stage, sdk: &SdkConfig) -> Self {
        let mut import = Self::uploaded(stage, sdk).await;
        if stage == Stage::Split {
            return import;
        }
        if matches!(stage, Stage::Hold | Stage::Remove) {
            import.version_before().await;
        }
        import.call(Stage::Split).await.unwrap();
        match stage {
            Stage::SelectChunks | Stage::AwaitRedrive | Stage::Summarize => import.all_but_one().await,
            Stage::Notify => {
                import.call(Stage::Load).await.unwrap();
                import.call(Stage::Summarize).await.unwrap();
            }
            Stage::Decide => import.call(Stage::Survey).await.unwrap(),
            Stage::Remove => {
                import.call(Stage::Hold).await.unwrap();
                import.call(Stage::Load).await.unwrap();
            }
            Stage::Split | Stage::Convert | Stage::Survey | Stage::Hold | Stage::Load => {}
        }
        import
    }

    /// Imports an earlier version of the file, with a row that it does not have any more.
    async fn version_before(&mut self) {
        let earlier = [&Form::Text.file()[..], lineup_file::gone().as_bytes()].concat();
        let (detail, latest) = (self.detail.clone(), self.aws.s3.get("uploads/a.csv").unwrap());
        self.detail.object.etag = self.aws.s3.put("uploads/a.csv", earlier, &[]);
        self.detail.object.sequencer = "0".to_owned();
        for stage in [Stage::Split, Stage::Load, Stage::Summarize] {
            self.call(stage).await.unwrap();
        }
        (self.plan, self.reported) = (None, None);
        self.detail = detail;
        self.detail.object.etag = self.aws.s3.put("uploads/a.csv", latest.body, &[]);
    }

    /// The file is compressed if `stage` converts it, and is not surveyed by `split` if another stage does that.
    async fn uploaded(stage: Stage, sdk: &SdkConfig) -> Self {
        let aws = Aws::start().await;
        let form = if stage == Stage::Convert { Form::Gzip } else { Form::Text };
        let by_map = matches!(stage, Stage::Survey | Stage::Decide);
        let etag = aws.s3.put("uploads/a.csv", form.file(), &[]);
        let sdk = sdk.to_builder().endpoint_url(&aws.endpoint).build();
        let detail = json!({
            "bucket": {"name": "uploads"}, "object": {"key": "a.csv", "etag": etag, "sequencer": "1"}
        });
        Self {
            aws,
            patient: sdk.clone(),
            sdk,
            detail: serde_json::from_value(detail).unwrap(),
            surveyed_bytes: if by_map { 0 } else { u64::MAX },
            plan: None,
            reported: None,
            time: LONG,
        }
    }

    /// Shortens the clients' timeouts from now on, so that a silent service is soon one that does not answer.
    pub(super) fn shorten_timeouts(&mut self) {
        let timeouts = TimeoutConfig::builder().read_timeout(SILENCE).build();
        self.sdk = self.sdk.to_builder().timeout_config(timeouts).build();
    }

    /// Restores the usual timeouts.
    pub(super) fn restore_timeouts(&mut self) {
        self.sdk = self.patient.clone();
        self.time = LONG;
    }

    fn imports(&self) -> Imports {
        Imports::new(Objects::new(client::s3(&self.sdk)), "imports")
    }

    fn layout(&self) -> Layout {
        Layout(self.detail.import_id())
    }

    /// Runs the stage once. [`Stage::Load`] loads all chunks without a result, one after the other.
    pub(super) async fn call(&mut self, stage: Stage) -> Result<(), Failed> {
        match stage {
            Stage::Split => self.split(None).await,
            Stage::Convert => self.convert().await,
            Stage::Survey => self.survey().await,
            Stage::Decide => self.split(Some(1)).await,
            Stage::SelectChunks => {
                let rerun = json!({"import_id": self.detail.import_id(), "chunks": [1, MISSING]});
                self.recover(json!({"rerun": rerun, "execution_arn": "one"})).await
            }
            Stage::AwaitRedrive => {
                let input = json!({"state": self.state(), "redrive_count": 1, "execution_arn": "one"});
                self.recover(input).await
            }
            Stage::Hold => self.hold().await,
            Stage::Load => self.load().await,
            Stage::Remove => self.remove().await,
            Stage::Summarize => self.summarize().await,
            Stage::Notify => self.notify().await,
        }
    }

    fn state(&self) -> Value {
        let plan = self.plan.as_ref();
        json!({
            "detail": self.detail, "summary": self.reported,
            "import": plan.map(|plan| json!({"import_id": plan.import_id, "source": plan.source, "redrives": 0}))
        })
    }

    async fn split(&mut self, surveyed: Option<u32>) -> Result<(), Failed> {
        let context = split::SplitContext {
            chunk_bytes: 16 << 10,
            surveyed_bytes: self.surveyed_bytes,
            ..split::SplitContext::new(self.imports())
        };
        let input = SplitInput { detail: self.detail.clone(), execution_arn: "one".to_owned(), surveyed };
        let stop_at = Instant::now() + LONG;
        let plan = split::handle(&context, input, stop_at).await.map_err(|error| failed(&error))?;
        assert_eq!(plan.duplicate_of, None, "the execution's own claim");
        self.plan = Some(plan);
        Ok(())
    }

    async fn hold(&mut self) -> Result<(), Failed> {
        let context = hold::HoldContext::new(self.imports(), Arc::new(AllRunning));
        let input = json!({"state": self.state(), "execution_arn": "one"});
        let (input, stop_at) = (serde_json::from_value(input).unwrap(), Instant::now() + LONG);
        let held = hold::handle(&context, input, Timestamp::now(), stop_at).await;
        let held = held.map_err(|error| failed(&error))?;
        assert!(held.held, "{held:?}");
        Ok(())
    }

    async fn remove(&self) -> Result<(), Failed> {
        let context = remove::RemoveContext::new(self.imports(), &self.sdk, PERFORMANCES, CALENDAR);
        let input = json!({"state": self.state(), "execution_arn": "one"});
        let (input, stop_at) = (serde_json::from_value(input).unwrap(), Instant::now() + self.time);
        let removed = remove::handle(&context, input, Timestamp::now(), stop_at).await;
        let removed = removed.map_err(|error| failed(&error))?;
        assert!(removed.done, "{removed:?}");
        Ok(())
    }

    async fn convert(&self) -> Result<(), Failed> {
        let context = convert::ConvertContext::new(self.imports());
        let input = ConvertInput { detail: self.detail.clone(), execution_arn: "one".to_owned() };
        let converted = convert::handle(&context, input, Instant::now() + self.time).await;
        converted.map(|_| ()).map_err(|error| failed(&error))
    }

    async fn survey(&self) -> Result<(), Failed> {
        let context = survey::SurveyContext::new(self.imports());
        for chunk in self.listed() {
            let import_id = self.detail.import_id();
            let input = SurveyInput { import_id, pass: 1, execution_arn: "one".to_owned(), chunk };
            survey::handle(&context, input).await.map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    async fn recover(&mut self, input: Value) -> Result<(), Failed> {
        let plan = recover::handle(&self.imports(), serde_json::from_value(input).unwrap()).await;
        self.plan = Some(plan.map_err(|error| failed(&error))?);
        Ok(())
    }

    /// The chunks that the plan lists.
    fn listed(&self) -> Vec<Chunk> {
        let list = self.plan.as_ref().unwrap().chunks.as_ref().unwrap();
        let lines = self.aws.s3.get(&format!("{}/{}", list.bucket, list.key)).unwrap().body;
        serde_json::Deserializer::from_slice(&lines).into_iter().map(Result::unwrap).collect()
    }

    fn is_loaded(&self, chunk: &Chunk) -> bool {
        self.aws.s3.get(&format!("imports/{}", self.layout().result(chunk.chunk))).is_some()
    }

    async fn load(&self) -> Result<(), Failed> {
        for chunk in self.listed().into_iter().filter(|chunk| !self.is_loaded(chunk)) {
            self.load_chunk(chunk).await?;
        }
        Ok(())
    }

    /// Loads a chunk, in as many invocations as it takes.
    async fn load_chunk(&self, chunk: Chunk) -> Result<(), Failed> {
        let mut context = load::LoadContext::new(self.imports(), &self.sdk, PERFORMANCES, CALENDAR);
        context.performances = context.performances.waiting(SHORT);
        context.calendar = context.calendar.waiting(SHORT);
        let source = self.plan.as_ref().unwrap().source.clone().unwrap();
        let import_id = self.detail.import_id();
        let mut input = LoadInput { import_id, source, execution_arn: "one".into(), chunk, load: None };
        loop {
            let output =
                load::handle(&context, input.clone(), Timestamp::now(), Instant::now() + self.time).await;
            let output = output.map_err(|error| failed(&error))?;
            if output.done {
                return Ok(());
            }
            input.load = Some(output);
        }
    }

    async fn all_but_one(&self) {
        for chunk in self.listed().into_iter().filter(|chunk| chunk.chunk != MISSING) {
            self.load_chunk(chunk).await.unwrap();
        }
        let missing = self.listed().into_iter().find(|chunk| chunk.chunk == MISSING).unwrap();
        let failed = json!([{
            "ExecutionArn": "arn", "Input": json!({"chunk": missing}).to_string(), "Status": "FAILED",
            "Error": "Throttled", "Cause": "as ordered", "StopDate": "2025-07-12T10:00:00.000Z"
        }]);
        let key = format!("imports/{}/run-1/FAILED_0.json", self.layout().map_runs());
        self.aws.s3.put(&key, failed.to_string(), &[]);
    }

    async fn summarize(&mut self) -> Result<(), Failed> {
        let context =
            summarize::SummarizeContext { imports: self.imports(), invocation_limit: InvocationLimit::NONE };
        let input = json!({"state": self.state(), "execution_arn": "one"});
        let reported =
            summarize::handle(&context, serde_json::from_value(input).unwrap(), Timestamp::now()).await;
        self.reported = Some(reported.map_err(|error| failed(&error))?);
        Ok(())
    }

    async fn notify(&self) -> Result<(), Failed> {
        let topic_arn = "arn:aws:sns:us-east-1:123456789012:lineup".to_owned();
        let context = notify::NotifyContext {
            sns: aws_sdk_sns::Client::new(&self.sdk),
            topic_arn,
            lineup: Default::default(),
        };
        let input =
            json!({"state": self.state(), "execution_arn": "arn:one", "state_machine_arn": "arn:machine"});
        let notified = notify::handle(&context, serde_json::from_value(input).unwrap()).await;
        notified.map(|_| ()).map_err(|error| failed(&error))
    }

    /// The latest summary.
    pub(super) fn reported(&self) -> &Reported {
        self.reported.as_ref().unwrap()
    }

    /// Checks what is promised at any time: all rows of a chunk that counts as loaded are in the table
    /// or in its rejects, and the table has only rows of the file.
    pub(super) fn assert_promise(&self) {
        let items = lineup_file::keys(&self.aws.db.items(PERFORMANCES));
        let items: BTreeSet<_> = items.into_iter().filter(|key| !lineup_file::is_gone(key)).collect();
        assert!(items.is_subset(&lineup_file::expected(0, lineup_file::END).0));
        let Some(list) = self.aws.s3.get(&format!("imports/{}", self.layout().chunks())) else { return };
        let chunks: Vec<Chunk> =
            serde_json::Deserializer::from_slice(&list.body).into_iter().map(Result::unwrap).collect();
        let ends = chunks.iter().skip(1).map(|chunk| chunk.first_line).chain([lineup_file::END]);
        for (chunk, end) in chunks.iter().zip(ends).filter(|(chunk, _)| self.is_loaded(chunk)) {
            let (keys, rejected, counts) = lineup_file::expected(chunk.first_line, end);
            assert!(keys.is_subset(&items), "rows of chunk {} are missing", chunk.chunk);
            assert_eq!(self.rejected(chunk.chunk), rejected, "of chunk {}", chunk.chunk);
            assert_eq!(json!(self.result(chunk.chunk)["rows"]), json!(counts), "of chunk {}", chunk.chunk);
        }
    }

    fn result(&self, chunk: u32) -> Value {
        let object = self.aws.s3.get(&format!("imports/{}", self.layout().result(chunk))).unwrap();
        serde_json::from_slice(&object.body).unwrap()
    }

    /// The lines in the rejects files that the chunk's result names.
    fn rejected(&self, chunk: u32) -> Vec<u64> {
        let result = self.result(chunk);
        let files = result["rejects"].as_array().unwrap().iter().map(|key| key.as_str().unwrap());
        let file = |key: &str| self.aws.s3.get(&format!("imports/{key}")).unwrap().body;
        files
            .flat_map(|key| read_rejects(&file(key)[..]).map(|row| row.unwrap().line).collect::<Vec<_>>())
            .collect()
    }

    /// Runs the stages from `stage` to the end, loads the missing chunks, and checks that each row is there once.
    pub(super) async fn complete(mut self, stage: Stage) {
        let until_loaded: &[Stage] = match stage {
            Stage::Split | Stage::Decide => &[Stage::Load],
            Stage::Convert => &[Stage::Split, Stage::Load],
            Stage::Survey => &[Stage::Decide, Stage::Load],
            _ => &[],
        };
        for &stage in until_loaded {
            self.call(stage).await.unwrap();
        }
        self.call(Stage::AwaitRedrive).await.unwrap();
        self.call(Stage::Hold).await.unwrap();
        if self.plan.as_ref().unwrap().chunks.as_ref().unwrap().count > 0 {
            self.call(Stage::Load).await.unwrap();
        }
        self.call(Stage::Remove).await.unwrap();
        self.call(Stage::Summarize).await.unwrap();
        self.call(Stage::Notify).await.unwrap();
        self.assert_promise();
        let (keys, _, counts) = lineup_file::expected(0, lineup_file::END);
        assert_eq!(lineup_file::keys(&self.aws.db.items(PERFORMANCES)), keys);
        assert_eq!((self.reported().outcome, self.reported().rows), (Outcome::Partial, counts));
        assert_eq!(self.reported().chunks.loaded, 3);
        assert!(!self.aws.published.lock().unwrap().is_empty(), "nobody was told");
    }
}
