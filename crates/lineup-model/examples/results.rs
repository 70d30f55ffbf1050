//! Measures `summarize` and `recover` where an import has as many chunks as it may: requests, processor time, memory, and the time on
//! the clock where a request takes 20 ms.
//!
//!     cargo run --release -p lineup-model --example results -- 1000000
//!
//! The SDK sends its requests to a store in this process that makes each result when it is asked for, so that it hardly counts in the
//! memory. Its clock is tokio's paused one: a wait costs no time. There are no sockets and no TLS. Linux only (`/proc`). Figures in
//! documents are from here.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fmt::Write;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use delimited::Chunk;
use jiff::Timestamp;
use lineup_aws::client;
use lineup_aws::imports::Imports;
use lineup_aws::invocation_limit::InvocationLimit;
use lineup_aws::objects::Objects;
use lineup_contracts::layout::Layout;
use lineup_contracts::{RecoverInput, SummarizeInput};
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

const REQUEST: Duration = Duration::from_millis(20);
const KEYS_A_PAGE: usize = 1_000;
const CHUNK_BYTES: u64 = 16 << 20;

fn main() {
    let chunks = std::env::args().nth(1).map_or(1_000_000, |chunks| chunks.parse().unwrap());
    println!("{chunks} chunks; a request takes {} ms", REQUEST.as_millis());
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        measure("summarize, all loaded", chunks, 0, summarize).await;
        measure("summarize, 1,000 missing", chunks, 1_000.min(chunks), summarize).await;
        measure("recover, 1,000 missing", chunks, 1_000.min(chunks), recover).await;
    });
}

/// Measures one invocation. The last `missing` chunks have no result.
async fn measure(name: &str, chunks: u32, missing: u32, invoke: impl AsyncFn(Imports, u32, u32)) {
    let store = GeneratedStore(Arc::new(Generated::new(chunks, missing)));
    let config = client::config_at("http://s3").await.into_builder().http_client(store.clone()).build();
    let imports = Imports::new(Objects::new(client::s3(&config)), "imports");
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let (resident, cpu, begun) = (memory_mib("VmRSS"), cpu_seconds(), Instant::now());
    invoke(imports, chunks, missing).await;
    let [gets, lists, puts] =
        [&store.0.gets, &store.0.lists, &store.0.puts].map(|count| count.load(Ordering::Relaxed));
    println!(
        "{name}: {gets} GET, {lists} LIST, {puts} PUT; {:.0} s on the clock; {:.1} processor s; {:.0} MiB more than before, at most",
        begun.elapsed().as_secs_f64(),
        cpu_seconds() - cpu,
        memory_mib("VmHWM") - resident,
    );
}

