//! An embedded Step Functions: runs one state machine and keeps its executions on disk.
//!
//! [`Engine`] runs them, with a [`ports::TaskRunner`] for the functions, [`ports::ObjectStorage`] for the
//! files of Map states, and a [`ports::Clock`]; [`api`] is the HTTP API over it. Definitions are read
//! by the crate [`asl`]. [`testing`] has an engine for tests whose clock jumps over every wait.

pub mod api;
mod arn;
pub mod cancel;
mod child;
mod client_tokens;
mod config;
mod context;
mod damage;
mod ended;
mod ending;
mod engine;
pub mod error;
mod event;
mod execution;
mod history;
mod item_reader;
mod limits;
mod listing;
mod live;
mod map_plan;
mod map_results;
mod map_run;
mod mutex;
pub mod ports;
pub mod record;
mod recover;
mod redrive;
mod result_writer;
mod shared;
mod start;
mod store;
mod task;
pub mod testing;

pub use asl;
pub use config::Config;
pub use ending::INTERRUPTED;
pub use engine::Engine;
pub use listing::{ExecutionFilter, Page, Paged};
