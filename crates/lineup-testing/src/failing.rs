//! An object store whose calls fail as a test says.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt};
use lineup_aws::object_store::{
    Head, ListPage, ObjectStore, PendingUpload, Pieces, PutCondition, StoreError, WholeObject,
};
use lineup_contracts::Source;

use crate::fault::{Fault, Faults};
use crate::layer::{Of, Operation, Orders};
use crate::memory::Refused;

/// A store with injected faults. Clones are the same store, with the same faults.
///
/// Operations have the names and faults of requests to S3 ([`Faults`]); every page of a list is an operation.
/// Unlike in the SDK there are no retries: a call with a fault fails.
#[derive(Clone)]
pub struct FailingStore {
    store: Arc<dyn ObjectStore>,
    orders: Orders,
}

impl fmt::Debug for FailingStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailingStore").field("store", &self.store).finish_non_exhaustive()
    }
}

impl FailingStore {
    /// A failing store in front of `store`, without faults at first.
    pub fn new(store: impl ObjectStore + 'static) -> Self {
        Self { store: Arc::new(store), orders: Orders::default() }
    }

    /// From now on calls have the faults that `faults` gives.
    pub fn fail(&self, faults: impl FnMut(&str) -> Option<Fault> + Send + 'static) {
        self.order(Box::new(faults));
    }

    /// [`Self::fail`] with what [`crate::nth`] gives.
    pub fn order(&self, faults: Faults) {
        self.orders.set(Some(faults));
    }

    /// From now on there are no faults.
    pub fn heal(&self) {
        self.orders.set(None);
    }

    async fn call<T>(
        &self,
        operation: String,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let fault = self.begin(operation).await?;
        let answer = work.await;
        match fault {
            Some(Fault::AnswerLost | Fault::BreaksAfter(_)) => Err(broken_off()),
            fault => passed(fault, answer).await,
        }
    }

    /// Applies faults that prevent the effect of a call. Otherwise returns the fault of the call, if any.
    async fn begin(&self, operation: String) -> Result<Option<Fault>, StoreError> {
        let fault = self.orders.of(&operation);
        let operation = Operation { of: Of::S3, name: operation };
        if let Some((status, code)) = fault.as_ref().and_then(|fault| operation.refusal(fault)) {
            return Err(Refused(status, code).into());
        }
        match &fault {
            Some(Fault::Reset) => return Err(broken_off()),
            Some(Fault::Held(gate)) => gate.pass().await,
            Some(Fault::WritesOnly(_)) => panic!("a store writes no items"),
            _ => {}
        }
        Ok(fault)
    }
}

impl ObjectStore for FailingStore {
    fn head_object<'a>(&'a self, source: &'a Source) -> BoxFuture<'a, Result<Head, StoreError>> {
        let operation = format!("HEAD {}/{}", source.bucket, source.key);
        Box::pin(self.call(operation, self.store.head_object(source)))
    }

    fn get_range<'a>(
        &'a self,
        source: &'a Source,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Pieces, StoreError>> {
        Box::pin(async move {
            let fault = self.begin(format!("GET {}/{}", source.bucket, source.key)).await?;
            let pieces = self.store.get_range(source, range).await;
            match fault {
                Some(Fault::AnswerLost) => Err(broken_off()),
                Some(Fault::BreaksAfter(bytes)) => pieces.map(|pieces| broken(pieces, bytes)),
                fault => passed(fault, pieces).await,
            }
        })
    }

    fn get_object<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
    ) -> BoxFuture<'a, Result<WholeObject, StoreError>> {
        Box::pin(self.call(format!("GET {bucket}/{key}"), self.store.get_object(bucket, key)))
    }

    fn put_object<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        content_type: &'a str,
        body: Bytes,
        condition: PutCondition<'a>,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        let put = self.store.put_object(bucket, key, content_type, body, condition);
        Box::pin(self.call(format!("PUT {bucket}/{key}"), put))
    }

    fn head_latest<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<Head, StoreError>> {
        Box::pin(self.call(format!("HEAD {bucket}/{key}"), self.store.head_latest(bucket, key)))
    }

    fn create_upload<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        content_type: &'a str,
    ) -> BoxFuture<'a, Result<PendingUpload, StoreError>> {
        let created = self.store.create_upload(bucket, key, content_type);
        Box::pin(self.call(format!("POST {bucket}/{key}"), created))
    }

    fn put_part<'a>(
        &'a self,
        upload: &'a PendingUpload,
        number: u32,
        body: Bytes,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        let put = self.store.put_part(upload, number, body);
        Box::pin(self.call(format!("PUT {}/{}", upload.bucket, upload.key), put))
    }

    fn complete_upload<'a>(
        &'a self,
        upload: &'a PendingUpload,
        parts: &'a [String],
        condition: PutCondition<'a>,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        let completed = self.store.complete_upload(upload, parts, condition);
        Box::pin(self.call(format!("POST {}/{}", upload.bucket, upload.key), completed))
    }

    fn abort_upload<'a>(&'a self, upload: &'a PendingUpload) -> BoxFuture<'a, Result<(), StoreError>> {
        let aborted = self.store.abort_upload(upload);
        Box::pin(self.call(format!("DELETE {}/{}", upload.bucket, upload.key), aborted))
    }

    fn list_objects<'a>(
        &'a self,
        bucket: &'a str,
        prefix: &'a str,
        delimiter: Option<&'a str>,
    ) -> BoxStream<'a, Result<ListPage, StoreError>> {
        let pages = self.store.list_objects(bucket, prefix, delimiter);
        let pages = stream::unfold(Some(pages), move |pages| async move {
            let mut pages = pages?;
            let page = pages.next().await?;
            let page = self.call(format!("LIST {bucket}/{prefix}"), async { page }).await;
            let rest = page.is_ok().then_some(pages);
            Some((page, rest))
        });
        pages.boxed()
    }

    fn delete_object<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.call(format!("DELETE {bucket}/{key}"), self.store.delete_object(bucket, key)))
    }
}

/// The answer. If the fault holds it at a gate, waits there first.
async fn passed<T>(fault: Option<Fault>, answer: T) -> T {
    if let Some(Fault::AnswerHeld(gate)) = fault {
        gate.pass().await;
    }
    answer
}

fn broken_off() -> StoreError {
    StoreError::Unavailable("the connection ended, as ordered".into())
}

/// The first bytes of the body, and then an error.
fn broken(pieces: Pieces, bytes: usize) -> Pieces {
    let first = stream::unfold((pieces, Some(bytes)), async |(mut pieces, left)| {
        let left = left?;
        match pieces.next().await {
            Some(Ok(mut piece)) if left > 0 => {
                piece.truncate(left);
                let left = left - piece.len();
                Some((Ok(piece), (pieces, Some(left))))
            }
            _ => Some((Err(broken_off()), (pieces, None))),
        }
    });
    first.boxed()
}
