//! Lambda functions as processes of their own, behind the Lambda Runtime API.
//!
//! A function is any program that speaks the Runtime API (Lambda developer
//! guide, "Using the Lambda runtime API"): a packaged bootstrap, or
//! the caller's own program, started again as one of its functions. A process serves one invocation at a
//! time and is kept for the next one.

mod error;
mod functions;
mod memory;
mod parent;
mod pool;
mod runtime_api;
mod sandbox;
mod spec;

pub use error::InvocationError;
pub use functions::Functions;
pub use parent::exit_with_parent;
pub use spec::FunctionSpec;
