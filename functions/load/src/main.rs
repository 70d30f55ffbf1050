//! The `load` function as a program. The library has its code.

// One thread: with up to 1,769 MB of memory, a function has at most one processor (Lambda guide, "Configure
// Lambda function memory"). Waking a second thread would cost more time than it could save.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    load::serve().await
}
