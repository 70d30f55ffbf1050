//! Limits, deadlines, and failures of the machine.

use std::cell::Cell;
use std::io::{self, Cursor, Write};

use forms::{ConversionLimits, ConvertError, Reopen, convert};

use crate::{Upload, converted_within, gzip, limits, refused, zip};

fn refused_within(file: &[u8], limits: &ConversionLimits<'_>) -> String {
    let error = converted_within(file, limits).expect_err("it was converted");
    assert!(error.is_of_the_file(), "{error:?}");
    error.to_string()
}

#[test]
fn a_bomb_ends_at_the_limit_of_the_text() {
    let bomb = gzip(&vec![b'a'; 20 << 20]);
    assert!(bomb.len() < 1 << 20);
    let limits = ConversionLimits { output_bytes: 5 << 20, ..limits() };
    assert_eq!(
        refused_within(&bomb, &limits),
        "the converted text reached 5.0 MiB, and 5.0 MiB is the most that is read: cut the file into smaller ones"
    );
}

#[test]
fn a_bomb_in_a_bomb_ends_at_the_limit_of_what_is_decompressed() {
    let bomb = gzip(&gzip(&vec![b'a'; 20 << 20]));
    let limits = ConversionLimits { decoded_bytes: 5 << 20, ..limits() };
    assert!(refused_within(&bomb, &limits).starts_with("the decompressed gzip data reached 5."));
}

#[test]
fn a_zip_within_another_container_is_kept_up_to_a_limit() {
    let noise: Vec<u8> = (0..100_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    let file = gzip(&zip(&[("a.csv", &noise)]));
    let limits = ConversionLimits { scratch_bytes: 200_000, ..limits() };
    assert!(refused_within(&file, &limits).starts_with("the file in the container reached"));
}

#[test]
fn json_that_is_deep_or_has_a_long_object_is_refused() {
    let deep = format!("[{{\"a\":{}1{}}}]", "[".repeat(100_000), "]".repeat(100_000));
    let error = refused(deep.as_bytes());
    assert!(
        error.starts_with("the depth of the JSON at line 1 reached 65 levels, and 64 levels is the most"),
        "{error}"
    );
    let long = format!("[{{\"a\":\"{}\"}}]", "x".repeat(1 << 21));
    let error = refused(long.as_bytes());
    assert!(
        error.starts_with("a text of the JSON at line 1 reached 1.") && error.contains(" and 1.0 MiB is"),
        "{error}"
    );
    let long = format!("[{{\"a\":1}},\n{{\"a\":[{}1]}}]", "1,".repeat(1 << 20));
    assert!(
        refused(long.as_bytes()).starts_with("object 2 at line 2 reached"),
        "{}",
        refused(long.as_bytes())
    );
    let many: Vec<String> = (0..20_000).map(|key| format!("{{\"k{key}\":1}}")).collect();
    let error = refused(many.join("\n").as_bytes());
    assert!(
        error.starts_with("the number of different keys of the objects reached 16385 columns"),
        "{error}"
    );
}

#[test]
fn a_deadline_ends_it_with_how_far_it_came() {
    let text: Vec<u8> = b"Stormzy,Main\n".repeat(1 << 19);
    let asked = Cell::new(0);
    let stop = || {
        asked.set(asked.get() + 1);
        asked.get() > 3
    };
    let limits = ConversionLimits::new(std::env::temp_dir(), &stop);
    let error = refused_within(&gzip(&text), &limits);
    assert!(error.starts_with("the file takes too long to convert: "), "{error}");
    assert!(
        error.contains(" MiB were read and ") && error.contains(" MiB written in the time that there is"),
        "{error}"
    );
}

/// A file that cannot be read behind some byte.
struct Failing(Vec<u8>, u64);

struct FailingReader(Cursor<Vec<u8>>, u64);

impl Reopen for Failing {
    type Reader = FailingReader;

    fn open(&self) -> io::Result<FailingReader> {
        Ok(FailingReader(Cursor::new(self.0.clone()), self.1))
    }
}

impl io::Read for FailingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.position() >= self.1 {
            return Err(io::Error::new(io::ErrorKind::ConnectionReset, "the bucket is gone"));
        }
        let length = buffer.len().min((self.1 - self.0.position()) as usize);
        self.0.read(&mut buffer[..length])
    }
}

impl io::Seek for FailingReader {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn a_file_that_cannot_be_read_is_not_called_damaged() {
    let text: Vec<u8> = (0..100_000_u32).flat_map(|number| format!("{number},Main\n").into_bytes()).collect();
    let json = format!("[{}{{\"a\":1}}]", "{\"a\":2},".repeat(50_000)).into_bytes();
    for file in [gzip(&text), zip(&[("a.csv", &text)]), text, json, gzip(&zip(&[("a", &[7; 100])]))] {
        for at in [0, 1, 10, file.len() as u64 / 2, file.len() as u64 - 1] {
            let error = convert(&Failing(file.clone(), at), &mut Vec::new(), &limits()).unwrap_err();
            let ConvertError::Source(error) = error else { panic!("{error:?}") };
            assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        }
    }
}

struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_output_or_a_folder_that_fails_is_not_the_files_fault() {
    let error = convert(&Upload(gzip(&[b'a'; 300_000])), &mut Full, &limits()).unwrap_err();
    assert!(matches!(error, ConvertError::Output(_)) && !error.is_of_the_file());
    let limits = ConversionLimits { scratch: "/nowhere/at/all".into(), ..limits() };
    let error = convert(&Upload(gzip(&zip(&[("a", b"b")]))), &mut Vec::new(), &limits).unwrap_err();
    assert!(matches!(error, ConvertError::Scratch(_)) && !error.is_of_the_file());
}
