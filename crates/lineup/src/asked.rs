//! Which of many names someone may mean who typed one.
//!
//! Names compare as [`spelling::fold`](crate::spelling::fold) has them: without case, accents, punctuation and spaces.

use crate::spelling::fold;

/// A name that was asked for, to be compared with names that there are.
///
/// ```
/// use lineup::asked::AskedName;
///
/// let asked = AskedName::new("beyonce");
/// assert!(asked.equals("Beyoncé") && asked.is_part_of("Beyoncé & Band"));
/// assert_eq!(asked.edits("Beyonse"), Some(1));
/// assert_eq!(asked.edits("Stormzy"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedName {
    folded: String,
    letters: Vec<char>,
}

impl AskedName {
    /// The name as it was typed.
    pub fn new(text: &str) -> Self {
        let folded = fold(text);
        Self { letters: folded.chars().collect(), folded }
    }

    /// The name as names compare.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Whether `name` is this one but for case, accents, punctuation and spaces.
    pub fn equals(&self, name: &str) -> bool {
        fold(name) == self.folded
    }

    /// Whether `name` contains this one. Nothing contains an empty name.
    pub fn is_part_of(&self, name: &str) -> bool {
        self.is_in(&fold(name))
    }

    /// How many letters have to be inserted, deleted or replaced to make `name` of this one (Levenshtein distance). `None` if there are more than
    /// a third of its letters, or than two in a short name; all of them may not differ.
    pub fn edits(&self, name: &str) -> Option<usize> {
        self.edits_to(&fold(name))
    }

    /// What `name` has to do with this one, if anything; the first of these that holds.
    pub fn likeness(&self, name: &str) -> Option<NameLikeness> {
        let folded = fold(name);
        if self.folded.is_empty() {
            None
        } else if folded == self.folded {
            Some(NameLikeness::Equal)
        } else if folded.starts_with(&self.folded) {
            Some(NameLikeness::Beginning)
        } else if self.is_in(&folded) {
            Some(NameLikeness::Part)
        } else {
            self.edits_to(&folded).map(NameLikeness::Edits)
        }
    }

    fn is_in(&self, folded: &str) -> bool {
        !self.folded.is_empty() && folded.contains(&self.folded)
    }

    fn edits_to(&self, folded: &str) -> Option<usize> {
        let letters = self.letters.len();
        let most = (letters / 3).max(2).min(letters.saturating_sub(1));
        // A letter has one to four bytes.
        if folded.len() > 4 * (letters + most) || folded.len() + most < letters {
            return None;
        }
        let other: Vec<char> = folded.chars().collect();
        if letters.abs_diff(other.len()) > most {
            return None;
        }
        Some(edits(&self.letters, &other)).filter(|edits| *edits <= most)
    }
}

/// What a name has to do with one that was asked for: the closest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameLikeness {
    /// It is the same but for case, accents, punctuation and spaces.
    Equal,
    /// It begins with it.
    Beginning,
    /// It contains it.
    Part,
    /// So many letters differ: see [`AskedName::edits`].
    Edits(usize),
}

/// The `most` names that are most similar to the one that was asked for, the closest first: those with few [edits](AskedName::edits), then
/// those that contain it. Names that are as close stand in the order of their letters.
///
/// ```
/// use lineup::asked::{AskedName, closest};
///
/// let names = ["West Holts", "Pyramid", "West End"];
/// assert_eq!(closest(&AskedName::new("Pyramd"), names, 3), ["Pyramid"]);
/// assert_eq!(closest(&AskedName::new("west"), names, 3), ["West End", "West Holts"]);
/// ```
pub fn closest<'n>(asked: &AskedName, names: impl IntoIterator<Item = &'n str>, most: usize) -> Vec<&'n str> {
    let distance = |name: &str| asked.edits(name).or_else(|| asked.is_part_of(name).then_some(usize::MAX));
    let mut near: Vec<(usize, &str)> =
        names.into_iter().filter_map(|name| Some((distance(name)?, name))).collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(most).map(|(_, name)| name).collect()
}

