//! The `convert` function as a program. The library has its code.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    convert::serve().await
}
