//! Batches of puts, to the embedded DynamoDB and to its library's own server.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use bytes::Bytes;
use dynoxide::Database;
use lineup_aws::schema::Tables;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::replay::{send_all, storage};

/// How many stages there are, and how many days.
const STAGES: u64 = 40;
const DAYS: u64 = 20;

/// Prints `{"rows", "embedded", "library", "ratio"}`: the seconds of each run, and the ratio of the medians.
///
/// # Errors
/// A request is not processed in full.
pub(crate) async fn run(rows: u64, folder: &Path, runs: usize) -> anyhow::Result<()> {
    let requests = requests(rows);
    let (mut embedded, mut library) = (Vec::new(), Vec::new());
    for run in 0..runs {
        library.push(by_library(&folder.join(format!("library-{run}")), &requests).await?);
        embedded.push(by_embedded(folder.join(format!("embedded-{run}")), &requests).await?);
    }
    let ratio = median(&embedded) / median(&library);
    println!("{}", json!({"rows": rows, "embedded": embedded, "library": library, "ratio": ratio}));
    Ok(())
}

fn median(seconds: &[f64]) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

async fn by_embedded(data: PathBuf, requests: &[Bytes]) -> anyhow::Result<f64> {
    let embedded = storage(data.clone()).await?;
    let seconds = send_all(embedded.endpoints().dynamodb.trim_start_matches("http://"), requests).await?;
    embedded.shutdown().await;
    std::fs::remove_dir_all(data)?;
    Ok(seconds)
}

/// The library's server, on a file that is opened as the embedded DynamoDB opens it.
async fn by_library(data: &Path, requests: &[Bytes]) -> anyhow::Result<f64> {
    std::fs::create_dir_all(data)?;
    let database = Database::new(&data.join("dynamodb.sqlite").to_string_lossy())?;
    database.disable_bulk_loading()?;
    for table in Tables::default().definitions() {
        database.create_table(serde_json::from_value(table.json())?)?;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async {
        // An error is the same request.
        let _ = stopped.await;
    };
    let serving = tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database, stopped));
    let seconds = send_all(&address, requests).await?;
    drop(stop);
    serving.await?.map_err(|error| anyhow!(error))?;
    std::fs::remove_dir_all(data)?;
    Ok(seconds)
}

/// The bodies of BatchWriteItem for so many rows, 25 in each, as `load` writes them of a file with one more column.
fn requests(rows: u64) -> Vec<Bytes> {
    let numbers: Vec<u64> = (0..rows).collect();
    let table = Tables::default().performances;
    let body = |rows: &[u64]| {
        let puts: Vec<Value> = rows.iter().map(|row| json!({"PutRequest": {"Item": item(*row)}})).collect();
        let body = json!({"ReturnConsumedCapacity": "TOTAL", "RequestItems": {table.as_str(): puts}});
        Bytes::from(body.to_string())
    };
    numbers.chunks(25).map(body).collect()
}

fn item(row: u64) -> Value {
    // Every row is another set, in no order of the table's keys.
    let mixed = row.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31);
    let performer = format!("Performer {row} & the {:x}", mixed >> 40);
    let stage = format!("Stage {}", mixed % STAGES);
    let date = format!("2025-07-{:02}", 1 + (mixed / STAGES) % DAYS);
    let start = format!("{:02}:{:02}", (mixed >> 20) % 24, (mixed >> 12) % 60);
    let text = |text: String| json!({ "S": text });
    json!({
        "Performer": text(performer.clone()),
        "Performance": text(format!("{date}#{start}#{stage}")),
        "Stage": text(stage.clone()),
        "Date": text(date.clone()),
        "Start": text(start.clone()),
        "End": text("23:59".to_owned()),
        "Popularity": { "N": (mixed % 101).to_string() },
        "Genre": text("drum and bass".to_owned()),
        "StageDay": text(format!("{stage}#{date}")),
        "StartPerformer": text(format!("{start}#{performer}")),
        "PopularityShard": text(format!("POP#{}", mixed % 16)),
        "Lineup": text(format!("{:032x}", 7)),
    })
}
