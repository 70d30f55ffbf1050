//! A DynamoDB in memory behind its real HTTP API, and a client that counts.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RuntimeComponents,
};
use aws_sdk_dynamodb::error::BoxError;
use dynoxide::types::AttributeValue;
use dynoxide::{Database, ImportOptions};
use lineup::row::Performance;
use lineup_aws::query::Queries;
use lineup_aws::schema::Tables;
use lineup_table::{CalendarEntry, Item, Value, attribute};

/// The server, until this is dropped.
pub(super) struct Server {
    pub client: Client,
    database: Database,
    counter: Counter,
    serving: tokio::task::JoinHandle<Result<(), String>>,
}

impl Server {
    pub(super) async fn start() -> Self {
        let database = Database::memory().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let serve = dynoxide::server::serve_with_shutdown(listener, database.clone(), std::future::pending());
        let counter = Counter::default();
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(endpoint)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .retry_config(RetryConfig::disabled())
            .interceptor(counter.clone())
            .build();
        Self { client: Client::from_conf(config), database, counter, serving: tokio::spawn(serve) }
    }

    /// Creates two empty tables with new names.
    pub(super) async fn tables(&self) -> Tables {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let tables =
            Tables { performances: format!("Performances{number}"), calendar: format!("Calendar{number}") };
        for definition in tables.definitions() {
            let input = definition.input().unwrap();
            let create = self.client.create_table().set_table_name(input.table_name);
            let create = create
                .set_billing_mode(input.billing_mode)
                .set_attribute_definitions(input.attribute_definitions)
                .set_key_schema(input.key_schema)
                .set_global_secondary_indexes(input.global_secondary_indexes);
            create.send().await.unwrap();
        }
        tables
    }

    pub(super) fn queries(&self, tables: &Tables) -> Queries {
        Queries::new(self.client.clone(), tables.clone())
    }

    /// Puts items and the calendar entries that they need.
    pub(super) fn load(&self, tables: &Tables, items: &[Item]) {
        let entries: std::collections::BTreeSet<CalendarEntry> = items
            .iter()
            .map(Item::performance)
            .flat_map(|of| CalendarEntry::of(&of.stage, of.date))
            .collect();
        self.put(&tables.calendar, entries.iter().map(entry).collect());
        self.put(&tables.performances, items.iter().map(attributes).collect());
    }

    /// Marks the calendar entries of these rows, as before rows are removed.
    pub(super) fn mark(&self, tables: &Tables, rows: &[Performance]) {
        let entries = rows.iter().flat_map(|of| CalendarEntry::of(&of.stage, of.date));
        let mark = (attribute::MARKED.to_owned(), AttributeValue::S("rows were removed".to_owned()));
        self.put(
            &tables.calendar,
            entries.map(|of| entry(&of).into_iter().chain([mark.clone()]).collect()).collect(),
        );
    }

    pub(super) fn put(&self, table: &str, items: Vec<HashMap<String, AttributeValue>>) {
        self.database.import_items(table, items, ImportOptions::default()).unwrap();
    }

    /// How many requests the client has sent.
    pub(super) fn requests(&self) -> u64 {
        self.counter.sent.load(Ordering::Relaxed)
    }

    /// Makes the `nth` request from now on fail, counted from 0.
    pub(super) fn fail(&self, nth: i64) {
        self.counter.fails_in.store(nth, Ordering::Relaxed);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

pub(super) fn attributes(item: &Item) -> HashMap<String, AttributeValue> {
    item.attributes().map(|(name, value)| (name.to_owned(), dynoxide_value(value))).collect()
}

pub(super) fn entry(entry: &CalendarEntry) -> HashMap<String, AttributeValue> {
    let text = |name: &str, text: &str| (name.to_owned(), AttributeValue::S(text.to_owned()));
    HashMap::from([text(attribute::ENTRY, &entry.entry), text(attribute::VALUE, &entry.value)])
}

fn dynoxide_value(value: Value<'_>) -> AttributeValue {
    match value {
        Value::S(text) => AttributeValue::S(text.to_owned()),
        Value::N(number) => AttributeValue::N(number.to_string()),
    }
}

/// Counts requests, and stops the one that a test names.
#[derive(Debug, Clone)]
struct Counter {
    sent: Arc<AtomicU64>,
    fails_in: Arc<AtomicI64>,
}

impl Default for Counter {
    fn default() -> Self {
        Self { sent: Arc::default(), fails_in: Arc::new(AtomicI64::new(-1)) }
    }
}

impl Intercept for Counter {
    fn name(&self) -> &'static str {
        "Counter"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        if self.fails_in.fetch_sub(1, Ordering::Relaxed) == 0 {
            return Err("the connection broke, as ordered".into());
        }
        Ok(())
    }
}
