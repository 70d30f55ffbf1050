//! The picture of a state machine, drawn from its definition.

mod flow;
mod picture;
mod placement;

pub(crate) use flow::Flow;
pub(crate) use picture::picture;