async fn summarize(imports: Imports, chunks: u32, missing: u32) {
    let context = summarize::SummarizeContext { imports, invocation_limit: InvocationLimit::default() };
    let input = json!({"state": {"import": {"import_id": Uuid::nil()}}, "execution_arn": "one"});
    let input: SummarizeInput = serde_json::from_value(input).unwrap();
    let reported = summarize::handle(&context, input, Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!((reported.chunks.loaded, reported.chunks.failed), (chunks - missing, missing));
    assert_eq!(reported.rows.read, u64::from(chunks - missing) * 3);
}

async fn recover(imports: Imports, _: u32, missing: u32) {
    let input = json!({"rerun": {"import_id": Uuid::nil()}, "execution_arn": "one"});
    let input: RecoverInput = serde_json::from_value(input).unwrap();
    let plan = recover::handle(&imports, input).await.unwrap();
    assert_eq!(plan.chunks.unwrap().count, missing);
}

/// The objects of one import, made when they are asked for.
#[derive(Debug, Clone)]
struct GeneratedStore(Arc<Generated>);

#[derive(Debug)]
struct Generated {
    chunks: u32,
    /// The chunks that have a result, in the order of their keys: 100000 comes before 99999.
    listed: Vec<u32>,
    gets: AtomicU64,
    lists: AtomicU64,
    puts: AtomicU64,
}

impl Generated {
    fn new(chunks: u32, missing: u32) -> Self {
        let mut listed: Vec<u32> = (1..=chunks - missing).collect();
        listed.sort_by_cached_key(|chunk| format!("{chunk:05}"));
        let [gets, lists, puts] = [(); 3].map(|()| AtomicU64::default());
        Self { chunks, listed, gets, lists, puts }
    }

    fn chunk(chunk: u32) -> Chunk {
        let start = u64::from(chunk - 1) * CHUNK_BYTES;
        Chunk { chunk, start, end: start + CHUNK_BYTES, first_line: u64::from(chunk) * 200_000 }
    }

    fn get(&self, key: &str) -> Option<Vec<u8>> {
        let layout = Layout(Uuid::nil());
        if let Some(chunk) = layout.chunk_of_result(key) {
            let Chunk { start, end, first_line, .. } = Self::chunk(chunk);
            let result = json!({
                "chunk": chunk, "start": start, "end": end, "first_line": first_line,
                "rows": {"read": 3, "written": 3, "rejected": 0, "replaced": 0}, "bytes": CHUNK_BYTES,
                "write_units": 9.0, "throttles": 0, "milliseconds": 70_000, "invocations": 1, "rejects": [],
                "execution_arn": "arn:aws:states:us-east-1:123456789012:execution:lineup-ImportStateMachine:0b0c2f0e-5d3f"
            });
            return Some(serde_json::to_vec_pretty(&result).unwrap());
        }
        if key == layout.chunks() {
            let mut lines = String::new();
            for chunk in 1..=self.chunks {
                writeln!(lines, "{}", serde_json::to_string(&Self::chunk(chunk)).unwrap()).unwrap();
            }
            return Some(lines.into_bytes());
        }
        (key == layout.manifest()).then(|| serde_json::to_vec(&self.manifest()).unwrap())
    }

    fn manifest(&self) -> serde_json::Value {
        json!({
            "import_id": Uuid::nil(), "source": {"bucket": "uploads", "key": "a.csv", "version_id": null, "etag": "e", "size": 1},
            "dialect": {"delimiter": ",", "byte_order_mark": false}, "columns": [], "chunks": self.chunks,
            "chunk_bytes": CHUNK_BYTES, "max_concurrency": 8, "execution_arn": "one"
        })
    }

    /// A page of the list of results, after the key that the query names.
    fn list(&self, query: &str) -> String {
        let layout = Layout(Uuid::nil());
        let of = |name: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
        };
        if of("prefix").unwrap() != layout.results() {
            return "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>".to_owned();
        }
        let from: usize = of("continuation-token").map_or(0, |token| token.parse().unwrap());
        let to = self.listed.len().min(from + KEYS_A_PAGE);
        let mut page = format!("<ListBucketResult><IsTruncated>{}</IsTruncated>", to < self.listed.len());
        write!(page, "<NextContinuationToken>{to}</NextContinuationToken>").unwrap();
        for chunk in &self.listed[from..to] {
            write!(page, "<Contents><Key>{}</Key><Size>400</Size></Contents>", layout.result(*chunk))
                .unwrap();
        }
        page + "</ListBucketResult>"
    }

    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let uri = request.uri();
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let key = path.split_once("/imports/").map_or("", |(_, key)| key);
        let (status, body) = match request.method() {
            "PUT" => {
                self.puts.fetch_add(1, Ordering::Relaxed);
                (200, Vec::new())
            }
            _ if query.contains("list-type=2") => {
                self.lists.fetch_add(1, Ordering::Relaxed);
                (200, self.list(query).into_bytes())
            }
            _ => {
                self.gets.fetch_add(1, Ordering::Relaxed);
                let none = || (404, b"<Error><Code>NoSuchKey</Code></Error>".to_vec());
                self.get(key).map_or_else(none, |body| (200, body))
            }
        };
        let length = body.len();
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        response.headers_mut().insert("content-length", length.to_string());
        response.headers_mut().insert("etag", "\"e\"");
        response
    }
}

impl HttpConnector for GeneratedStore {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let store = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move {
            tokio::time::sleep(REQUEST).await;
            Ok(store.answer(&request))
        })
    }
}

impl HttpClient for GeneratedStore {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// User and system time of this process.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |field: usize| fields[field].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / 100.0
}

fn memory_mib(field: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
