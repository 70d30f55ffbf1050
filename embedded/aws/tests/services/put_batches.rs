//! Batches of puts: the embedded DynamoDB against the library's own server, over the same random requests.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode, header};
use dynoxide::Database;
use embedded_aws::{Embedded, Options};
use fastrand::Rng;
use futures::future::join_all;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::run::storage_options;

/// A table with a sort key and indexes of each projection, and one with neither.
fn tables() -> Vec<Value> {
    let attribute = |name: &str, of: &str| json!({ "AttributeName": name, "AttributeType": of });
    let key = |name: &str, of: &str| json!({ "AttributeName": name, "KeyType": of });
    let index = |name: &str, keys: Value, projection: Value| json!({ "IndexName": name, "KeySchema": keys, "Projection": projection });
    vec![
        json!({
            "TableName": "Sets",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                attribute("Performer", "S"), attribute("Number", "N"), attribute("Stage", "S"), attribute("Rank", "N")
            ],
            "KeySchema": [key("Performer", "HASH"), key("Number", "RANGE")],
            "GlobalSecondaryIndexes": [
                index("All", json!([key("Stage", "HASH"), key("Number", "RANGE")]), json!({ "ProjectionType": "ALL" })),
                index("Keys", json!([key("Rank", "HASH")]), json!({ "ProjectionType": "KEYS_ONLY" })),
                index(
                    "Some",
                    json!([key("Stage", "HASH"), key("Rank", "RANGE")]),
                    json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": ["Note"] })
                ),
            ]
        }),
        json!({
            "TableName": "Days",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [attribute("Day", "S")],
            "KeySchema": [key("Day", "HASH")]
        }),
    ]
}

/// A server that is asked over HTTP.
struct Asked(SocketAddr);

impl Asked {
    async fn ask(&self, operation: &str, body: impl Into<Bytes>) -> (StatusCode, Value) {
        let request = Request::post("/")
            .header(header::HOST, self.0.to_string())
            .header(header::CONTENT_TYPE, "application/x-amz-json-1.0")
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header("x-amz-date", "20250712T200000Z")
            .header(
                header::AUTHORIZATION,
                "AWS4-HMAC-SHA256 Credential=a/20250712/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
            )
            .body(Body::from(body.into()))
            .unwrap();
        let (status, _, body) = self.send(request).await;
        let mut answer = serde_json::from_slice(&body).unwrap_or(Value::Null);
        // The library has the tables of a batch in any order.
        if let Some(tables) = answer.get_mut("ConsumedCapacity").and_then(Value::as_array_mut) {
            tables.sort_by_key(|table| table["TableName"].to_string());
        }
        (status, answer)
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, header::HeaderMap, Bytes) {
        let stream = TcpStream::connect(self.0).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
        (parts.status, parts.headers, to_bytes(Body::new(body), usize::MAX).await.unwrap())
    }

    /// Everything in the tables and indexes.
    async fn contents(&self) -> BTreeMap<String, Vec<String>> {
        let mut contents = BTreeMap::new();
        for (table, index) in
            [("Sets", ""), ("Sets", "All"), ("Sets", "Keys"), ("Sets", "Some"), ("Days", "")]
        {
            let mut scan = json!({ "TableName": table });
            if !index.is_empty() {
                scan["IndexName"] = json!(index);
            }
            let (status, mut page) = self.ask("Scan", scan.to_string()).await;
            assert_eq!((status, page.get("LastEvaluatedKey")), (StatusCode::OK, None));
            let mut items: Vec<String> =
                page["Items"].as_array_mut().unwrap().iter().map(Value::to_string).collect();
            items.sort();
            contents.insert(format!("{table} {index}"), items);
        }
        contents
    }
}

