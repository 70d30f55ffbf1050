//! The `survey` function as a program. The library has its code.

// One thread, as in `load`: the function has one processor at most.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    survey::serve().await
}
