//! What can go wrong with a request.

use std::sync::Arc;

use tokio::sync::watch;

/// What is to go wrong with one request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It is refused because of its rate, as its service says it, and has no effect.
    Throttled,
    /// Its service fails (HTTP 500), and it has no effect.
    InternalError,
    /// It is not allowed, as its service says it, and has no effect.
    AccessDenied,
    /// It is refused with this status and error code, and has no effect.
    Refused(u16, &'static str),
    /// The connection ends before it has an effect.
    Reset,
    /// It takes effect, and the connection ends without an answer.
    AnswerLost,
    /// It takes effect, but the connection breaks after this many bytes of the answer's body.
    BreaksAfter(usize),
    /// Only this many of its items are written; the others are given back (`BatchWriteItem`).
    WritesOnly(usize),
    /// It waits at the gate before it has an effect.
    Held(Gate),
    /// It takes effect, and the answer waits at the gate.
    AnswerHeld(Gate),
}

/// Decides which requests go wrong, by the operation: `BatchWriteItem`, `Query`, `Publish`;
/// of S3 the method and `bucket/key` (`GET imports/imports/…`), or `LIST` and `bucket/prefix`.
pub type Faults = Box<dyn FnMut(&str) -> Option<Fault> + Send>;

/// Where a request waits until the test lets it go on. Clones are the same gate.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<watch::Sender<GateState>>);

#[derive(Debug, Default)]
struct GateState {
    reached: usize,
    open: bool,
}

impl Gate {
    /// Waits until a request is held here, or was.
    pub async fn reached(&self) {
        self.until(|state| state.reached > 0).await;
    }

    /// Lets go what is held here and whatever comes later.
    pub fn open(&self) {
        self.0.send_modify(|state| state.open = true);
    }

    pub(crate) async fn pass(&self) {
        self.0.send_modify(|state| state.reached += 1);
        self.until(|state| state.open).await;
    }

    async fn until(&self, is: impl Fn(&GateState) -> bool) {
        // The sender is ours, so it is not gone.
        self.0.subscribe().wait_for(|state| is(state)).await.unwrap();
    }
}

/// The requests of an operation that `matches`, counted from 1, go wrong as `fault` says.
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
