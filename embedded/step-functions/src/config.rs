//! What the engine is told about its state machine.

/// Who the state machine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The region of the ARNs, such as `eu-west-1`.
    pub region: String,
    /// The account of the ARNs, twelve digits.
    pub account: String,
    /// The state machine's name.
    pub machine: String,
    /// The role it would run as, for `$$.Execution.RoleArn`.
    pub role_arn: String,
    /// Where the randomness of retry jitter begins.
    pub seed: u64,
    /// What to do about an execution whose process ended before it did: the second sentence of that
    /// execution's cause.
    pub interrupted_hint: String,
}