fn edits(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_found_however_it_is_typed() {
        let cases = [
            ("bjork", "Björk", true, true),
            ("BJÖRK", "Björk", true, true),
            ("tyler the creator", "Tyler, the Creator", true, true),
            ("ac/dc", "ACDC", true, true),
            ("megan", "Megan Thee Stallion", false, true),
            ("thee stal", "Megan Thee Stallion", false, true),
            ("Megan Thee Stallion", "Megan", false, false),
            ("宇多田", "宇多田ヒカル", false, true),
            ("", "Anyone", false, false),
            ("!!!", "!!!", true, true),
            ("!!!", "???", false, false),
        ];
        for (asked, name, equal, part) in cases {
            let asked = AskedName::new(asked);
            assert_eq!((asked.equals(name), asked.is_part_of(name)), (equal, part), "{asked:?} {name:?}");
        }
    }

    #[test]
    fn edits_are_counted_as_far_as_names_are_similar() {
        let cases = [
            ("kitten", "sitting", None),
            ("kitten", "kitxxn", Some(2)),
            ("Stormzi", "Stormzy", Some(1)),
            ("Stormyz", "Stormzy", Some(2)),
            ("ab", "abc", Some(1)),
            ("ab", "xy", None),
            ("a", "b", None),
            ("", "", Some(0)),
        ];
        for (asked, name, expected) in cases {
            assert_eq!(AskedName::new(asked).edits(name), expected, "{asked} {name}");
        }
    }

    #[test]
    fn the_closest_names_come_first_and_far_ones_not_at_all() {
        let stages = ["Main Stage", "MAIN STAGE", "Café Tànger", "West Holts", "West End", "Pyramid"];
        let cases: [(&str, &[&str]); 4] = [
            ("Pyramd", &["Pyramid"]),
            ("west", &["West End", "West Holts"]),
            ("Man Stage", &["MAIN STAGE", "Main Stage"]),
            ("Opera House", &[]),
        ];
        for (asked, expected) in cases {
            assert_eq!(closest(&AskedName::new(asked), stages, 3), expected, "{asked}");
        }
    }

    proptest! {
        #[test]
        fn case_accents_and_spaces_never_matter(words in proptest::collection::vec("[a-zéöñ]{1,6}", 1..4)) {
            let name = words.join(" ");
            let shouted = words.join("  ").to_uppercase();
            prop_assert!(AskedName::new(&shouted).equals(&name));
            prop_assert!(AskedName::new(&name).equals(&shouted));
            prop_assert_eq!(AskedName::new(&shouted).edits(&name), Some(0));
        }

        #[test]
        fn what_is_equal_contains_each_other_and_is_the_closest(
            names in proptest::collection::vec("[a-cA-Cé ]{0,5}", 1..12), at in any::<prop::sample::Index>(),
        ) {
            let name = at.get(&names).as_str();
            let asked = AskedName::new(name);
            prop_assert!(asked.equals(name));
            prop_assert_eq!(asked.is_part_of(name), !asked.folded().is_empty());
            let found = closest(&asked, names.iter().map(String::as_str), names.len());
            prop_assert!(found.is_empty() || asked.folded().is_empty() || asked.equals(found[0]));
            prop_assert!(asked.folded().is_empty() || found.contains(&name));
            for name in &names {
                let likeness = asked.likeness(name);
                let is_part = matches!(
                    likeness,
                    Some(NameLikeness::Equal | NameLikeness::Beginning | NameLikeness::Part)
                );
                prop_assert_eq!(is_part, asked.is_part_of(name));
                prop_assert_eq!(likeness == Some(NameLikeness::Equal), asked.equals(name) && is_part);
                if let Some(NameLikeness::Edits(edits)) = likeness {
                    prop_assert_eq!(asked.edits(name), Some(edits));
                }
            }
        }

        #[test]
        fn edits_are_the_same_both_ways(one in "[ab]{0,8}", other in "[ab]{0,8}") {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            let there = edits(&letters(&one), &letters(&other));
            prop_assert_eq!(there, edits(&letters(&other), &letters(&one)));
            prop_assert_eq!(there == 0, one == other);
            prop_assert!(there <= one.len().max(other.len()));
        }
    }
}
