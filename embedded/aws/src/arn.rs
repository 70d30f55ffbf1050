//! Whose the embedded resources are, and their ARNs.

/// The region of every embedded service.
pub const REGION: &str = "us-east-1";

/// The account that owns everything embedded.
pub const ACCOUNT: &str = "000000000000";

/// The ARN of the SNS topic `name`.
pub fn topic_arn(name: &str) -> String {
    format!("arn:aws:sns:{REGION}:{ACCOUNT}:{name}")
}

/// The ARN of the Lambda function `name`.
pub fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

/// The ARN of the state machine `name`.
pub fn state_machine_arn(name: &str) -> String {
    format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}")
}
