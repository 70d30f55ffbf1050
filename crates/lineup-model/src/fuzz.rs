//! Fuzz targets. Each takes any bytes, and panics if a property does not hold.
//!
//! Their corpora are in `corpus/<target>/`. A test runs them, with some random
//! changes.

mod contracts;
mod machine;
mod mutate;
mod rows;
mod splitter;
mod times;

use std::path::PathBuf;

pub use contracts::contracts;
pub use machine::machine;
pub use mutate::mutated;
pub use rows::rows;
pub use splitter::splitter;
pub use times::{dates, times};

/// Takes any bytes.
pub type FuzzTarget = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, FuzzTarget); 6] = [
    ("splitter", splitter),
    ("rows", rows),
    ("times", times),
    ("dates", dates),
    ("machine", machine),
    ("contracts", contracts),
];

/// The inputs in a target's corpus, in order of their names.
pub fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}
