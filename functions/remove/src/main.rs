//! The `remove` function as a program. The library has its code.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    remove::serve().await
}
