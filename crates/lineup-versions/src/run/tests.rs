use super::*;
use crate::entry::{ItemKey, RunEntry};
use crate::error::RunError;
use proptest::prelude::*;

/// Entries in the order of their keys, as a run must have them.
fn any_entries(most: usize) -> impl Strategy<Value = Vec<RunEntry>> {
    let long = (0u8..26, 300usize..900)
        .prop_map(|(letter, length)| char::from(b'a' + letter).to_string().repeat(length));
    let name = prop_oneof!["[ab]{1,2}", "[a-cäé€ ]{1,9}", long];
    let row = (any::<u64>(), any::<u128>(), 1u16..=1440);
    proptest::collection::btree_map((name.clone(), name), row, 0..most).prop_map(|rows| {
        let entry = |((performer, performance), (offset, value, minutes))| RunEntry {
            key: ItemKey::new(performer, performance),
            offset,
            value,
            minutes,
        };
        rows.into_iter().map(entry).collect()
    })
}

fn write(entries: &[RunEntry]) -> Vec<u8> {
    let (mut writer, mut out) = (RunWriter::new(), Vec::new());
    entries.iter().for_each(|entry| writer.push(entry, &mut out).unwrap());
    assert_eq!(writer.finish(&mut out).unwrap(), entries.len() as u64);
    out
}

/// Reads a run as a function does: its tail, then each block by its place.
fn read(run: &[u8], tail: usize) -> Result<Vec<RunEntry>, RunError> {
    let index = match Tail::read(&run[run.len() - tail.min(run.len())..])? {
        Tail::Index(index) => index,
        Tail::Needs(bytes) => match Tail::read(&run[run.len() - run.len().min(bytes as usize)..])? {
            Tail::Index(index) => index,
            Tail::Needs(_) => return Err(RunError::Cut),
        },
    };
    let (mut entries, mut block) = (Vec::new(), BlockEntries::default());
    for place in index.blocks() {
        block.open(place, run.get(place.bytes()).ok_or(RunError::Cut)?)?;
        assert_eq!(block.is_empty(), place.entries == 0);
        while block.advance()? {
            entries.push(block.entry().clone());
        }
    }
    Ok(entries)
}

proptest! {
    #[test]
    fn what_is_written_reads_back_by_a_tail_of_any_length(entries in any_entries(60), tail in 52usize..3000) {
        let run = write(&entries);
        prop_assert_eq!(read(&run, tail).unwrap(), entries);
    }

    #[test]
    fn no_block_is_longer_than_it_may_be(entries in any_entries(100)) {
        let Tail::Index(index) = Tail::read(&write(&entries)).unwrap() else { panic!("all of it was given") };
        for block in index.blocks() {
            prop_assert!(block.length as usize <= BLOCK_BYTES && block.entries > 0);
        }
    }

    #[test]
    fn a_byte_that_is_another_is_found(entries in any_entries(60), at in any::<prop::sample::Index>(), flip in 1u8..) {
        let mut run = write(&entries);
        let at = at.index(run.len());
        run[at] ^= flip;
        prop_assert!(read(&run, run.len()).is_err(), "byte {at} of {}", run.len());
    }

    #[test]
    fn a_run_that_is_cut_is_an_error(entries in any_entries(60), at in any::<prop::sample::Index>()) {
        let run = write(&entries);
        let at = at.index(run.len());
        prop_assert!(read(&run[..at], at).is_err());
    }

    #[test]
    fn a_run_of_which_the_middle_is_missing_is_an_error(
        entries in any_entries(60), at in any::<prop::sample::Index>(), bytes in 1usize..200,
    ) {
        let mut run = write(&entries);
        let at = at.index(run.len());
        run.drain(at..run.len().min(at + bytes));
        prop_assert!(read(&run, run.len()).is_err());
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), tail in 0usize..300) {
        prop_assert!(read(&bytes, tail).is_err());
    }
}

fn entry(performer: &str) -> RunEntry {
    RunEntry { key: ItemKey::new(performer, "2025-07-12#20:00#Main"), offset: 7, value: 1, minutes: 60 }
}

#[test]
fn every_byte_of_a_run_is_under_a_checksum() {
    let run = write(&[entry("Ada"), entry("Stormzy")]);
    for at in 0..run.len() {
        for bit in 0..8 {
            let mut damaged = run.clone();
            damaged[at] ^= 1 << bit;
            assert!(read(&damaged, run.len()).is_err(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn an_empty_run_is_a_run() {
    let run = write(&[]);
    assert_eq!(run.len(), 52);
    assert_eq!(read(&run, 52), Ok(Vec::new()));
    assert_eq!(Tail::read(&[]), Err(RunError::Cut));
}

#[test]
fn keys_out_of_order_or_twice_are_refused() {
    let (mut writer, mut out) = (RunWriter::new(), Vec::new());
    writer.push(&entry("Bob"), &mut out).unwrap();
    for wrong in ["Bob", "Ada", ""] {
        let error = writer.push(&entry(wrong), &mut out).unwrap_err();
        assert!(matches!(error, RunError::NotSorted { .. }), "{wrong}: {error}");
    }
    writer.push(&entry("Bobby"), &mut out).unwrap();
    assert_eq!(writer.finish(&mut out).unwrap(), 2);
}

#[test]
fn a_key_that_the_table_does_not_take_is_refused() {
    let error = RunWriter::new().push(&entry(&"p".repeat(2049)), &mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "a key of 2049 bytes is longer than the table takes");
}

/// A lineup of a later release must not be taken for damage.
#[test]
fn a_run_of_another_version_says_so() {
    let mut run = write(&[entry("Ada")]);
    let trailer = run.len() - 52;
    run[trailer + 32] = 2;
    let checksum = twox_hash::XxHash3_64::oneshot(&run[trailer..run.len() - 8]);
    let at = run.len() - 8;
    run[at..].copy_from_slice(&checksum.to_le_bytes());
    let text = Tail::read(&run).unwrap_err().to_string();
    assert!(text.contains("version 2") && text.contains("version 1"), "{text}");
}

/// What functions of one release leave, those of the next must read.
#[test]
fn a_run_is_written_as_documented() {
    let run = write(&[entry("Ada")]);
    let hex: String = run.iter().map(|byte| format!("{byte:02x}")).collect();
    let block = concat!(
        "01000000",
        "1c000000",
        "1d000000",
        "1d000000",
        "0700000000000000",
        "00",
        "0003416461",
        "0015323032352d30372d31322332303a3030234d61696e",
        "3c",
        "01000000000000000000000000000000",
    );
    assert_eq!(&hex[..block.len()], block);
    let index = concat!("0003416461", "0015323032352d30372d31322332303a3030234d61696e", "46", "01");
    assert!(hex[block.len()..].starts_with(index), "{hex}");
}
