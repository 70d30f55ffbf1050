//! A state machine as its definition says.

/// A loaded definition.
#[derive(Debug, Clone)]
pub struct StateMachine {}
