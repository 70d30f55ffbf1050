//! The services for measurements of a function, in a separate process.

use std::fs::File;
use std::io::{BufRead, BufWriter};
use std::path::Path;
use std::time::Duration;

use lineup_testing::{Acknowledging, Asked, Aws, CALENDAR, PERFORMANCES};
use serde_json::{Value, json};

/// Prints `{"endpoint", "sns"}`. Then prints, for each line of its input, the puts that each table got so far.
///
/// # Errors
/// The recording cannot be written.
pub(crate) async fn run(delay: Duration, record: Option<&Path>) -> anyhow::Result<()> {
    let services = Acknowledging::start(delay).await;
    if let Some(path) = record {
        services.record(BufWriter::with_capacity(1 << 20, File::create(path)?));
    }
    let sns = Aws::start().await;
    println!("{}", json!({"endpoint": services.endpoint, "sns": sns.endpoint}));
    tokio::task::spawn_blocking(move || {
        for line in std::io::stdin().lock().lines() {
            line?;
            println!("{}", report(&services));
        }
        // Dropping the services ends the recording.
        drop(services);
        anyhow::Ok(())
    })
    .await?
}

fn report(services: &Acknowledging) -> Value {
    let asked = |table: &str| {
        let Asked { requests, items, bytes } = services.asked(table);
        (table.to_owned(), json!({"requests": requests, "items": items, "bytes": bytes}))
    };
    Value::Object([PERFORMANCES, CALENDAR].into_iter().map(asked).collect())
}
