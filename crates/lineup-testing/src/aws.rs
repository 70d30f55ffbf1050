//! S3, DynamoDB and SNS together on one port.

use std::sync::{Arc, Mutex};

use axum::http::request::Parts;
use axum::response::Response;
use bytes::Bytes;

use crate::dynamodb::Db;
use crate::fault::{Fault, Faults};
use crate::layer::{Of, Operation, Orders, Service, Unanswered};
use crate::memory::MemoryStore;
use crate::response::respond;
use crate::s3;
use crate::server::Server;

/// The services, until this is dropped.
pub struct Aws {
    /// The value for `endpoint_url`.
    pub endpoint: String,
    /// The objects of all buckets.
    pub s3: MemoryStore,
    /// The tables.
    pub db: Arc<Db>,
    /// The bodies of the publish requests, URL-encoded.
    pub published: Arc<Mutex<Vec<String>>>,
    orders: Orders,
    _server: Server,
}

#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) s3: MemoryStore,
    pub(crate) db: Arc<Db>,
    pub(crate) published: Arc<Mutex<Vec<String>>>,
}

impl Aws {
    /// Starts the services, with empty tables of performances and of the calendar.
    pub async fn start() -> Self {
        let services =
            Services { s3: MemoryStore::default(), db: Arc::new(Db::new()), published: Arc::default() };
        let orders = Orders::default();
        let server = Server::start(services.clone(), orders.clone()).await;
        let Services { s3, db, published } = services;
        Self { endpoint: server.endpoint.clone(), s3, db, published, orders, _server: server }
    }

    /// From now on requests have the faults that `faults` gives.
    pub fn fail(&self, faults: impl FnMut(&str) -> Option<Fault> + Send + 'static) {
        self.order(Box::new(faults));
    }

    /// [`Self::fail`] with what [`nth`](crate::nth) gives.
    pub fn order(&self, faults: Faults) {
        self.orders.set(Some(faults));
    }

    /// From now on there are no faults.
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
