//! What a function is.

use std::path::PathBuf;
use std::time::Duration;

/// A function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSpec {
    /// Its name, the last part of its ARN.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// The program's arguments.
    pub args: Vec<String>,
    /// Environment variables, beside those that AWS sets.
    pub env: Vec<(String, String)>,
    /// An invocation that takes longer is killed.
    pub timeout: Duration,
    /// What AWS_LAMBDA_FUNCTION_MEMORY_SIZE says, in MB. Nothing enforces it here.
    pub memory_mb: u32,
    /// Invocations beyond this number wait for a free sandbox.
    pub max_concurrency: usize,
}
