//! Every question against a plain filter over the source rows, on a real client and server.
mod crash;
mod lineups;
mod names;
mod questions;
mod server;

use std::sync::LazyLock;

/// The runtime of all tests, because property tests are not asynchronous.
static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
});
