//! The AWS side of `lineup`: all calls of the SDK, and no parsing of lineups.
//!
//! [`client`] configures the SDK. [`object_store`] is the trait of an object store, and [`s3`] implements it
//! for AWS. [`source`], [`source_file`], [`objects`] and [`object_writer`] use the trait; [`imports`] and [`map_runs`], the imports bucket, use
//! these; [`lineups`], [`key_list`] and [`name_list`] the versions that it has of each lineup. [`writer`] and [`calendar`] write the tables. [`lambda`] and [`settings`] are shared by the
//! functions. [`names`] has the names of the resources where there is no stack.

pub mod calendar;
pub mod client;
pub mod error;
pub mod export;
pub mod imports;
pub mod invocation_limit;
pub mod item;
pub mod key_list;
pub mod key_list_writer;
pub mod key_merge;
pub mod lambda;
pub mod latest;
pub mod lineups;
pub mod map_runs;
pub mod name_list;
pub mod names;
pub mod object_store;
pub mod object_writer;
pub mod objects;
pub mod query;
pub mod s3;
pub mod schema;
pub mod settings;
pub mod source;
pub mod source_file;
pub mod task;
pub mod writer;

pub use error::Error;
