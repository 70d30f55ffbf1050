//! Faults of requests.

use std::sync::Arc;

use tokio::sync::watch;

/// The fault of one request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It is throttled, with the error of its service, and has no effect.
    Throttled,
    /// Its service fails (HTTP 500), and it has no effect.
    InternalError,
    /// It is denied, with the error of its service, and has no effect.
    AccessDenied,
    /// It is refused with this status and error code, and has no effect.
    Refused(u16, &'static str),
    /// The connection ends before it has an effect.
    Reset,
    /// It takes effect, and the connection ends without an answer.
    AnswerLost,
    /// It takes effect, but the connection breaks after this many bytes of the answer's body.
    BreaksAfter(usize),
    /// Only this many of its items are written; the others are returned as unprocessed (`BatchWriteItem`).
    WritesOnly(usize),
    /// It waits at the gate before it has an effect.
    Held(Gate),
    /// It takes effect, and the answer waits at the gate.
    AnswerHeld(Gate),
}

/// Gives the fault of a request by its operation: `BatchWriteItem`, `Query`, `Publish`; for
/// S3 the method and `bucket/key` (`GET imports/imports/…`), or `LIST` and `bucket/prefix`.
pub type Faults = Box<dyn FnMut(&str) -> Option<Fault> + Send>;

/// A place where a request waits until the test opens it. Clones are the same gate.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<watch::Sender<GateState>>);

#[derive(Debug, Default)]
struct GateState {
    reached: usize,
    open: bool,
}

impl Gate {
    /// Waits until a request has arrived here.
    pub async fn reached(&self) {
        self.until(|state| state.reached > 0).await;
    }

    /// Releases the requests that wait here, and all later ones.
    pub fn open(&self) {
        self.0.send_modify(|state| state.open = true);
    }

    pub(crate) async fn pass(&self) {
        self.0.send_modify(|state| state.reached += 1);
        self.until(|state| state.open).await;
    }

    async fn until(&self, is: impl Fn(&GateState) -> bool) {
        // The sender is in `self`, so it exists.
        self.0.subscribe().wait_for(|state| is(state)).await.unwrap();
    }
}

/// Faults for the requests of an operation that `matches`. `fault` gets their number, from 1.
pub fn nth(
    matches: impl Fn(&str) -> bool + Send + 'static,
    mut fault: impl FnMut(usize) -> Option<Fault> + Send + 'static,
) -> Faults {
    let mut count = 0;
    Box::new(move |operation| {
        if !matches(operation) {
            return None;
        }
        count += 1;
        fault(count)
    })
}
