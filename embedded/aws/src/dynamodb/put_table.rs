//! A table that batches of puts are imported into: its keys, its indexes, and what a put consumes.

use std::collections::HashMap;

use dynoxide::TableMetadata;
use dynoxide::types::{
    AttributeValue, ConsumedCapacity, GlobalSecondaryIndex, Item, KeySchemaElement, KeyType, ProjectionType,
    consumed_capacity_with_secondary_indexes, item_size, table_write_capacity_units, write_capacity_units,
};

/// The key of an item, as text that is equal where the values are.
pub(super) type ItemKey = (String, String);

/// What is needed of a table to import puts into it.
#[derive(Debug)]
pub(super) struct PutTable {
    name: String,
    partition: String,
    sort: Option<String>,
    indexes: Vec<PutIndex>,
}

#[derive(Debug)]
struct PutIndex {
    name: String,
    /// The attributes of its key.
    keys: Vec<String>,
    /// The attributes that it has besides the keys; `None` for all.
    includes: Option<Vec<String>>,
}

/// What a batch consumes.
#[derive(Debug, Default)]
pub(super) struct PutUnits {
    table: f64,
    indexes: HashMap<String, f64>,
}

impl PutTable {
    /// Reads the definition. `None` if an import would not do all that a put does: for a table with local or vector indexes,
    /// or with a stream.
    pub(super) fn of(table: &TableMetadata) -> Option<Self> {
        let has = |definitions: &Option<String>| definitions.as_deref().is_some_and(|list| list != "[]");
        if table.stream_enabled || has(&table.lsi_definitions) || has(&table.vector_index_definitions) {
            return None;
        }
        let keys: Vec<KeySchemaElement> = serde_json::from_str(&table.key_schema).ok()?;
        let key =
            |of: KeyType| keys.iter().find(|key| key.key_type == of).map(|key| key.attribute_name.clone());
        let indexes: Vec<GlobalSecondaryIndex> = match &table.gsi_definitions {
            Some(indexes) => serde_json::from_str(indexes).ok()?,
            None => Vec::new(),
        };
        Some(Self {
            name: table.table_name.clone(),
            partition: key(KeyType::HASH)?,
            sort: key(KeyType::RANGE),
            indexes: indexes.into_iter().map(PutIndex::of).collect(),
        })
    }

    /// The key of an item; `None` if it has none.
    pub(super) fn key_of(&self, item: &Item) -> Option<ItemKey> {
        let text = |name: &String| item.get(name)?.to_key_string();
        let sort = self.sort.as_ref().map_or(Some(String::new()), text)?;
        Some((text(&self.partition)?, sort))
    }

    /// The attributes of an item's key.
    pub(super) fn key_attributes(&self, item: &Item) -> Item {
        let names = [Some(&self.partition), self.sort.as_ref()];
        names.into_iter().flatten().filter_map(|name| Some((name.clone(), item.get(name)?.clone()))).collect()
    }

    /// Adds what a put consumes that replaces `old` by `new`: of the table, the larger of the two, and of each index what
    /// changes in it (developer guide, "Provisioned throughput considerations for global secondary indexes").
    pub(super) fn add(&self, units: &mut PutUnits, old: Option<&Item>, new: &Item) {
        units.table += table_write_capacity_units(old.map(item_size), Some(item_size(new)));
        for index in &self.indexes {
            if let Some(more) = self.index_units(index, old, new) {
                *units.indexes.entry(index.name.clone()).or_default() += more;
            }
        }
    }

    fn index_units(&self, index: &PutIndex, old: Option<&Item>, new: &Item) -> Option<f64> {
        let old = old.filter(|item| index.has(item));
        let new = Some(new).filter(|item| index.has(item));
        let units = |item: &Item| write_capacity_units(self.projected(index, item).map(size).sum());
        match (old, new) {
            (None, None) => None,
            (Some(item), None) | (None, Some(item)) => Some(units(item)),
            (Some(old), Some(new)) if !index.same_key(old, new) => Some(units(old) + units(new)),
            (Some(old), Some(new)) if self.is_unchanged(index, old, new) => None,
            (Some(old), Some(new)) => Some(units(old).max(units(new))),
        }
    }

    /// The attributes of an item that an index has.
    fn projected<'a>(
        &'a self,
        index: &'a PutIndex,
        item: &'a Item,
    ) -> impl Iterator<Item = (&'a String, &'a AttributeValue)> {
        item.iter().filter(move |(name, _)| {
            let Some(includes) = &index.includes else { return true };
            let is_key =
                index.keys.contains(name) || **name == self.partition || self.sort.as_ref() == Some(*name);
            is_key || includes.contains(name)
        })
    }

    fn is_unchanged(&self, index: &PutIndex, old: &Item, new: &Item) -> bool {
        self.projected(index, old).count() == self.projected(index, new).count()
            && self.projected(index, old).all(|(name, value)| new.get(name) == Some(value))
    }

    /// What the answer says of the capacity, if it was asked for.
    pub(super) fn consumed(&self, units: &PutUnits, mode: &Option<String>) -> Option<ConsumedCapacity> {
        let local = HashMap::new();
        consumed_capacity_with_secondary_indexes(&self.name, units.table, &units.indexes, &local, mode)
    }
}

fn size((name, value): (&String, &AttributeValue)) -> usize {
    name.len() + value.size()
}

impl PutIndex {
    fn of(index: GlobalSecondaryIndex) -> Self {
        let includes = match index.projection.projection_type.unwrap_or_default() {
            ProjectionType::ALL => None,
            ProjectionType::KEYS_ONLY => Some(Vec::new()),
            ProjectionType::INCLUDE => Some(index.projection.non_key_attributes.unwrap_or_default()),
        };
        let keys = index.key_schema.into_iter().map(|key| key.attribute_name).collect();
        Self { name: index.index_name, keys, includes }
    }

    /// Whether an item is in the index: it has every attribute of its key.
    fn has(&self, item: &Item) -> bool {
        self.keys.iter().all(|key| item.get(key).and_then(AttributeValue::to_key_string).is_some())
    }

    fn same_key(&self, one: &Item, other: &Item) -> bool {
        let text = |item: &Item, key| item.get(key).and_then(AttributeValue::to_key_string);
        self.keys.iter().all(|key| text(one, key) == text(other, key))
    }
}
