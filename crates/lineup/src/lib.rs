//! The domain of lineup, without I/O, clock or randomness of its own.
//!
//! A festival lineup is a CSV file. [`plan`] cuts it into chunks on record
//! boundaries, [`records`] reads the records of a chunk, [`row`] turns a record
//! into a [`row::Performance`] or a [`row::Reject`], [`table`] says which item
//! that is, and [`batch`] packs items for `BatchWriteItem`. [`contract`] holds
//! every JSON document that the functions and the state machine exchange.

pub mod boundary;
pub mod contract;
pub mod error;
pub mod header;
pub mod layout;
pub mod plan;
pub mod records;
