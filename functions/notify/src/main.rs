//! Tells people how an import ended. See the library; this only wires.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    notify::serve().await
}
