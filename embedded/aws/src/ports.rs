//! What the engine needs from outside, from the embedded Lambda and S3.

use std::sync::Arc;

use bytes::Bytes;
use embedded_lambda::Functions;
use embedded_s3::{BucketStoreError, Buckets};
use embedded_step_functions::ports::{Invocation, ObjectError, ObjectStorage, TaskFailure, TaskRunner};
use futures::future::BoxFuture;
use serde_json::Value;

/// Task states invoke functions in sandboxes.
pub(crate) struct LambdaTasks(pub(crate) Arc<Functions>);

impl LambdaTasks {
    async fn run(&self, invocation: Invocation) -> Result<Value, TaskFailure> {
        let turn = invocation.turn.clone();
        let invoked = self.0.invoke_in_turn(&invocation.function, &invocation.payload, move || turn.comes());
        tokio::select! {
            answer = invoked => {
                answer.map_err(|error| TaskFailure { error: error.name(), cause: error.cause() })
            }
            () = invocation.cancel.cancelled() => Err(cancelled()),
        }
    }
}

/// Nobody sees it: the engine does not wait for the answer any more.
fn cancelled() -> TaskFailure {
    TaskFailure { error: "States.TaskFailed".to_owned(), cause: "the invocation was cancelled".to_owned() }
}

impl TaskRunner for LambdaTasks {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Result<Value, TaskFailure>> {
        Box::pin(self.run(invocation))
    }

    fn queues(&self) -> bool {
        true
    }
}

/// ItemReader and ResultWriter work on the buckets without a detour over HTTP.
pub(crate) struct S3Objects(pub(crate) Buckets);

impl ObjectStorage for S3Objects {
    fn get<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<Bytes, ObjectError>> {
        Box::pin(async move { self.0.get(bucket, key).map_err(object_error) })
    }

    fn put<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        body: Bytes,
    ) -> BoxFuture<'a, Result<(), ObjectError>> {
        Box::pin(async move { self.0.put(bucket, key, &body).map_err(object_error) })
    }
}

fn object_error(error: BucketStoreError) -> ObjectError {
    ObjectError { code: error.code().to_owned(), message: error.to_string() }
}
