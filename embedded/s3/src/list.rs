//! Listing a bucket.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::path::{Entry, entry, folder_path};

/// Which part of a bucket is asked for (S3 API reference, ListObjectsV2).
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    pub(crate) prefix: String,
    pub(crate) delimiter: Option<String>,
    /// Names up to and including this one were given before.
    pub(crate) after: String,
    pub(crate) limit: usize,
}

/// A part of a bucket, in the order of the names' bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) keys: Vec<String>,
    pub(crate) prefixes: Vec<String>,
    /// `after` of the next part, if there is one.
    pub(crate) next: Option<String>,
}

impl Listed {
    /// Whether nothing was found.
    pub(crate) const fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.prefixes.is_empty()
    }
}

/// The names in the bucket that lies in `folder`, whatever comes after which: keys, and common prefixes, for which the value is true.
///
/// It begins in the folder that the prefix names, so that its time depends on what lies there and not on what lies beside it.
pub(crate) fn names(folder: &Path, query: &Query) -> io::Result<BTreeMap<String, bool>> {
    let mut names = BTreeMap::new();
    match query.prefix.rsplit_once('/') {
        Some((within, _)) => {
            walk(&folder.join(folder_path(within)), &format!("{within}/"), query, &mut names)?;
        }
        None => walk(folder, "", query, &mut names)?,
    }
    Ok(names)
}

/// Lists the bucket that lies in `folder`.
pub(crate) fn list(folder: &Path, query: &Query) -> io::Result<Listed> {
    let mut rest = names(folder, query)?.into_iter().filter(|(name, _)| *name > query.after);
    let mut listed = Listed::default();
    let mut last = None;
    for (name, is_prefix) in rest.by_ref().take(query.limit) {
        last = Some(name.clone());
        if is_prefix { listed.prefixes.push(name) } else { listed.keys.push(name) }
    }
    listed.next = last.filter(|_| rest.next().is_some());
    Ok(listed)
}

/// Collects what lies in `folder`, whose keys begin with `base`: names, and whether they are common prefixes.
fn walk(folder: &Path, base: &str, query: &Query, names: &mut BTreeMap<String, bool>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        // Deleting the last object in a folder deletes the folder.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    for file in entries {
        let file = file?;
        match file.file_name().to_str().and_then(entry) {
            Some(Entry::Object(name)) => add_key(format!("{base}{name}"), query, names),
            Some(Entry::Folder(name)) => {
                let below = format!("{base}{name}");
                if is_common_prefix(&below, query) {
                    names.insert(below, true);
                } else if below.starts_with(&query.prefix) || query.prefix.starts_with(&below) {
                    walk(&file.path(), &below, query, names)?;
                }
            }
            None => {}
        }
    }
    Ok(())
}

/// Whether a folder is listed as one name, so that nobody needs to look inside.
fn is_common_prefix(folder: &str, query: &Query) -> bool {
    query.delimiter.as_deref() == Some("/")
        && folder.ends_with('/')
        && folder.len() > query.prefix.len()
        && folder.starts_with(&query.prefix)
}

/// Adds a key that is asked for, or the common prefix that it is listed under.
pub(crate) fn add_key(key: String, query: &Query, names: &mut BTreeMap<String, bool>) {
    let Some(rest) = key.strip_prefix(&query.prefix) else { return };
    let cut = query.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
    match cut.and_then(|delimiter| rest.find(delimiter).map(|at| at + delimiter.len())) {
        Some(end) => drop(names.insert(key[..query.prefix.len() + end].to_owned(), true)),
        None => drop(names.insert(key, false)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::path::object_path;

    fn bucket(keys: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for key in keys {
            let path = folder.path().join(object_path(key));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn listed(folder: &Path, prefix: &str, delimiter: Option<&str>) -> (Vec<String>, Vec<String>) {
        let delimiter = delimiter.map(str::to_owned);
        let query = Query { prefix: prefix.to_owned(), delimiter, limit: 1000, ..Query::default() };
        let listed = list(folder, &query).unwrap();
        assert_eq!(listed.next, None);
        (listed.keys, listed.prefixes)
    }

    #[test]
    fn a_listing_has_the_keys_below_a_prefix_in_order() {
        let bucket = bucket(&["b", "a/2", "a/10", "a", "a/x/1", "ab"]);
        let cases = [
            ("", None, "a a/10 a/2 a/x/1 ab b", ""),
            ("a/", None, "a/10 a/2 a/x/1", ""),
            ("a/1", None, "a/10", ""),
            ("", Some("/"), "a ab b", "a/"),
            ("a/", Some("/"), "a/10 a/2", "a/x/"),
            ("a", Some("x"), "a a/10 a/2 ab", "a/x"),
        ];
        for (prefix, delimiter, keys, prefixes) in cases {
            let (found, common) = listed(bucket.path(), prefix, delimiter);
            assert_eq!((found.join(" ").as_str(), common.join(" ").as_str()), (keys, prefixes), "{prefix}");
        }
    }

    proptest! {
        #[test]
        fn a_listing_has_every_key_with_the_prefix_and_no_other(
            keys in proptest::collection::btree_set("[ab./~%é]{1,6}", 1..8),
            prefix in "[ab./~%é]{0,4}",
        ) {
            let bucket = bucket(&keys.iter().map(String::as_str).collect::<Vec<_>>());
            let expected: Vec<String> = keys.iter().filter(|key| key.starts_with(&prefix)).cloned().collect();
            prop_assert_eq!(listed(bucket.path(), &prefix, None).0, expected);
        }
    }

    #[test]
    fn pages_join_to_the_whole_listing() {
        let bucket = bucket(&["a", "b/1", "b/2", "c", "d/1"]);
        let mut query = Query { delimiter: Some("/".to_owned()), limit: 1, ..Query::default() };
        let mut all = Vec::new();
        loop {
            let listed = list(bucket.path(), &query).unwrap();
            all.extend(listed.keys.into_iter().chain(listed.prefixes));
            match listed.next {
                Some(next) => query.after = next,
                None => break,
            }
        }
        assert_eq!(all, ["a", "b/", "c", "d/"]);
    }
}
