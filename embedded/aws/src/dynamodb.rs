//! The embedded DynamoDB: `dynoxide` over one SQLite file.
//!
//! The library commits each item of a batch by itself. So batches of puts into one table, which `load` sends, are imported
//! in one transaction; everything else is the library's own.

mod dispatcher;
mod library_server;
mod put_batch;
mod put_table;
mod put_writer;

use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use axum::Router;
use dynoxide::Database;
use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::errors::DynoxideError;
use serde_json::Value;
use tokio::sync::{Mutex, watch};

use crate::server::{StopSignal, serve};
use dispatcher::Dispatcher;
use library_server::LibraryServer;
use put_writer::PutWriter;

/// Why DynamoDB could not be started.
#[derive(Debug, thiserror::Error)]
pub enum DynamoDbError {
    /// The file cannot be opened, or a table not be created.
    #[error("the embedded DynamoDB refused {doing}")]
    Database {
        /// What was tried.
        doing: String,
        /// What it said.
        #[source]
        source: Box<DynoxideError>,
    },
    /// A table definition is no CreateTable request.
    #[error("the table definition is not a CreateTable request: {definition}")]
    Definition {
        /// The definition.
        definition: Value,
        /// Where it is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// The server's thread or runtime could not be made.
    #[error("the embedded DynamoDB could not be started")]
    Thread(#[from] std::io::Error),
}

/// A running DynamoDB.
#[derive(Debug)]
pub(crate) struct DynamoDb {
    /// What it serves, for another port.
    pub(crate) router: Router,
    server: thread::JoinHandle<io::Result<()>>,
    puts: thread::JoinHandle<()>,
}

impl DynamoDb {
    /// Opens `file`, creates the tables that are missing, and serves on `listener` until `stop`.
    ///
    /// The library works on the thread that serves a request and lets one request
    /// into the file at a time, so it has a runtime of its own, in which one
    /// request is read while another is written: nothing else waits for it. Batches of puts are written on one thread more.
    pub(crate) fn start(
        file: &Path,
        tables: &[Value],
        listener: TcpListener,
        stop: StopSignal,
    ) -> Result<Self, DynamoDbError> {
        let database = open(file)?;
        for table in tables {
            create_if_absent(&database, table)?;
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let writes = Arc::new(Mutex::new(()));
        let (writer, puts) = PutWriter::start(database.clone(), Arc::clone(&writes))?;
        // The library stops after the last request, not with the first that is refused.
        let (last, library_stop) = watch::channel(false);
        let library = LibraryServer::new(database, runtime.handle().clone(), library_stop);
        let router = dispatcher::router(Arc::new(Dispatcher { puts: writer, library, writes }));
        let shared = router.clone();
        let serve = move || {
            runtime.block_on(async {
                listener.set_nonblocking(true)?;
                let listener = tokio::net::TcpListener::from_std(listener)?;
                let served = serve(listener, router, stop).await;
                drop(last);
                served.map_err(io::Error::other)?
            })
        };
        let server = thread::Builder::new().name("dynamodb".to_owned()).spawn(serve)?;
        Ok(Self { router: shared, server, puts })
    }

    /// Waits until the last request is answered and the file is closed.
    pub(crate) async fn join(self) {
        let Self { router, server, puts } = self;
        // The thread of the puts ends when nobody can send it one any more.
        drop(router);
        let ended = tokio::task::spawn_blocking(move || (server.join(), puts.join()));
        match ended.await {
            Ok((Ok(Ok(())), Ok(()))) => {}
            Ok((Ok(Err(error)), _)) => tracing::warn!(%error, "DynamoDB did not end well"),
            _ => tracing::warn!("a thread of DynamoDB panicked"),
        }
    }
}

/// Opens the file for many small writes that outlive a SIGKILL.
///
/// The write-ahead log is on. `synchronous = NORMAL` syncs it at checkpoints
/// only: a killed process loses nothing that was acknowledged (the log is in the
/// operating system's cache), and a power cut loses the last writes but never
/// corrupts the file (SQLite, "PRAGMA synchronous"). The log is synced before an object becomes visible in a bucket, so that what an
/// object says of earlier writes is so. `dynoxide` opens with FULL,
/// which syncs every item; its bulk mode is OFF, which a power cut can corrupt,
/// and it caches 64 MB and maps another 256 MiB, beyond what a process of ours
/// may take. `disable_bulk_loading` is its name for NORMAL.
fn open(file: &Path) -> Result<Database, DynamoDbError> {
    let failed = |source: DynoxideError| DynamoDbError::Database {
        doing: format!("to open {}", file.display()),
        source: Box::new(source),
    };
    let database = Database::new(&file.to_string_lossy()).map_err(failed)?;
    database.disable_bulk_loading().map_err(failed)?;
    Ok(database)
}

fn create_if_absent(database: &Database, definition: &Value) -> Result<(), DynamoDbError> {
    let invalid = |source| DynamoDbError::Definition { definition: definition.clone(), source };
    let request: CreateTableRequest = serde_json::from_value(definition.clone()).map_err(invalid)?;
    let name = request.table_name.clone();
    // DescribeTable would count the table's items, which takes seconds where there are a million.
    let answer = match database.get_table_metadata(&name) {
        Ok(Some(_)) => return Ok(()),
        Ok(None) => database.create_table(request).map(drop),
        Err(error) => Err(error),
    };
    let failed =
        |source| DynamoDbError::Database { doing: format!("the table {name}"), source: Box::new(source) };
    answer.map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Far more than it takes: a test that fails says so instead of running for ever.
    const PATIENCE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn it_ends_when_it_is_told_to_though_its_router_was_given_to_another_port() {
        let folder = tempfile::tempdir().unwrap();
        let (stop, stopping) = watch::channel(false);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let dynamodb = DynamoDb::start(&folder.path().join("file"), &[], listener, stopping).unwrap();
        let other_port = dynamodb.router.clone();
        stop.send_replace(true);
        drop(other_port);
        assert!(tokio::time::timeout(PATIENCE, dynamodb.join()).await.is_ok(), "it waits for itself");
    }
}
