//! Loads one chunk into the table. See the library; this only wires.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    load::serve().await
}
