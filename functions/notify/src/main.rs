//! The `notify` function as a program. The library has its code.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    notify::serve().await
}
