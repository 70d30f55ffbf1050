//! Runs: sorted lists of entries, as objects of which a reader fetches only the parts that it needs.
//!
//! A run is blocks, then an index, then a trailer. All numbers are little-endian; `v` is a number of seven bits a byte,
//! lowest first, of which the highest bit says that more follow (LEB128).
//!
//! ```text
//! block      entries u32, keys u32, text u32, packed u32   lengths in bytes, but for the first
//!            lowest offset u64, width u8
//!            packed   LZ4 block of the text; the text itself where that is no shorter
//!            offsets  of each entry above the lowest, in `width` bytes
//!            values   of each entry, 16 bytes
//! text       keys     of each entry, of performer and sort key: v bytes as in the entry before, v bytes more, these
//!            minutes  of each entry, v
//! index      of each block: its first key as above, v length, v entries, XXH3-64 of the block
//! trailer    entries u64, blocks u32, length of the index u32, length of all blocks u64, XXH3-64 of the index u64,
//!            version u32, "LINEUPRN", XXH3-64 of the trailer before this
//! ```
//!
//! One request for the last [`TAIL_BYTES`] brings trailer and index of a run of half a million entries; [`Tail::read`]
//! says where it takes a second one. Every byte is under a checksum, and each is checked before what it covers is used: a
//! run that is cut or damaged is an error and never another list.
//!
//! Keys are in their order, and each stands once: [`RunWriter`] and the readers refuse any other list.

mod block;
mod index;
mod place;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use block::BlockEntries;
pub use index::{Index, TAIL_BYTES, Tail};
pub(crate) use index::{OpenIndex, RunMagic};
pub use place::{BLOCK_BYTES, BlockPlace};
pub use writer::RunWriter;