/// The library's own server.
async fn library() -> Asked {
    let database = Database::memory().unwrap();
    for table in tables() {
        database.create_table(serde_json::from_value(table).unwrap()).unwrap();
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    Asked(address)
}

/// The embedded DynamoDB, which stops with the first of the two.
async fn ours(folder: &tempfile::TempDir) -> (Embedded, Asked) {
    let options = Options { tables: tables(), ..storage_options(folder.path()) };
    let embedded = Embedded::start(options).await.unwrap();
    let address = embedded.endpoints().dynamodb.strip_prefix("http://").unwrap().parse().unwrap();
    (embedded, Asked(address))
}

fn text(random: &mut Rng) -> Value {
    let length = [0, 1, 3, 900, 1_100, 3_000][random.usize(..6)];
    json!({ "S": "é".repeat(length / 2) + &"x".repeat(length % 2 + random.usize(..2)) })
}

/// A value that is mostly one of a key, at times anything else.
fn key_value(random: &mut Rng, value: Value) -> Value {
    if random.u8(..100) > 2 {
        return value;
    }
    let others = [
        json!({ "S": "" }),
        json!({ "N": "1e2" }),
        json!({ "N": "x" }),
        json!({ "BOOL": true }),
        json!({ "SS": ["a", "a"] }),
        json!({}),
        json!({ "S": "a", "N": "1" }),
        json!({ "S": "k".repeat(2_100) }),
        json!("text"),
    ];
    random.choice(others).unwrap()
}

fn item(random: &mut Rng, table: &str) -> Value {
    let mut item = serde_json::Map::new();
    let rare = |random: &mut Rng| random.u16(..300) == 0;
    if !rare(random) {
        let key = if table == "Sets" { "Performer" } else { "Day" };
        let value = json!({ "S": format!("p{}", random.u8(..9)) });
        item.insert(key.to_owned(), key_value(random, value));
    }
    if table == "Sets" && !rare(random) {
        let value = json!({ "N": random.choice(["1", "2", "2.0", "3", "-4", "0"]) });
        item.insert("Number".to_owned(), key_value(random, value));
    }
    if random.bool() {
        let value = json!({ "S": format!("s{}", random.u8(..3)) });
        item.insert("Stage".to_owned(), key_value(random, value));
    }
    if random.bool() {
        let value = json!({ "N": random.choice(["1", "1.0", "7", "80.5"]) });
        item.insert("Rank".to_owned(), key_value(random, value));
    }
    for name in ["Note", "Genre", ""] {
        if random.u8(..3) == 0 && (!name.is_empty() || rare(random)) {
            item.insert(name.to_owned(), text(random));
        }
    }
    if rare(random) {
        item.insert("Long".to_owned(), json!({ "S": "x".repeat(409_600 - random.usize(..200)) }));
    }
    if random.u8(..60) == 0 {
        let other = [json!({ "L": [{ "S": "a" }] }), json!({ "NULL": true }), json!({ "NS": ["1", "2"] })];
        item.insert("Other".to_owned(), random.choice(other).unwrap());
    }
    Value::Object(item)
}

fn write(random: &mut Rng, table: &str) -> Value {
    match random.u8(..40) {
        0 => {
            let key = item(random, table);
            let names = if table == "Sets" { vec!["Performer", "Number"] } else { vec!["Day"] };
            let key: serde_json::Map<_, _> =
                names.iter().filter_map(|name| Some(((*name).to_owned(), key.get(*name)?.clone()))).collect();
            json!({ "DeleteRequest": { "Key": key } })
        }
        _ => json!({ "PutRequest": { "Item": item(random, table) } }),
    }
}

/// A BatchWriteItem, valid or not.
fn batch(random: &mut Rng) -> String {
    let mut tables = serde_json::Map::new();
    let known = ["Sets", "Sets", "Sets", "Sets", "Days", "Days"];
    let table =
        if random.u8(..30) == 0 { ["None", "x", "a b"][random.usize(..3)] } else { known[random.usize(..6)] };
    let most = if random.u8(..30) == 0 { 28 } else { 8 };
    let mut writes: Vec<Value> = (0..random.usize(..most)).map(|_| write(random, table)).collect();
    if random.u8(..3) > 0 {
        // Mostly no key twice, which would be refused.
        let mut keys = std::collections::HashSet::new();
        writes.retain(|write| {
            let item = &write["PutRequest"]["Item"];
            keys.insert(
                format!("{}{}{}", item["Performer"], item["Number"]["N"], item["Day"]).replace(".0", ""),
            )
        });
    }
    tables.insert(table.to_owned(), Value::Array(writes));
    if random.u8(..20) == 0 {
        tables.insert("Days".to_owned(), json!([{ "PutRequest": { "Item": { "Day": { "S": "1" } } } }]));
    }
    let mut request = json!({ "RequestItems": tables });
    match random.u8(..12) {
        0..=3 => request["ReturnConsumedCapacity"] = json!("TOTAL"),
        4..=7 => request["ReturnConsumedCapacity"] = json!("INDEXES"),
        8 => request["ReturnConsumedCapacity"] = json!("NONE"),
        9 => request["ReturnConsumedCapacity"] = json!(random.choice(["SOME", "total"])),
        10 => request["ReturnItemCollectionMetrics"] = json!("SIZE"),
        _ => {}
    }
    let mut body = request.to_string();
    if random.u8(..60) == 0 {
        body.truncate(body.floor_char_boundary(random.usize(..body.len())));
    }
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_has_the_answer_and_the_effect_that_the_library_gives_it() {
    let folder = tempfile::tempdir().unwrap();
    let (_embedded, ours) = ours(&folder).await;
    let library = library().await;
    let mut random = Rng::with_seed(15);
    let mut statuses = BTreeMap::new();
    for number in 0..600 {
        let body = batch(&mut random);
        let expected = library.ask("BatchWriteItem", body.clone()).await;
        let answer = ours.ask("BatchWriteItem", body.clone()).await;
        assert_eq!(answer, expected, "{number}: {body:.2000}");
        *statuses.entry(answer.0.as_u16()).or_insert(0) += 1;
        if number % 50 == 49 {
            assert_eq!(ours.contents().await, library.contents().await, "{number}");
        }
    }
    assert!(statuses[&200] > 150 && statuses[&400] > 100, "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_that_come_at_once_have_the_answers_of_batches_that_come_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let (_embedded, ours) = ours(&folder).await;
    let library = library().await;
    let mut random = Rng::with_seed(16);
    for _ in 0..10 {
        // Different performers, so that the order does not matter; one batch of each round is invalid.
        let bodies: Vec<String> = (0..40)
            .map(|number| {
                let puts: Vec<Value> = (0..25)
                    .map(|set| {
                        let mut item = json!({
                            "Performer": { "S": format!("p{number}") }, "Number": { "N": set.to_string() },
                            "Stage": { "S": format!("s{}", random.u8(..3)) }, "Note": text(&mut random),
                        });
                        if number == 7 && set == 24 {
                            item["Stage"] = json!({ "S": "" });
                        }
                        json!({ "PutRequest": { "Item": item } })
                    })
                    .collect();
                json!({ "RequestItems": { "Sets": puts }, "ReturnConsumedCapacity": "INDEXES" }).to_string()
            })
            .collect();
        let answers = join_all(bodies.iter().map(|body| ours.ask("BatchWriteItem", body.clone()))).await;
        for (answer, body) in answers.into_iter().zip(bodies) {
            assert_eq!(answer, library.ask("BatchWriteItem", body).await);
        }
    }
    assert_eq!(ours.contents().await, library.contents().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_requests_have_the_library_s_answers() {
    let folder = tempfile::tempdir().unwrap();
    let (_embedded, ours) = ours(&folder).await;
    let library = library().await;
    let put =
        json!({ "TableName": "Days", "Item": { "Day": { "S": "1" } }, "ReturnConsumedCapacity": "TOTAL" });
    let requests = [
        ("PutItem", put.to_string()),
        ("GetItem", json!({ "TableName": "Days", "Key": { "Day": { "S": "1" } } }).to_string()),
        ("GetItem", json!({ "TableName": "Days", "Key": { "Day": "1" } }).to_string()),
        ("GetItem", json!({ "TableName": "None", "Key": { "Day": { "S": "1" } } }).to_string()),
        ("Query", json!({ "TableName": "Days", "KeyConditions": [] }).to_string()),
        ("UpdateItem", json!({ "TableName": "Days", "Key": { "Day": { "N": "x" } } }).to_string()),
        ("ListTables", "{}".to_owned()),
        ("ListTables", String::new()),
        ("Unknown", "{}".to_owned()),
    ];
    for (operation, body) in requests {
        let expected = library.ask(operation, body.clone()).await;
        assert_eq!(ours.ask(operation, body.clone()).await, expected, "{operation} {body}");
    }
    // Each of many at once has a connection to the library.
    let asked = join_all((0..40).map(|_| ours.ask("ListTables", "{}"))).await;
    assert!(asked.iter().all(|(status, _)| *status == StatusCode::OK));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_a_browser_reaches_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let (_embedded, ours) = ours(&folder).await;
    let host = ours.0.to_string();
    let requests = [
        ("OPTIONS", host.as_str(), Some("http://example.org")),
        ("POST", host.as_str(), Some("http://127.0.0.1:8420")),
        ("POST", "example.org", None),
        ("GET", "example.org:8000", None),
    ];
    for (method, host, origin) in requests {
        let mut request = Request::builder()
            .method(method)
            .uri("/")
            .header(header::HOST, host)
            .header("access-control-request-method", "POST")
            .header("x-amz-target", "DynamoDB_20120810.ListTables")
            .body(Body::empty())
            .unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert(header::ORIGIN, origin.parse().unwrap());
        }
        let (status, headers, body) = ours.send(request).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{method} {host} {origin:?}");
        assert!(!headers.contains_key("access-control-allow-origin"));
        assert!(String::from_utf8_lossy(&body).contains("127.0.0.1 or localhost"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_long_is_refused_and_the_next_request_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let (_embedded, ours) = ours(&folder).await;
    let library = library().await;
    let long = "x".repeat(16 * 1024 * 1024 + 1);
    let refused = ours.ask("BatchWriteItem", long.clone()).await;
    assert_eq!(refused, library.ask("BatchWriteItem", long).await);
    assert_eq!(ours.ask("ListTables", "{}").await.0, StatusCode::OK);
}
