//! The domain of lineup, without I/O, clock or randomness of its own.
//!
//! A festival lineup is a CSV file. [`plan`] cuts it into chunks on record
//! boundaries, [`records`] reads the records of a chunk, [`row`] turns a record
//! into a [`row::Performance`] or a [`reject::Reject`], [`table`] says which item
//! that is, and [`batch`] packs items for `BatchWriteItem`. [`contract`] holds
//! every JSON document that the functions and the state machine exchange.

pub mod backoff;
pub mod batch;
pub mod boundary;
pub mod clock_time;
pub mod concurrency;
pub mod contract;
pub mod date;
pub mod error;
pub mod grid;
pub mod header;
mod key_map;
pub mod layout;
pub mod plan;
pub mod records;
pub mod reject;
pub mod row;
pub mod table;
pub mod transition;
