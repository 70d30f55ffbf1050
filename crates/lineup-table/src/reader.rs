//! Reading records into items.

use crate::item::Item;
use crate::size::TooLarge;
use delimited::records::Record;
use lineup::header::{COMPUTED_NAMES, Columns, KnownColumn, Role};
use lineup::reading::Reading;
use lineup::reject::{Reason, Reject};
use lineup::row::{Performance, RowAbove, RowReader};

/// Reads the records of a file into items of the table.
///
/// ```
/// use lineup::header::Columns;
/// use lineup::reading::Reading;
/// use lineup_table::ItemReader;
///
/// let columns = Columns::from_names(["Performer", "Stage", "Start", "End", "Date"])?;
/// let mut reader = ItemReader::new(&columns, &Reading::default());
/// let mut read = |record: [&str; 5]| match reader.read(record.map(str::as_bytes).into_iter()) {
///     Ok(Some(item)) => item.stage_day().to_owned(),
///     Ok(None) => "no row".to_owned(),
///     Err(reject) => reject.to_string(),
/// };
/// assert_eq!(read(["Stormzy", "Pyramid Stage", "8pm", "21:30", "2022-06-24"]), "Pyramid Stage#2022-06-24");
/// assert_eq!(read(["Stormzy", "Pyramid Stage", "8pm", "", "2022-06-24"]), "End: missing");
/// assert_eq!(read(["", "", " ", "", ""]), "no row");
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
    /// A reader of records under this header, whose values are read like this.
    pub fn new(columns: &Columns, reading: &Reading) -> Self {
        let mut extras = columns.iter().filter(|column| matches!(column.role, Role::Extra(_)));
        Self {
            rows: RowReader::new(columns, reading),
            has_computed_names: extras.any(|column| COMPUTED_NAMES.contains(&column.name.as_str())),
            item: Item::blank(),
        }
    }

    /// Begins behind a row with this date and stage.
    pub fn with_above(self, above: RowAbove) -> Self {
        Self { rows: self.rows.with_above(above), ..self }
    }

    /// The date and the stage that a blank field would mean now.
    pub fn above(&self) -> &RowAbove {
        self.rows.above()
    }

    /// Reads one record. `None` if it is no row. The item reuses the buffers of the one before, so that
    /// a record needs no allocation.
    ///
    /// # Errors
    /// As [`RowReader::read_record`], and if the item is too large for DynamoDB.
    pub fn read_record(&mut self, record: &Record<'_>) -> Result<Option<&Item>, Reject> {
        let performance = self.item.performance_mut();
        match self.rows.read_record(record, performance)? {
            Some(written) => self.rows.resolve(&written, performance)?,
            None => return Ok(None),
        }
        self.keyed().map(Some)
    }

    /// The item of the record that was read last. If that was no row, or rejected, it is not whole.
    pub fn item(&self) -> &Item {
        &self.item
    }

    /// Reads the fields of one record, unquoted, as [`ItemReader::read_record`] does.
    ///
    /// # Errors
    /// As [`RowReader::read`], and if the item is too large for DynamoDB.
    pub fn read<'r>(
        &mut self,
        fields: impl ExactSizeIterator<Item = &'r [u8]>,
    ) -> Result<Option<&Item>, Reject> {
        match self.rows.read_into(fields, self.item.performance_mut())? {
            true => self.keyed().map(Some),
            false => Ok(None),
        }
    }

    /// The item with the keys of its performance.
    fn keyed(&mut self) -> Result<&Item, Reject> {
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
        let columns = Columns::from_names(FIVE.iter().chain(more).copied()).unwrap();
        ItemReader::new(&columns, &Reading::default())
    }

    fn extras(names: &[&str], fields: &[&str]) -> Vec<(String, String)> {
        let mut reader = reader(names);
        let record: Vec<&[u8]> = ROW.iter().chain(fields).map(|field| field.as_bytes()).collect();
        let item = reader.read(record.into_iter()).unwrap().unwrap();
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
                let alone = reader(&["Note"]).read(record.into_iter()).map(|item| item.cloned());
                proptest::prop_assert_eq!(one.read(record.into_iter()).map(|item| item.cloned()), alone);
            }
        }
    }
}
