//! AWS for tests: S3, DynamoDB and SNS on one loopback port, with faults on order.
//!
//! S3 is a map in memory with what an import uses of it (conditions, ranges,
//! metadata, versions, lists), DynamoDB is dynoxide in memory: [`Aws`]. The same faults
//! stand in front of any other service on loopback as a [`Proxy`]. What asks for
//! objects alone needs no port: it takes the map itself, a [`MemoryStore`], or a
//! [`FailingStore`] in front of it. For tests only: what goes wrong here panics.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

mod acknowledging;
mod dynamodb;
mod failing;
mod fault;
pub mod import;
mod in_process;
mod layer;
mod memory;
mod proxy;
mod s3;
mod server;

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use bytes::Bytes;

pub use acknowledging::{Acknowledging, Asked};
pub use dynamodb::Db;
pub use failing::FailingStore;
pub use fault::{Fault, Faults, Gate, nth};
pub use in_process::InProcess;
pub use lineup_table::{CALENDAR, PERFORMANCES};
pub use memory::{MemoryStore, Object};
pub use proxy::Proxy;

use layer::{Of, Operation, Orders, Service, Unanswered};
use server::Server;

/// The services, until this is dropped.
pub struct Aws {
    /// For `endpoint_url`.
    pub endpoint: String,
    /// What is in the buckets.
    pub s3: MemoryStore,
    /// What is in the tables.
    pub db: Arc<Db>,
    /// The bodies of the messages that were published, URL-encoded as SNS gets them.
    pub published: Arc<Mutex<Vec<String>>>,
    orders: Orders,
    _server: Server,
}

#[derive(Clone)]
struct Services {
    s3: MemoryStore,
    db: Arc<Db>,
    published: Arc<Mutex<Vec<String>>>,
}

impl Aws {
    /// Starts them, with empty tables of performances and of the calendar.
    pub async fn start() -> Self {
        let services =
            Services { s3: MemoryStore::default(), db: Arc::new(Db::new()), published: Arc::default() };
        let orders = Orders::default();
        let server = Server::start(services.clone(), orders.clone()).await;
        let Services { s3, db, published } = services;
        Self { endpoint: server.endpoint.clone(), s3, db, published, orders, _server: server }
    }

    /// From now on requests go wrong as `faults` says.
    pub fn fail(&self, faults: impl FnMut(&str) -> Option<Fault> + Send + 'static) {
        self.order(Box::new(faults));
    }

    /// [`Self::fail`] with what [`nth`] gives.
    pub fn order(&self, faults: Faults) {
        self.orders.set(Some(faults));
    }

    /// From now on nothing goes wrong.
    pub fn heal(&self) {
        self.orders.set(None);
    }
}

impl Service for Services {
    async fn answer(&self, operation: &Operation, head: Parts, body: Bytes) -> Result<Response, Unanswered> {
        Ok(match operation.of {
            Of::Sns => self.publish(&body),
            Of::DynamoDb => self.db.answer(&operation.name, &body),
            Of::S3 => s3::answer(&self.s3, &head, body),
        })
    }
}

impl Services {
    fn publish(&self, body: &[u8]) -> Response {
        self.published.lock().unwrap().push(String::from_utf8_lossy(body).into_owned());
        let result = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
                      <MessageId>message-1</MessageId></PublishResult></PublishResponse>";
        respond(200, result)
    }
}

fn respond(status: u16, body: impl Into<Body>) -> Response {
    Response::builder().status(StatusCode::from_u16(status).unwrap()).body(body.into()).unwrap()
}
