//! Object keys as file names.
//!
//! A key is any UTF-8 text of up to 1,024 bytes (S3 guide, "Naming Amazon S3
//! objects"); a file name is neither as free nor as long. The mapping is
//! one-to-one and keeps the folders that people see in a key:
//! `imports/1/a b.csv` lies under `imports/1/a%20b.csv.object`. No key hides
//! another: `a` is the file `a.object`, `a/b` lies in the folder `a`.

use std::path::PathBuf;

/// Ends the name of every object's file.
const OBJECT: &str = ".object";

/// Ends a folder that a name too long for one file name goes on in.
const CONTINUED: char = '~';

/// Stands for the empty component of `a//b` and of `a/`.
const EMPTY: &str = "%";

/// The longest piece of an encoded component, well under the 255 bytes of common file systems.
const PIECE: usize = 200;

/// Where the object `key` lies in its bucket's folder.
pub(crate) fn object_path(key: &str) -> PathBuf {
    let (folders, name) =
        key.rsplit_once('/').map_or(("", key), |(folders, _)| (folders, &key[folders.len() + 1..]));
    let mut path = if key.contains('/') { folder_path(folders) } else { PathBuf::new() };
    let mut pieces = pieces(name);
    let last = pieces.pop().unwrap_or_default();
    path.extend(pieces);
    path.push(format!("{last}{OBJECT}"));
    path
}

/// Where the objects lie whose keys begin with `folder` and a slash.
pub(crate) fn folder_path(folder: &str) -> PathBuf {
    folder
        .split('/')
        .flat_map(|component| {
            let mut pieces = pieces(component);
            if let Some(last) = pieces.last_mut() {
                protect(last);
            }
            pieces
        })
        .collect()
}

/// A folder's name must not look like an object's file.
fn protect(name: &mut String) {
    if let Some(stem) = name.strip_suffix(OBJECT) {
        *name = format!("{stem}%2E{}", &OBJECT[1..]);
    }
}

/// An entry of a folder, read back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The last component of an object's key.
    Object(String),
    /// A component of keys, with its slash; or, without one, the beginning of a long component.
    Folder(String),
}

/// What a file or folder called `name` stands for; `None` for anything this module did not name.
pub(crate) fn entry(name: &str) -> Option<Entry> {
    if let Some(stem) = name.strip_suffix(OBJECT) {
        return decode(stem).map(Entry::Object);
    }
    match name.strip_suffix(CONTINUED) {
        Some(stem) => decode(stem).map(Entry::Folder),
        None => decode(name).map(|component| Entry::Folder(component + "/")),
    }
}

/// `component` encoded, in pieces: all but the last are folders of their own. Cuts fall between characters.
fn pieces(component: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for character in component.chars() {
        let encoded = encode(character);
        if piece.len() + encoded.len() > PIECE {
            piece.push(CONTINUED);
            pieces.push(std::mem::take(&mut piece));
        }
        piece.push_str(&encoded);
    }
    pieces.push(match piece.as_str() {
        "" => EMPTY.to_owned(),
        "." | ".." => piece.replace('.', "%2E"),
        _ => piece,
    });
    pieces
}

fn encode(character: char) -> String {
    if character.is_ascii_alphanumeric() || "-_.".contains(character) {
        return character.to_string();
    }
    let mut buffer = [0; 4];
    character.encode_utf8(&mut buffer).bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn decode(name: &str) -> Option<String> {
    if name == EMPTY {
        return Some(String::new());
    }
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            bytes.push(byte);
            rest = after;
            continue;
        }
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok())?;
        bytes.push(u8::from_str_radix(hex, 16).ok()?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    /// The key that a path stands for, read as a listing reads it.
    fn key(path: &Path) -> String {
        let name = |part: std::path::Component<'_>| part.as_os_str().to_str().unwrap().to_owned();
        let parts: Vec<_> = path.components().map(name).collect();
        parts
            .iter()
            .map(|part| match entry(part).unwrap() {
                Entry::Object(text) | Entry::Folder(text) => text,
            })
            .collect()
    }

    #[test]
    fn keys_keep_their_folders_on_disk() {
        assert_eq!(object_path("imports/1/a b.csv"), Path::new("imports/1/a%20b.csv.object"));
    }

    #[test]
    fn an_object_and_a_folder_of_one_name_live_side_by_side() {
        assert_ne!(object_path("a"), folder_path("a"));
        assert_eq!(object_path("a.object/b"), Path::new("a%2Eobject/b.object"));
    }

    proptest! {
        #[test]
        fn every_key_is_read_back_and_stays_inside_its_bucket(key_text in "[a./~%é+ ]{1,12}|[a-cé/]{190,420}") {
            let path = object_path(&key_text);
            prop_assert_eq!(key(&path), key_text);
            for part in path.components() {
                prop_assert!(matches!(part, std::path::Component::Normal(name) if name.len() < 255));
            }
        }

        #[test]
        fn different_keys_have_different_files(a in "[a./~%]{1,8}", b in "[a./~%]{1,8}") {
            prop_assert_eq!(object_path(&a) == object_path(&b), a == b);
        }
    }
}
