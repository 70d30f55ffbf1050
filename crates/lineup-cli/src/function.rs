//! The binary as one of the Lambda functions: the same handler behind the same
//! runtime as in a deployment, so that one build serves the local run.

use anyhow::anyhow;
use tokio::runtime::Builder;

use crate::args::FunctionName;
use crate::exit::Exit;

/// As the function's own `main` has it: `load` has one thread.
pub fn runtime(function: FunctionName) -> Builder {
    let mut runtime = match function {
        FunctionName::Load => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    runtime.enable_all();
    runtime
}

/// Serves invocations until the sandbox is ended.
pub async fn run(function: FunctionName) -> anyhow::Result<Exit> {
    embedded_aws::exit_with_parent();
    let served = match function {
        FunctionName::Split => split::serve().await,
        FunctionName::Load => load::serve().await,
        FunctionName::Summarize => summarize::serve().await,
        FunctionName::Notify => notify::serve().await,
        FunctionName::Recover => recover::serve().await,
    };
    served.map_err(|error| anyhow!(error))?;
    Ok(Exit::Succeeded)
}
