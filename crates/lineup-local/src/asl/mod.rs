//! The Amazon States Language: what a definition says. Pure: no I/O, no clock.

pub mod definition;
