//! The tables: names, keys, the items of performances, calendar entries, and the batches in
//! which items are written. `docs/data-model.md` gives the reasons for the design.
//!
//! ```
//! use lineup::header::Columns;
//! use lineup::reading::Reading;
//! use lineup_table::ItemReader;
//! use lineup_table::batch::Batcher;
//!
//! let columns = Columns::from_names(["Performer", "Stage", "Start", "End", "Date"])?;
//! let mut reader = ItemReader::new(&columns, &Reading::default());
//! let record = ["Stormzy", "Pyramid Stage", "8:00pm", "21:30", "2022-06-24"];
//! let item = reader.read(record.map(str::as_bytes).into_iter())?.unwrap();
//! assert_eq!(item.key(), ("Stormzy", "2022-06-24#20:00#Pyramid Stage"));
//!
//! let mut batcher = Batcher::new();
//! assert!(batcher.push(item, 2).is_none());
//! let batch = batcher.finish(3).expect("one item is left");
//! assert!(batch.puts.json().starts_with(br#"{"PutRequest":{"Item":{"Performer":{"S":"Stormzy"}"#));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

pub mod batch;
mod calendar;
mod item;
mod key_map;
pub mod keys;
mod names;
mod parse;
mod puts;
mod reader;
mod size;

pub use calendar::{CalendarEntry, DAYS, KnownDays, StageDay, StageDays, day_entry, stage_entry};
pub use item::{Item, Value};
pub use names::{CALENDAR, PERFORMANCES, attribute, index};
pub use parse::{ItemError, performance_from};
pub use puts::Puts;
pub use reader::ItemReader;
pub use size::{ITEM_BYTES, PARTITION_KEY_BYTES, SORT_KEY_BYTES, TooLarge, WRITE_UNIT_BYTES, number_bytes};
