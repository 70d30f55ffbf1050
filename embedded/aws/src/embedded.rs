//! All embedded services together.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use asl::{LoadError, load};
use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::arn::{ACCOUNT, REGION, topic_arn};
use crate::deliveries::Deliveries;
use crate::dynamodb::{DynamoDb, DynamoDbError};
use crate::endpoints::Endpoints;
use crate::events::{Bus, DeliveryError, Rule, RuleError};
use crate::join_port::{ExecutionEnd, JoinPort};
use crate::lock::{DataLock, LockError};
use crate::options::{Options, Pipeline};
use crate::ports::{LambdaTasks, S3Objects};
use crate::server::{StopSignal, bind, serve, url};
use crate::server_file::{ServerFile, ServerLabel};
use crate::shared_port::{self, SharedServices};
use crate::space::DataSpace;
use embedded_lambda::{FunctionSpec, Functions};
use embedded_s3::{Buckets, Owner};
use embedded_sns::{Published, Sns};
use embedded_step_functions::error::EngineError;
use embedded_step_functions::ports::SystemClock;
use embedded_step_functions::record::ExecutionRecord;
use embedded_step_functions::{Config, Engine, api};

/// How long a request under way may take once the services are asked to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Why the embedded services could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory is somebody else's, or unusable.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A port is taken.
    #[error("the embedded {service} cannot listen on 127.0.0.1:{port}: choose another port, or 0 for any")]
    Bind {
        /// The service.
        service: &'static str,
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Files of a service cannot be read or written.
    #[error("the embedded {service} cannot use {}", path.display())]
    Files {
        /// The service.
        service: &'static str,
        /// Where.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
    /// The data directory has no space left, or cannot be written for another reason.
    #[error("{} cannot be written", directory.display())]
    NotWritable {
        /// The data directory.
        directory: PathBuf,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
    /// DynamoDB.
    #[error(transparent)]
    DynamoDb(#[from] DynamoDbError),
    /// The state machine's definition.
    #[error("the state machine's definition is refused")]
    Definition(#[from] LoadError),
    /// The rule.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The executions' store.
    #[error("the embedded Step Functions could not be started")]
    Engine(#[source] EngineError),
}

/// Running services. They stop when this is dropped; [`Embedded::shutdown`] also
/// waits until they have.
pub struct Embedded {
    endpoints: Endpoints,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<io::Result<()>>>,
    dynamodb: Option<DynamoDb>,
    running: Option<Running>,
    /// It goes before the data directory is given back.
    joinable: Option<JoinPort>,
    lock: DataLock,
}

/// The state machine and what belongs to it.
struct Running {
    functions: Arc<Functions>,
    bus: Bus,
    deliveries: Option<JoinHandle<()>>,
    /// How many events somebody still has to deal with.
    under_way: watch::Receiver<usize>,
    messages: Option<UnboundedReceiver<Published>>,
}

impl Embedded {
    /// Starts the services; must be called in a tokio runtime of several threads.
    ///
    /// # Errors
    /// Nothing is left running when one of them cannot be started.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let lock = DataLock::acquire(&options.data)?;
        let directory = options.data.clone();
        if let Err(error) = ServerFile::remove(&directory) {
            tracing::warn!(%error, "the file of an earlier server could not be removed");
        }
        match DataSpace::of(&directory).open() {
            Ok(()) => Self::start_on(lock, options, true).await,
            Err(source) => Self::start_on(lock, options, false).await.map_err(|error| {
                tracing::warn!(?error, "the embedded services could not be started without space");
                StartError::NotWritable { directory, source }
            }),
        }
    }

    /// Starts the services. What an earlier process has left to be delivered waits until there is space.
    async fn start_on(lock: DataLock, options: Options, has_space: bool) -> Result<Self, StartError> {
        let (stop, stopped) = watch::channel(false);
        let listeners = Listeners::bind(&options).await?;
        let (events, mut created) = mpsc::unbounded_channel();
        let root = options.data.join("s3");
        // Without a pipeline nobody would ever deal with an event.
        let notified = options.pipeline.as_ref().map(|pipeline| (pipeline.event_bucket.clone(), events));
        let owner = Owner { region: REGION.to_owned(), account: ACCOUNT.to_owned() };
        let file = options.data.join("dynamodb.sqlite");
        // An object that says that rows are written is not there before they are.
        let log = options.data.join("dynamodb.sqlite-wal");
        let buckets = Buckets::open(&root, owner, &options.buckets, &options.versioned, notified, Some(&log));
        let buckets = buckets.map_err(|source| StartError::Files { service: "S3", path: root, source })?;
        while !has_space && created.try_recv().is_ok() {}
        let endpoints = listeners.endpoints.clone();
        let s3 = buckets.router();
        let mut servers = vec![serve(listeners.s3, s3.clone(), stopped.clone())];
        let dynamodb = DynamoDb::start(&file, &options.tables, listeners.dynamodb, stopped.clone())?;
        let mut shared = SharedServices { s3, dynamodb: dynamodb.router.clone(), sns: None, sfn: None };
        let running = match (options.pipeline, listeners.sns, listeners.sfn) {
            (Some(pipeline), Some(sns), Some(sfn)) => {
                let parts = Parts { data: options.data, endpoints: &endpoints, buckets, stop: stopped };
                let (running, routers) = Running::start(pipeline, parts, created)?;
                (shared.sns, shared.sfn) = (Some(routers.sns.clone()), Some(routers.sfn.clone()));
                servers.push(serve(sns, routers.sns, stop.subscribe()));
                servers.push(serve(sfn, routers.sfn, stop.subscribe()));
                Some(running)
            }
            _ => None,
        };
        if let Some(listener) = listeners.shared {
            servers.push(serve(listener, shared_port::router(shared), stop.subscribe()));
        }
        Ok(Self { endpoints, stop, servers, dynamodb: Some(dynamodb), running, joinable: None, lock })
    }

    /// Where the services listen.
    pub const fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The engine behind the Step Functions API; `None` where only storage was started.
    pub fn engine(&self) -> Option<&Engine> {
        self.running.as_ref().map(|running| &running.bus.engine)
    }

    /// Lets other processes of this user join: they find this one by a file in the data directory.
    ///
    /// # Errors
    /// The port cannot be opened, or the file not be written. Nobody can join then; the services are not affected.
    pub async fn let_join(&mut self, label: ServerLabel) -> io::Result<()> {
        let (engine, stop) = (self.engine().cloned(), self.stop.subscribe());
        self.joinable =
            Some(JoinPort::open(self.lock.directory(), label, &self.endpoints, engine, stop).await?);
        Ok(())
    }

    /// Lets nobody join any more. Returns how many have joined and are still there.
    pub fn stop_joining(&mut self) -> usize {
        self.joinable.as_mut().map_or(0, JoinPort::close)
    }

    /// Waits until those who have joined are gone.
    pub async fn all_left(&self) {
        if let Some(port) = &self.joinable {
            port.all_left().await;
        }
    }

    /// Waits until the engine has done with an execution.
    pub async fn end_of(&self, arn: &str) -> ExecutionEnd {
        match self.engine() {
            Some(engine) => ExecutionEnd::of(engine, arn).await,
            None => ExecutionEnd::Unknown("there is no state machine".to_owned()),
        }
    }

    /// The messages published from now on. There is one stream of them: the second call gives `None`.
    pub fn messages(&mut self) -> Option<UnboundedReceiver<Published>> {
        self.running.as_mut()?.messages.take()
    }

    /// Waits until no event of the bucket is under way: each has been delivered and the
    /// execution that it started, if the rule wanted it, has ended. At the start, the events that an
    /// earlier process has left are under way; that of an object which was put a moment ago may not be yet.
    pub async fn settled(&self) {
        let Some(running) = &self.running else { return };
        // The deliveries end with the services; then there is nothing to wait for.
        let _ = running.under_way.clone().wait_for(|events| *events == 0).await;
    }

    /// How many events of the bucket are under way; see [`Embedded::settled`].
    pub fn events_under_way(&self) -> usize {
        self.running.as_ref().map_or(0, |running| *running.under_way.borrow())
    }

    /// Delivers an S3 event, once more if it was before. Gives the execution that it started, if the rule
    /// wanted it.
    ///
    /// # Errors
    /// What StartExecution refuses.
    pub async fn deliver(&self, event: &Value) -> Result<Option<ExecutionRecord>, DeliveryError> {
        match &self.running {
            Some(running) => running.bus.deliver(event).await,
            None => Ok(None),
        }
    }

    /// The most memory that a process of `function` had at a time, in bytes; `None` where nobody knows.
    pub fn peak_memory_bytes(&self, function: &str) -> Option<u64> {
        self.running.as_ref()?.functions.peak_memory_bytes(function)
    }

    /// Stops the services: sandboxes are killed, requests under way are
    /// answered, files are closed. Executions under way are found interrupted
    /// at the next start.
    pub async fn shutdown(mut self) {
        self.stop_joining();
        self.halt();
        let deliveries = self.running.as_mut().and_then(|running| running.deliveries.take());
        if let Some(deliveries) = deliveries
            && timeout(GRACE, deliveries).await.is_err()
        {
            tracing::warn!("an event was still being delivered");
        }
        for server in std::mem::take(&mut self.servers) {
            join(server).await;
        }
        if let Some(port) = self.joinable.take() {
            join(port.into_server()).await;
        }
        if let Some(dynamodb) = self.dynamodb.take()
            && timeout(GRACE, dynamodb.join()).await.is_err()
        {
            tracing::warn!("DynamoDB still had a request under way");
        }
    }

    /// Asks everything to stop.
    fn halt(&self) {
        if let Some(running) = &self.running {
            running.functions.close();
        }
        self.stop.send_replace(true);
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.halt();
    }
}

async fn join(server: JoinHandle<io::Result<()>>) {
    let abort = server.abort_handle();
    match timeout(GRACE, server).await {
        Ok(Ok(Ok(()))) => {}
        Ok(ended) => tracing::warn!(?ended, "a server did not end well"),
        Err(_) => abort.abort(),
    }
}

/// The bound ports.
struct Listeners {
    endpoints: Endpoints,
    s3: TcpListener,
    dynamodb: std::net::TcpListener,
    sns: Option<TcpListener>,
    sfn: Option<TcpListener>,
    shared: Option<TcpListener>,
}

impl Listeners {
    async fn bind(options: &Options) -> Result<Self, StartError> {
        let ports = options.ports;
        let (s3, s3_url) = listen("S3", ports.s3).await?;
        let (dynamodb, dynamodb_url) = listen("DynamoDB", ports.dynamodb).await?;
        let failed = |source| StartError::Bind { service: "DynamoDB", port: ports.dynamodb, source };
        let mut endpoints =
            Endpoints { s3: s3_url, dynamodb: dynamodb_url, sns: None, sfn: None, shared: None };
        let (mut sns, mut sfn) = (None, None);
        if options.pipeline.is_some() {
            let (listener, url) = listen("SNS", ports.sns).await?;
            (sns, endpoints.sns) = (Some(listener), Some(url));
            let (listener, url) = listen("Step Functions", ports.sfn).await?;
            (sfn, endpoints.sfn) = (Some(listener), Some(url));
        }
        let mut shared = None;
        if let Some(port) = ports.shared {
            let (listener, url) = listen("endpoint of all services", port).await?;
            (shared, endpoints.shared) = (Some(listener), Some(url));
        }
        Ok(Self { endpoints, s3, dynamodb: dynamodb.into_std().map_err(failed)?, sns, sfn, shared })
    }
}

async fn listen(service: &'static str, port: u16) -> Result<(TcpListener, String), StartError> {
    let failed = |source| StartError::Bind { service, port, source };
    let listener = bind(port).await.map_err(failed)?;
    let url = url(&listener).map_err(failed)?;
    Ok((listener, url))
}

/// What the pipeline is built on.
struct Parts<'a> {
    data: PathBuf,
    endpoints: &'a Endpoints,
    buckets: Buckets,
    stop: StopSignal,
}

struct Routers {
    sns: axum::Router,
    sfn: axum::Router,
}

impl Running {
    fn start(
        pipeline: Pipeline,
        parts: Parts<'_>,
        created: UnboundedReceiver<Value>,
    ) -> Result<(Self, Routers), StartError> {
        let definition = load(&pipeline.definition, &pipeline.substitutions)?;
        let rule = Arc::new(Rule::parse(&pipeline.rule, &pipeline.substitutions)?);
        let (listener, messages) = mpsc::unbounded_channel();
        let folder = parts.data.join("sns");
        let sns = Sns::open(&folder, &topic_arn(&pipeline.topic), listener)
            .map_err(|source| StartError::Files { service: "SNS", path: folder, source })?;
        let functions = functions(pipeline.functions, &parts, pipeline.idle)?;
        let config = Config {
            region: REGION.to_owned(),
            account: ACCOUNT.to_owned(),
            role_arn: format!("arn:aws:iam::{ACCOUNT}:role/{}", pipeline.state_machine),
            machine: pipeline.state_machine,
            seed: fastrand::u64(..),
            interrupted_hint: pipeline.interrupted_hint,
        };
        let runner = Arc::new(LambdaTasks(Arc::clone(&functions)));
        let (objects, clock) = (Arc::new(S3Objects(parts.buckets.clone())), Arc::new(SystemClock));
        let engine = Engine::open(&parts.data.join("executions"), config, definition, runner, objects, clock)
            .map_err(StartError::Engine)?;
        let bus = Bus { rule, engine: engine.clone() };
        let (count, under_way) = watch::channel(created.len());
        let deliveries = Deliveries { bus: bus.clone(), buckets: parts.buckets, count };
        let deliveries = tokio::spawn(deliveries.run(created, parts.stop));
        let running =
            Self { functions, bus, deliveries: Some(deliveries), under_way, messages: Some(messages) };
        Ok((running, Routers { sns: sns.router(), sfn: api::router(engine, Timestamp::now()) }))
    }
}

fn functions(
    specs: Vec<FunctionSpec>,
    parts: &Parts<'_>,
    idle: Duration,
) -> Result<Arc<Functions>, StartError> {
    let with_endpoints = |mut spec: FunctionSpec| {
        spec.env.splice(..0, parts.endpoints.environment());
        spec
    };
    let logs = parts.data.join("logs");
    let functions =
        Functions::new(specs.into_iter().map(with_endpoints).collect(), REGION, ACCOUNT, &logs, idle);
    functions.map(Arc::new).map_err(|source| StartError::Files { service: "Lambda", path: logs, source })
}
