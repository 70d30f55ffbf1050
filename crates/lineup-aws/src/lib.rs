//! The SDK behind `lineup`: everything that talks to AWS, and nothing that
//! knows how a lineup is written.
//!
//! [`client`] sets the SDK up. Objects: [`object_store`] is the trait of a store,
//! [`s3`] the one of AWS; [`source`] and [`objects`] work on the trait, and
//! [`imports`] and [`map_runs`], the imports bucket, on these. [`writer`] and
//! [`calendar`] are the tables, [`lambda`] and [`settings`] what the five functions share, [`names`] those
//! of the resources without a stack.

pub mod calendar;
pub mod client;
pub mod error;
pub mod export;
pub mod imports;
pub mod item;
pub mod lambda;
pub mod map_runs;
pub mod names;
pub mod object_store;
pub mod objects;
pub mod query;
pub mod s3;
pub mod schema;
pub mod settings;
pub mod source;
pub mod task;
pub mod writer;

pub use error::Error;
