//! DynamoDB in memory, with the tables and indexes of a stack.

use axum::response::Response;
use dynoxide::Database;
use lineup_aws::schema::Tables;
use serde_json::{Value, json};

use crate::response::respond;

/// The tables.
pub struct Db(Database);

impl Db {
    pub(crate) fn new() -> Self {
        let db = Database::memory().unwrap();
        for table in Tables::default().definitions() {
            db.create_table(serde_json::from_value(table.json()).unwrap()).unwrap();
        }
        Self(db)
    }

    /// The answer of `DescribeTable`.
    pub fn description(&self, table: &str) -> Value {
        let request = serde_json::from_value(json!({"TableName": table})).unwrap();
        serde_json::to_value(self.0.describe_table(request).unwrap()).unwrap()["Table"].take()
    }

    /// Every item of a table, each with its attributes in DynamoDB's JSON, sorted by its text.
    pub fn items(&self, table: &str) -> Vec<Value> {
        let request = json!({"TableName": table});
        let answer = self.0.scan(serde_json::from_value(request).unwrap()).unwrap();
        let mut items = serde_json::to_value(answer).unwrap()["Items"].as_array().unwrap().clone();
        items.sort_by_key(Value::to_string);
        items
    }

    pub(crate) fn answer(&self, operation: &str, body: &[u8]) -> Response {
        let request: Value = serde_json::from_slice(body).unwrap();
        let done = match operation {
            "BatchWriteItem" => self.batch_write(request),
            "Query" => {
                let answer = self.0.query(serde_json::from_value(request).unwrap());
                answer.map(|answer| serde_json::to_value(answer).unwrap()).map_err(|error| error.to_string())
            }
            "DeleteItem" => {
                let answer = self.0.delete_item(serde_json::from_value(request).unwrap());
                answer.map(|answer| serde_json::to_value(answer).unwrap()).map_err(|error| error.to_string())
            }
            other => panic!("{other} is no operation of this table"),
        };
        match done {
            Ok(answer) => respond(200, answer.to_string()),
            Err(error) => {
                let code = if error.contains("not found") {
                    "ResourceNotFoundException"
                } else if error.contains("conditional request failed") {
                    "ConditionalCheckFailedException"
                } else {
                    "ValidationException"
                };
                respond(
                    400,
                    json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": error})
                        .to_string(),
                )
            }
        }
    }

    fn batch_write(&self, request: Value) -> Result<Value, String> {
        if request["RequestItems"]
            .as_object()
            .unwrap()
            .values()
            .all(|items| items.as_array().unwrap().is_empty())
        {
            return Ok(json!({}));
        }
        let request = serde_json::from_value(request).map_err(|error| error.to_string())?;
        let answer = self.0.batch_write_item(request).map_err(|error| error.to_string())?;
        Ok(serde_json::to_value(answer).unwrap())
    }
}
