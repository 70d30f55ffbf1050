//! Delivering the events of a bucket to the state machine.

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;

use crate::events::Bus;
use crate::server::StopSignal;
use embedded_s3::Buckets;
use embedded_step_functions::Engine;

/// Delivers events, and forgets each one when its execution has ended.
///
/// Not before: an execution that ends with this process may not have done anything lasting yet, and its event
/// would be lost. So an event may be delivered twice, as on AWS, and what it starts must allow for that.
pub(crate) struct Deliveries {
    pub(crate) bus: Bus,
    pub(crate) buckets: Buckets,
    /// How many events are under way.
    pub(crate) count: watch::Sender<usize>,
}

impl Deliveries {
    /// Delivers events, one after the other, until `stop`.
    pub(crate) async fn run(self, mut created: UnboundedReceiver<Value>, mut stop: StopSignal) {
        let mut executions = FuturesUnordered::new();
        loop {
            let step = tokio::select! {
                Some(event) = created.recv() => DeliveryStep::Created(event),
                Some(event) = executions.next() => DeliveryStep::Ended(event),
                _ = stop.wait_for(|stop| *stop) => break,
            };
            match step {
                DeliveryStep::Created(event) => executions.extend(self.start(event).await),
                DeliveryStep::Ended(event) => event.iter().for_each(|event| self.forget(event)),
            }
            self.count.send_replace(created.len() + executions.len());
        }
        // What has ended by now is dealt with; the rest is for the next start. Every execution is asked, also one
        // whose waker was not called yet: its end may be known elsewhere already.
        for ended in executions.into_iter().filter_map(FutureExt::now_or_never) {
            ended.iter().for_each(|event| self.forget(event));
        }
    }

    /// Starts the execution of an event; what is given resolves at its end.
    async fn start(&self, event: Value) -> Option<BoxFuture<'static, Option<Value>>> {
        match self.bus.deliver(&event).await {
            Ok(Some(started)) => {
                return Some(ended(self.bus.engine.clone(), started.execution_arn, event).boxed());
            }
            Ok(None) => self.forget(&event),
            // It stays on disk, for the next start.
            Err(error) => tracing::error!(?error, %event, "an S3 event was not delivered"),
        }
        None
    }

    /// A file that stays is a second delivery, which does no harm.
    fn forget(&self, event: &Value) {
        if let Err(error) = self.buckets.forget_event(event) {
            tracing::warn!(%error, %event, "an S3 event that was delivered could not be removed");
        }
    }
}

enum DeliveryStep {
    Created(Value),
    Ended(Option<Value>),
}

/// Gives the event back when its execution has ended; nothing, if what it came to is unknown.
async fn ended(engine: Engine, arn: String, event: Value) -> Option<Value> {
    let record = engine.wait(&arn).await.ok()?;
    record.status.is_terminal().then_some(event)
}
