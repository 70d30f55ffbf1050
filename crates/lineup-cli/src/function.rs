//! The binary as one of the Lambda functions: the same handler behind the same
//! runtime as in a deployment, so that one build serves the local run.

use anyhow::anyhow;

use crate::args::Function;
use crate::exit::Exit;

/// Serves invocations until the sandbox is ended.
pub async fn run(function: Function) -> anyhow::Result<Exit> {
    lineup_local::exit_with_parent();
    let served = match function {
        Function::Split => split::serve().await,
        Function::Load => load::serve().await,
        Function::Summarize => summarize::serve().await,
        Function::Notify => notify::serve().await,
        Function::Recover => recover::serve().await,
    };
    served.map_err(|error| anyhow!(error))?;
    Ok(Exit::Succeeded)
}
