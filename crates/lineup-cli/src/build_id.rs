//! Which build of this program runs.
//!
//! Two builds may differ in what they write into the data folder and how they read it, so a command joins a process of its own
//! build alone.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::time::UNIX_EPOCH;

/// The type of the note with the build id (`NT_GNU_BUILD_ID` of `elf.h`). Its owner is `GNU`.
const BUILD_ID_NOTE: u32 = 3;
const OWNER: &[u8] = b"GNU\0";
/// The type of a program header that leads to notes (`PT_NOTE`).
const NOTES: u32 = 4;
/// Of a file that is no program of ours there may be any number and any sizes.
const MOST_HEADERS: u16 = 64;
const MOST_NOTES: u64 = 64 << 10;

/// Text that only a copy of the same program has.
///
/// It is the hash that the linker made of the program (the GNU build id) and the file's size: reading all of the file takes longer
/// than many commands. Without a build id it is the size and the time of the file.
pub(crate) fn of_this_program() -> io::Result<String> {
    let mut file = File::open(std::env::current_exe()?)?;
    let metadata = file.metadata()?;
    let size = metadata.len();
    // A file that breaks off has no build id.
    if let Some(id) = build_id(&mut file).unwrap_or_default() {
        let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        return Ok(format!("{hex}-{size}"));
    }
    let written = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{}-{size}", written.as_nanos()))
}

/// The build id of a 64-bit little-endian ELF file; `None` if it is another file, or has none. The offsets are those of `Elf64_Ehdr`
/// and `Elf64_Phdr` (System V ABI, "ELF Header", "Program Header").
fn build_id(file: &mut (impl Read + Seek)) -> io::Result<Option<Vec<u8>>> {
    let mut header = [0; 64];
    file.read_exact(&mut header)?;
    if !header.starts_with(b"\x7fELF\x02\x01") {
        return Ok(None);
    }
    let (table, length, count) = (u64_at(&header, 32), u16_at(&header, 54), u16_at(&header, 56));
    for at in 0..count.min(MOST_HEADERS) {
        let mut program = [0; 56];
        let place = table.saturating_add(u64::from(at) * u64::from(length));
        file.seek(SeekFrom::Start(place))?;
        file.read_exact(&mut program)?;
        if u32_at(&program, 0) != NOTES {
            continue;
        }
        let (offset, size) = (u64_at(&program, 8), u64_at(&program, 32));
        let mut notes = Vec::new();
        file.seek(SeekFrom::Start(offset))?;
        file.by_ref().take(size.min(MOST_NOTES)).read_to_end(&mut notes)?;
        if let Some(id) = build_id_of(&notes) {
            return Ok(Some(id.to_owned()));
        }
    }
    Ok(None)
}

/// The build id among notes: each is three numbers, then its owner and its content, each filled up to four bytes.
fn build_id_of(mut notes: &[u8]) -> Option<&[u8]> {
    loop {
        let (head, rest) = notes.split_at_checked(12)?;
        let (owner, content, kind) = (u32_at(head, 0), u32_at(head, 4), u32_at(head, 8));
        let (owner, rest) = filled(rest, owner)?;
        let (content, rest) = filled(rest, content)?;
        if kind == BUILD_ID_NOTE && owner == OWNER {
            return Some(content);
        }
        notes = rest;
    }
}

/// The first `length` bytes, and what comes after them and what fills them up.
fn filled(bytes: &[u8], length: u32) -> Option<(&[u8], &[u8])> {
    let length = usize::try_from(length).ok()?;
    let end = length.checked_next_multiple_of(4)?.min(bytes.len());
    Some((bytes.get(..length)?, &bytes[end..]))
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u16::from_le_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn note(kind: u32, owner: &[u8], content: &[u8]) -> Vec<u8> {
        let number = |length: usize| u32::try_from(length).unwrap().to_le_bytes();
        let mut note =
            [&number(owner.len())[..], &number(content.len()), &kind.to_le_bytes(), owner].concat();
        note.resize(note.len().next_multiple_of(4), 0);
        note.extend(content);
        note.resize(note.len().next_multiple_of(4), 0);
        note
    }

    /// A header, one program header, and notes.
    fn program(notes: &[u8]) -> Vec<u8> {
        let mut file = vec![0; 64 + 56];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        file[32] = 64;
        (file[54], file[56]) = (56, 1);
        file[64] = 4;
        file[64 + 8] = 120;
        file[64 + 32] = u8::try_from(notes.len()).unwrap();
        [&file, notes].concat()
    }

    #[test]
    fn the_build_id_is_found_among_other_notes() {
        let notes = [note(1, b"GNU\0", &[0; 16]), note(3, b"Go\0", b"no"), note(3, b"GNU\0", b"12345")];
        let id = build_id(&mut Cursor::new(program(&notes.concat()))).unwrap();
        assert_eq!(id.as_deref(), Some(&b"12345"[..]));
    }

    #[test]
    fn what_is_no_such_program_has_none() {
        let whole = program(&note(3, b"GNU\0", b"12345678"));
        for length in 0..whole.len() {
            let found = build_id(&mut Cursor::new(&whole[..length])).unwrap_or_default();
            assert_eq!(found, None, "cut at {length}");
        }
        for at in 0..whole.len() {
            let mut spoilt = whole.clone();
            spoilt[at] = 0xff;
            // Any answer, but an answer.
            let _ = build_id(&mut Cursor::new(spoilt));
        }
        assert_eq!(build_id(&mut Cursor::new(vec![0; 200])).unwrap(), None);
    }

    #[test]
    fn this_program_is_always_the_same_one() {
        let id = of_this_program().unwrap();
        assert_eq!(of_this_program().unwrap(), id);
        assert!(id.len() > 8, "{id}");
    }
}
