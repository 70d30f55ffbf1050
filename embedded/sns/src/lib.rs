//! An embedded SNS: one topic, which keeps every message and tells who listens.

mod query;
mod sns;

pub use sns::{Published, Sns};
