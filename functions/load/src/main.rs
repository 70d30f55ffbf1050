//! Loads one chunk into the table. See the library; this only wires.

// One thread: up to 1,769 MB a function has one processor or a part of it (Lambda guide, "Configure
// Lambda function memory"), and to wake another thread costs more than it could do meanwhile.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    load::serve().await
}
