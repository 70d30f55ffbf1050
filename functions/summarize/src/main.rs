//! Adds up what became of an import's chunks. See the library; this only wires.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    summarize::serve().await
}
