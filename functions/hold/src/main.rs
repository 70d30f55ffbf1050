//! The `hold` function as a program. The library has its code.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    hold::serve().await
}
