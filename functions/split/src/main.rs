//! Cuts an uploaded file into chunks. See the library; this only wires.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    split::serve().await
}
