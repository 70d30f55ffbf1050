//! lineup-local

pub mod asl;
pub mod engine;
