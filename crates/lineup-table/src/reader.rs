//! Reading records into items.

use crate::item::Item;
use crate::size::TooLarge;
use lineup::header::{COMPUTED_NAMES, Columns, KnownColumn, Role};
use lineup::reject::{Reason, Reject};
use lineup::row::{Performance, RowReader};

/// Reads the records of a file into items of the table.
///
/// ```
/// use lineup::header::Columns;
/// use lineup_table::ItemReader;
///
/// let mut reader = ItemReader::new(&Columns::from_names(["Performer", "Stage", "Start", "End", "Date"])?);
/// let mut read = |record: [&str; 5]| match reader.read(record.map(str::as_bytes).into_iter()) {
///     Ok(item) => item.stage_day().to_owned(),
///     Err(reject) => reject.to_string(),
/// };
/// assert_eq!(read(["Stormzy", "Pyramid Stage", "8pm", "21:30", "2022-06-24"]), "Pyramid Stage#2022-06-24");
/// assert_eq!(read(["Stormzy", "Pyramid Stage", "8pm", "", "2022-06-24"]), "End: missing");
/// # Ok::<_, lineup::header::HeaderError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ItemReader {
    rows: RowReader,
    /// Whether the file has a column with the name of a computed attribute.
    has_computed_names: bool,
    /// The item that was read last.
    item: Item,
}

impl ItemReader {
    /// A reader of records under this header.
    pub fn new(columns: &Columns) -> Self {
        let mut extras = columns.iter().filter(|column| matches!(column.role, Role::Extra(_)));
        Self {
            rows: RowReader::new(columns),
            has_computed_names: extras.any(|column| COMPUTED_NAMES.contains(&column.name.as_str())),
            item: Item::blank(),
        }
    }

    /// Reads the fields of one record, unquoted. The item reuses the buffers of the one before, so that
    /// a record needs no allocation.
    ///
    /// # Errors
    /// As [`RowReader::read`], and if the item is too large for DynamoDB.
    pub fn read<'r>(&mut self, fields: impl ExactSizeIterator<Item = &'r [u8]>) -> Result<&Item, Reject> {
        self.rows.read_into(fields, self.item.performance_mut())?;
        self.item.set_keys();
        if self.has_computed_names {
            self.item.drop_repeated_attributes();
        }
        self.item.check_size().map_err(|error| self.too_large(error))?;
        Ok(&self.item)
    }

    fn too_large(&self, error: TooLarge) -> Reject {
        let reason = Reason::NotStorable(error.to_string());
        let Performance { performer, stage, .. } = self.item.performance();
        match error.column() {
            Some(KnownColumn::Performer) => self.rows.reject(KnownColumn::Performer, performer, reason),
            Some(_) => self.rows.reject(KnownColumn::Stage, stage, reason),
            None => Reject::whole_row(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: [&str; 5] = ["PERFORMER", "Stage", "Start", "End", "Date"];
    const ROW: [&str; 5] = ["Stormzy", "Pyramid", "20:00", "21:00", "2022-06-24"];

    fn reader(more: &[&str]) -> ItemReader {
        ItemReader::new(&Columns::from_names(FIVE.iter().chain(more).copied()).unwrap())
    }

    fn extras(names: &[&str], fields: &[&str]) -> Vec<(String, String)> {
        let mut reader = reader(names);
        let record: Vec<&[u8]> = ROW.iter().chain(fields).map(|field| field.as_bytes()).collect();
        let item = reader.read(record.into_iter()).unwrap();
        item.performance().extras.iter().map(|(name, text)| (name.to_string(), text.clone())).collect()
    }

    /// The attribute's name stood there, which the file need not know.
    #[test]
    fn a_reject_about_a_long_key_names_the_column_as_the_header_does() {
        let long = "p".repeat(1019);
        let record = [long.as_str(), "Pyramid", "20:00", "21:00", "2022-06-24"];
        let reject = reader(&[]).read(record.map(str::as_bytes).into_iter()).unwrap_err();
        assert_eq!((reject.column.as_deref(), &*reject.value), (Some("PERFORMER"), long.as_str()));
        assert_eq!(reject.reason.to_string(), "the key StartPerformer is 1025 bytes, DynamoDB takes 1024");
    }

    #[test]
    fn a_computed_attribute_of_an_exported_file_is_no_column_of_its_own() {
        let names = ["Performance", "StageDay", "StartPerformer"];
        assert_eq!(extras(&names, &["2022-06-24#20:00#Pyramid", "Pyramid#2022-06-24", "20:00#Stormzy"]), []);
    }

    #[test]
    fn a_column_that_has_the_name_of_one_by_chance_is_kept() {
        let expected = [("Performance (file)".to_owned(), "live".to_owned())];
        assert_eq!(extras(&["Performance", "StageDay"], &["live", ""]), expected);
    }

    proptest::proptest! {
        #[test]
        fn a_record_is_read_the_same_whatever_was_read_before(
            rows in proptest::collection::vec((proptest::sample::select(&["Stormzy", ""][..]), "[a-z]{0,3}"), 0..9),
        ) {
            let mut one = reader(&["Note"]);
            for (performer, note) in &rows {
                let record = [performer, ROW[1], ROW[2], ROW[3], ROW[4], note].map(str::as_bytes);
                let alone = reader(&["Note"]).read(record.into_iter()).cloned();
                proptest::prop_assert_eq!(one.read(record.into_iter()).cloned(), alone);
            }
        }
    }
}
