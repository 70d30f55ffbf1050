//! Files that are not text that can be split, turned into one text that can: what is in containers (gzip, Zstandard,
//! bzip2, xz, zip), text in UTF-16, workbooks (.xlsx, .xlsm, .xls, .ods) and JSON (an array of objects, an object
//! with such an array, JSON Lines).
//!
//! What a file is, its content says, not its name. [`convert`] streams: it holds a few buffers, of an .xlsx also its
//! texts. Workbooks of the other forms are loaded whole. [`ConversionLimits`] bounds all of it.
//!
//! | file | text |
//! |---|---|
//! | text in a container | the same bytes |
//! | text in UTF-16 | UTF-8, line for line |
//! | workbook | a line for each row, from the header on: [`lineup::origin::Origin::Rows`] |
//! | JSON | a line for the keys, then one for each object: [`lineup::origin::Origin::Objects`] |
//!
//! The text of workbooks and JSON is UTF-8 with commas, and each record ends with a lone CR. Line breaks in a
//! field are LF. So lines are counted by CR, and each is one row or object.
//!
//! ```
//! use std::io::Cursor;
//!
//! use forms::{ConversionLimits, Reopen, convert};
//!
//! struct Upload(&'static [u8]);
//!
//! impl Reopen for Upload {
//!     type Reader = Cursor<&'static [u8]>;
//!     fn open(&self) -> std::io::Result<Self::Reader> {
//!         Ok(Cursor::new(self.0))
//!     }
//! }
//!
//! let json = br#"[{"Performer": "Stormzy", "Stage": "Main", "Popularity": 95}]"#;
//! let mut text = Vec::new();
//! let limits = ConversionLimits::new(std::env::temp_dir(), &|| false);
//! let converted = convert(&Upload(json), &mut text, &limits)?;
//! assert_eq!(text, b"Performer,Stage,Popularity\rStormzy,Main,95\r");
//! assert_eq!(converted.form, "JSON array");
//! assert_eq!(converted.origin.place(2), "object 1");
//! # Ok::<_, forms::ConvertError>(())
//! ```

mod container;
mod conversion;
mod error;
mod json;
mod known;
mod limits;
mod monitor;
mod record;
mod reopen;
mod workbook;

pub use conversion::{Converted, MAX_CONTAINERS, convert};
pub use error::{Amount, ConvertError};
pub use limits::ConversionLimits;
pub use reopen::Reopen;
