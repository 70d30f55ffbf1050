//! File names of stages and performers, whatever these are called.

use std::collections::BTreeSet;

use lineup::spelling::fold;

use crate::base32;

/// The most characters of a name that are kept in its file name.
const SLUG: usize = 40;
/// Letters of the hash: 40 bits. Where two names still come to one, the later one has more.
const HASH: usize = 8;

/// Gives each name a file name of its own. A file name has nothing but `a` to `z`, digits and `-`, so that it
/// cannot leave its folder, and is safe on every file system and in every address.
#[derive(Debug, Default)]
pub(crate) struct FileNames {
    used: BTreeSet<String>,
}

impl FileNames {
    /// The file name, without a folder and an extension, for a name that was not asked for before.
    pub(crate) fn next(&mut self, name: &str) -> String {
        let hash = base32::hash(&[name]);
        let slug = slug(name);
        let mut letters = HASH;
        loop {
            let file = format!("{slug}-{}", &hash[..letters.min(base32::LETTERS)]);
            if self.used.insert(file.clone()) {
                return file;
            }
            letters += 1;
            if letters > base32::LETTERS {
                return self.numbered(&file);
            }
        }
    }

    /// For two names with the same 80 bits.
    fn numbered(&mut self, file: &str) -> String {
        let mut number = 2;
        loop {
            let file = format!("{file}-{number}");
            if self.used.insert(file.clone()) {
                return file;
            }
            number += 1;
        }
    }
}

/// The letters of the name without case and accents, words joined with `-`.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for word in name.split(|letter: char| !letter.is_alphanumeric()) {
        let word: String = fold(word).chars().filter(char::is_ascii_alphanumeric).collect();
        if !word.is_empty() && !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(&word);
    }
    slug.truncate(SLUG);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "name".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_file_name_shows_the_name_where_ascii_can() {
        let cases = [
            ("Main Stage", "main-stage"),
            ("AVALON'S CAFÉ STAGE", "avalon-s-cafe-stage"),
            ("../../etc/passwd", "etc-passwd"),
            ("東京", "name"),
            ("", "name"),
            ("<img src=x onerror=alert(1)>", "img-src-x-onerror-alert-1"),
        ];
        for (name, expected) in cases {
            assert_eq!(slug(name), expected, "{name:?}");
        }
    }

    #[test]
    fn names_that_look_alike_have_files_of_their_own() {
        let mut names = FileNames::default();
        let files: BTreeSet<_> = ["Tent", "tent", "TENT!", "Tént"].map(|name| names.next(name)).into();
        assert_eq!(files.len(), 4, "{files:?}");
        let again = names.next("Tent");
        assert!(!files.contains(&again), "even the same name, asked for twice");
    }

    proptest! {
        #[test]
        fn every_file_name_is_safe(name in "\\PC{0,60}|[./\\\\\0\n~]{0,9}") {
            let file = FileNames::default().next(&name);
            let is_safe = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
            prop_assert!(file.chars().all(is_safe) && file.len() <= 60 && !file.starts_with('-'), "{file}");
        }
    }
}
