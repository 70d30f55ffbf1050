//! Runs this program as one of the Lambda functions, with the handler and the runtime of a
//! deployment. So a local run needs one binary only.

use anyhow::anyhow;
use tokio::runtime::Builder;

use crate::args::FunctionName;
use crate::exit::Exit;

/// The runtime that the function's own `main` uses: `survey` and `load` have one thread.
pub(crate) fn runtime(function: FunctionName) -> Builder {
    let mut runtime = match function {
        FunctionName::Survey | FunctionName::Load => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    runtime.enable_all();
    runtime
}

/// Serves invocations until the sandbox is ended.
pub(crate) async fn run(function: FunctionName) -> anyhow::Result<Exit> {
    embedded_aws::exit_with_parent();
    let served = match function {
        FunctionName::Convert => convert::serve().await,
        FunctionName::Split => split::serve().await,
        FunctionName::Survey => survey::serve().await,
        FunctionName::Hold => hold::serve().await,
        FunctionName::Load => load::serve().await,
        FunctionName::Remove => remove::serve().await,
        FunctionName::Summarize => summarize::serve().await,
        FunctionName::Notify => notify::serve().await,
        FunctionName::Recover => recover::serve().await,
    };
    served.map_err(|error| anyhow!(error))?;
    Ok(Exit::Succeeded)
}
