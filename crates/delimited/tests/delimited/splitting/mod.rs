//! Splitting is exact: the records of a file are those of its chunks, in
//! order, and they agree with RFC 4180 and the csv crate.

mod cases;
mod parallel;
mod paths;
mod properties;
mod quotes;
mod real_file;
mod reference;
