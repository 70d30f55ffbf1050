//! The `CreateTable` requests of the tables, for tests and the embedded
//! services. `template.yaml` defines the same tables for a stack.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::create_table::CreateTableInput;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use lineup_table::{CALENDAR, PERFORMANCES, attribute, index};
use serde_json::{Value, json};

/// The names of the two tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    /// The table of performances.
    pub performances: String,
    /// The table of the stages of each day and the days of each stage.
    pub calendar: String,
}

impl Default for Tables {
    /// The names without a stack.
    fn default() -> Self {
        Self { performances: PERFORMANCES.to_owned(), calendar: CALENDAR.to_owned() }
    }
}

impl Tables {
    /// The definition of each table.
    pub fn definitions(&self) -> [TableDefinition; 2] {
        [performances(&self.performances), calendar(&self.calendar)]
    }
}

/// The key of a table or of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The attribute that is the partition key.
    pub partition: &'static str,
    /// The attribute that is the sort key.
    pub sort: &'static str,
}

/// A table, on demand, with indexes that hold every attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDefinition {
    /// The table's name.
    pub name: String,
    /// Its key.
    pub key: Key,
    /// Its global secondary indexes: their names and keys.
    pub indexes: Vec<(&'static str, Key)>,
}

/// The table of performances.
pub fn performances(name: &str) -> TableDefinition {
    TableDefinition {
        name: name.to_owned(),
        key: Key { partition: attribute::PERFORMER, sort: attribute::PERFORMANCE },
        indexes: vec![
            (index::BY_STAGE_DAY, Key { partition: attribute::STAGE_DAY, sort: attribute::START_PERFORMER }),
            (
                index::BY_POPULARITY,
                Key { partition: attribute::POPULARITY_SHARD, sort: attribute::POPULARITY },
            ),
        ],
    }
}

/// The calendar.
pub fn calendar(name: &str) -> TableDefinition {
    TableDefinition {
        name: name.to_owned(),
        key: Key { partition: attribute::ENTRY, sort: attribute::VALUE },
        indexes: Vec::new(),
    }
}

impl TableDefinition {
    /// The request as a type of the SDK.
    ///
    /// # Errors
    /// Never, for a definition of this module.
    pub fn input(&self) -> Result<CreateTableInput, BuildError> {
        let attributes: Vec<_> = self.attributes().map(attribute_definition).collect::<Result<_, _>>()?;
        let indexes: Vec<_> =
            self.indexes.iter().map(|(name, key)| global_index(name, *key)).collect::<Result<_, _>>()?;
        CreateTableInput::builder()
            .table_name(&self.name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(attributes))
            .set_key_schema(Some(key_schema(self.key)?))
            .set_global_secondary_indexes(Some(indexes).filter(|indexes| !indexes.is_empty()))
            .build()
    }

    /// The request as JSON of the API, which the aws command line takes too (`--cli-input-json`).
    pub fn json(&self) -> Value {
        let attributes: Vec<Value> = self
            .attributes()
            .map(|name| json!({ "AttributeName": name, "AttributeType": attribute_type(name).as_str() }))
            .collect();
        let mut request = json!({
            "TableName": self.name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": attributes,
            "KeySchema": key_schema_json(self.key),
        });
        if !self.indexes.is_empty() {
            request["GlobalSecondaryIndexes"] =
                self.indexes.iter().map(|(name, key)| index_json(name, *key)).collect();
        }
        request
    }

    /// The attributes that are part of a key.
    fn attributes(&self) -> impl Iterator<Item = &'static str> {
        let keys = std::iter::once(self.key).chain(self.indexes.iter().map(|(_, key)| *key));
        keys.flat_map(|key| [key.partition, key.sort])
    }
}

fn attribute_type(name: &str) -> ScalarAttributeType {
    if name == attribute::POPULARITY { ScalarAttributeType::N } else { ScalarAttributeType::S }
}

fn attribute_definition(name: &str) -> Result<AttributeDefinition, BuildError> {
    AttributeDefinition::builder().attribute_name(name).attribute_type(attribute_type(name)).build()
}

fn key_schema(key: Key) -> Result<Vec<KeySchemaElement>, BuildError> {
    [(key.partition, KeyType::Hash), (key.sort, KeyType::Range)]
        .into_iter()
        .map(|(name, kind)| KeySchemaElement::builder().attribute_name(name).key_type(kind).build())
        .collect()
}

fn global_index(name: &str, key: Key) -> Result<GlobalSecondaryIndex, BuildError> {
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(key_schema(key)?))
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()
}

fn key_schema_json(key: Key) -> Value {
    json!([
        { "AttributeName": key.partition, "KeyType": "HASH" },
        { "AttributeName": key.sort, "KeyType": "RANGE" },
    ])
}

fn index_json(name: &str, key: Key) -> Value {
    json!({
        "IndexName": name,
        "KeySchema": key_schema_json(key),
        "Projection": { "ProjectionType": "ALL" },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_definition_say_the_same() {
        for definition in Tables::default().definitions() {
            let (input, json) = (definition.input().unwrap(), definition.json());
            assert_eq!(input.table_name(), json["TableName"].as_str());
            assert_eq!(input.billing_mode().unwrap().as_str(), json["BillingMode"]);
            let indexes = json["GlobalSecondaryIndexes"].as_array().cloned().unwrap_or_default();
            assert_eq!(input.global_secondary_indexes().len(), indexes.len());
            for (sdk, json) in input.global_secondary_indexes().iter().zip(&indexes) {
                assert_eq!(sdk.index_name(), json["IndexName"]);
                assert_eq!(sdk.key_schema()[0].attribute_name(), json["KeySchema"][0]["AttributeName"]);
                assert_eq!(sdk.key_schema()[1].attribute_name(), json["KeySchema"][1]["AttributeName"]);
            }
            for (sdk, json) in
                input.attribute_definitions().iter().zip(json["AttributeDefinitions"].as_array().unwrap())
            {
                assert_eq!(sdk.attribute_name(), json["AttributeName"]);
                assert_eq!(sdk.attribute_type().as_str(), json["AttributeType"]);
            }
        }
    }
}
