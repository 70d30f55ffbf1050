//! Says which chunks of an import are still to be loaded. See the library; this only wires.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    recover::serve().await
}
