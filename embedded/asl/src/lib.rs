//! The Amazon States Language: what a definition says and how its parts
//! compute. Pure: no I/O, no clock, no randomness.
//!
//! Not the whole language is known: README.md lists what is. Everything else is refused when a
//! definition is loaded, by name and place, and nothing is ignored.

pub mod choice;
pub mod definition;
pub mod failure;
mod fields;
mod load;
mod load_choice;
mod load_error;
pub mod path;
pub mod retry;
mod substitution;
pub mod template;
mod transitions;

pub use load::load;
pub use load_error::LoadError;
