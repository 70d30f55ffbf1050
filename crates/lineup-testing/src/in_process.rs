//! The same services without a port, for tests on tokio's paused clock, which would advance during any wait
//! for a socket.

use std::sync::{Arc, Mutex};

use axum::http::request::Parts;
use axum::response::Response;
use bytes::Bytes;

use crate::aws::Services;
use crate::dynamodb::Db;
use crate::fault::Faults;
use crate::layer::{self, Orders};
use crate::memory::MemoryStore;

/// S3, DynamoDB and SNS, which take requests as values.
#[derive(Clone)]
pub struct InProcess {
    /// The objects of all buckets.
    pub s3: MemoryStore,
    /// The tables.
    pub db: Arc<Db>,
    /// The bodies of the publish requests, URL-encoded.
    pub published: Arc<Mutex<Vec<String>>>,
    services: Services,
}

impl Default for InProcess {
    fn default() -> Self {
        let services =
            Services { s3: MemoryStore::default(), db: Arc::new(Db::new()), published: Arc::default() };
        let Services { s3, db, published } = services.clone();
        Self { s3, db, published, services }
    }
}

impl InProcess {
    /// Answers a request, with the fault that `faults` gives for it; `None` if the connection ends.
    pub async fn answer(&self, head: Parts, body: Bytes, faults: Faults) -> Option<Response> {
        let orders = Orders::default();
        orders.set(Some(faults));
        layer::answer(&self.services, &orders, head, body).await.ok()
    }
}
