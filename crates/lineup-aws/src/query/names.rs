//! Finding names that are similar to the one that was asked for.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How many names are suggested.
const SUGGESTIONS: usize = 3;

/// The names that differ from `asked` only in case, accents and spaces.
pub(super) fn same<'n>(asked: &str, names: &'n [String]) -> Vec<&'n str> {
    let folded = fold(asked);
    names.iter().map(String::as_str).filter(|name| fold(name) == folded).collect()
}

/// The names that are most similar to `asked`, the closest first: those at a small
/// edit distance, and those that contain it.
pub(super) fn closest(asked: &str, names: &[String]) -> Vec<String> {
    let asked = fold(asked);
    // A third of the letters may differ, and two in a short name.
    let most = (asked.chars().count() / 3).max(2);
    let mut near: Vec<(usize, &String)> =
        names.iter().filter_map(|name| Some((difference(&asked, &fold(name), most)?, name))).collect();
    near.sort();
    near.into_iter().take(SUGGESTIONS).map(|(_, name)| name.clone()).collect()
}

/// The edit distance of two folded names, if it is at most `most`. A `name` that is further
/// away but contains `asked` counts as `most`.
fn difference(asked: &str, name: &str, most: usize) -> Option<usize> {
    let edits = edits(asked, name);
    let contained = !asked.is_empty() && name.contains(asked);
    if edits <= most { Some(edits) } else { contained.then_some(most) }
}

/// Lower case, without accents (NFKD, then no combining marks) and with single spaces.
fn fold(name: &str) -> String {
    let bare: String = name.nfkd().filter(|letter| !is_combining_mark(*letter)).collect();
    bare.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The Levenshtein distance: how many letters to insert, delete or replace.
fn edits(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stages() -> Vec<String> {
        ["Main Stage", "MAIN STAGE", "Café Tànger", "West Holts", "West End", "Pyramid"]
            .map(str::to_owned)
            .to_vec()
    }

    #[test]
    fn case_accents_and_spaces_make_no_other_name() {
        assert_eq!(same("cafe  tanger ", &stages()), ["Café Tànger"]);
        assert_eq!(same("main stage", &stages()), ["Main Stage", "MAIN STAGE"]);
        assert!(same("Pyramids", &stages()).is_empty());
    }

    #[test]
    fn the_closest_names_come_first_and_far_ones_not_at_all() {
        assert_eq!(closest("Pyramd", &stages()), ["Pyramid"]);
        assert_eq!(closest("west", &stages()), ["West End", "West Holts"]);
        assert_eq!(closest("Man Stage", &stages()), ["MAIN STAGE", "Main Stage"]);
        assert!(closest("Opera House", &stages()).is_empty());
    }

    #[test]
    fn edits_are_counted() {
        let cases =
            [("", "", 0), ("abc", "", 3), ("", "abc", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2)];
        for (one, other, count) in cases {
            assert_eq!(edits(one, other), count, "{one} {other}");
        }
    }
}
