//! What the name of a column means.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::known::KnownColumn;
use super::options::HeaderOptions;
use super::synonyms::{END_DATES, Rank, START_DATES, SYNONYMS};

/// No longer name is looked up. It is twice the longest synonym, with what may stand behind it in brackets.
const MAX_LOOKED_UP_BYTES: usize = 80;

/// What a name means, by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameMeaning {
    /// A column.
    Column(KnownColumn, Rank),
    /// The day of the start; with the time, where no other column is the start.
    StartDate,
    /// The day of the end; with the time, where [`NameMeaning::StartDate`] is the start.
    EndDate,
}

static MEANINGS: LazyLock<HashMap<String, NameMeaning>> = LazyLock::new(|| {
    let columns = SYNONYMS.iter().flat_map(|(known, rank, names)| {
        names.iter().map(|name| (fold(name), NameMeaning::Column(*known, *rank)))
    });
    let starts = START_DATES.iter().map(|name| (fold(name), NameMeaning::StartDate));
    let ends = END_DATES.iter().map(|name| (fold(name), NameMeaning::EndDate));
    columns.chain(starts).chain(ends).collect()
});

impl NameMeaning {
    /// What a header's name means: itself, without what stands in brackets at its end, or both sides of a slash.
    pub(super) fn of(name: &str) -> Option<Self> {
        if name.len() > MAX_LOOKED_UP_BYTES {
            return None;
        }
        Self::without_brackets(name).or_else(|| {
            let (name, brackets) = split_brackets(name)?;
            Self::without_brackets(name).filter(|meaning| meaning.allows(brackets))
        })
    }

    fn without_brackets(name: &str) -> Option<Self> {
        let looked_up = |name: &str| MEANINGS.get(fold(name).as_str()).copied();
        looked_up(name).or_else(|| {
            let (first, second) = name.split_once('/')?;
            match (looked_up(first)?, looked_up(second)?) {
                (Self::Column(one, rank), Self::Column(other, other_rank)) if one == other => {
                    Some(Self::Column(one, rank.max(other_rank)))
                }
                _ => None,
            }
        })
    }

    /// Whether these words in brackets leave the values what they are. Times in UTC are not the festival's,
    /// and hours are no minutes.
    fn allows(self, brackets: &str) -> bool {
        let mut words = words(brackets).into_iter();
        match self {
            Self::Column(KnownColumn::Duration, _) => {
                words.all(|word| word.starts_with("min") || word == "optional")
            }
            _ => !words.any(|word| matches!(word.as_str(), "utc" | "gmt" | "z")),
        }
    }
}

/// The name in front of brackets at the end, and what is in them.
fn split_brackets(name: &str) -> Option<(&str, &str)> {
    let inside = name.trim_end().strip_suffix([')', ']'])?;
    inside.split_once(['(', '['])
}

/// A name as it is compared: letters and digits in lower case, without accents (`ß` is `ss`), spaces and
/// punctuation.
pub(super) fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for character in name.chars().flat_map(char::to_lowercase) {
        match character {
            'à'..='å' => folded.push('a'),
            'ç' => folded.push('c'),
            'è'..='ë' => folded.push('e'),
            'ì'..='ï' => folded.push('i'),
            'ñ' => folded.push('n'),
            'ò'..='ö' | 'ø' => folded.push('o'),
            'ù'..='ü' => folded.push('u'),
            'ý' | 'ÿ' => folded.push('y'),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ß' => folded.push_str("ss"),
            // Accents that are characters of their own, as macOS writes them, are not alphanumeric.
            character if character.is_alphanumeric() => folded.push(character),
            _ => {}
        }
    }
    folded
}

/// The words of a name, folded: between spaces, punctuation and digits, and where `camelCase` begins one.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut spaced = String::with_capacity(name.len() + 8);
    let mut after_small = false;
    for character in name.chars() {
        let is_accent = ('\u{300}'..='\u{36f}').contains(&character);
        if !character.is_alphabetic() && !is_accent {
            spaced.push(' ');
        } else {
            if after_small && character.is_uppercase() {
                spaced.push(' ');
            }
            spaced.push(character);
        }
        after_small = character.is_lowercase();
    }
    spaced.split_whitespace().map(fold).filter(|word| !word.is_empty()).collect()
}

/// A name without space, byte order marks and zero-width characters around it.
pub(super) fn trimmed(name: &str) -> &str {
    name.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200d}' | '\u{2060}')
    })
}

/// The columns that the planner named, as `Performer=Artist`, or whose values he said.
#[derive(Debug)]
pub(super) struct NamedColumns<'a> {
    named: Vec<(KnownColumn, &'a str, String)>,
    has_stage: bool,
}

impl<'a> NamedColumns<'a> {
    /// Those of an option or of the upload's metadata.
    pub(super) fn new(options: HeaderOptions<'a>) -> Self {
        let named = options.columns.iter().map(|(known, name)| (*known, trimmed(name), fold(name)));
        Self { named: named.collect(), has_stage: options.has_stage }
    }

    /// None.
    pub(super) const fn none() -> Self {
        Self { named: Vec::new(), has_stage: false }
    }

    /// Whether the header must have this column.
    pub(super) const fn requires(&self, known: KnownColumn) -> bool {
        known.required() && !(self.has_stage && matches!(known, KnownColumn::Stage))
    }

    /// Each with its name as the planner wrote it.
    pub(super) fn iter(&self) -> impl Iterator<Item = (KnownColumn, &'a str)> {
        self.named.iter().map(|(known, name, _)| (*known, *name))
    }

    /// The column that a header's name was said to be.
    pub(super) fn find(&self, name: &str) -> Option<KnownColumn> {
        if self.named.is_empty() {
            return None;
        }
        let folded = fold(name);
        self.named
            .iter()
            .find(|(_, own, own_folded)| same(trimmed(name), &folded, own, own_folded))
            .map(|found| found.0)
    }
}

/// The columns of this name: those that are written so, or else those that fold to the same.
pub(super) fn columns_called<'n>(names: &'n [String], name: &str) -> Vec<(usize, &'n String)> {
    let all = names.iter().enumerate();
    let exact: Vec<_> = all.clone().filter(|(_, own)| *own == name).collect();
    if !exact.is_empty() {
        return exact;
    }
    let folded = fold(name);
    all.filter(|(_, own)| same(own, &fold(own), name, &folded)).collect()
}

/// Names of punctuation alone fold to nothing, so they are compared as they are.
fn same(one: &str, one_folded: &str, other: &str, other_folded: &str) -> bool {
    if one_folded.is_empty() { one == other } else { one_folded == other_folded }
}

#[cfg(test)]
mod tests {
    use super::*;
    use KnownColumn::{Date, Duration, End, Performer, Stage, Start};
    use Rank::{Exact, Generic, Last, Specific};

    #[test]
    fn no_synonym_has_two_meanings() {
        let mut seen = HashMap::new();
        for (known, rank, names) in &SYNONYMS {
            for name in *names {
                let folded = fold(name);
                assert!(!folded.is_empty() && name.len() * 2 <= MAX_LOOKED_UP_BYTES, "{name}");
                let earlier = seen.insert(folded, (*known, *rank));
                assert!(earlier.is_none_or(|earlier| earlier == (*known, *rank)), "{name}: {earlier:?}");
            }
        }
        for name in START_DATES.iter().chain(&END_DATES) {
            assert_eq!(seen.insert(fold(name), (Date, Exact)), None, "{name}");
        }
    }

    #[test]
    fn names_are_compared_without_case_accents_and_punctuation() {
        for name in [
            "start time",
            "START_TIME",
            "startTime",
            "Start-Time",
            "start.time",
            " \"Start  time\" ",
            "Start Time:",
        ] {
            assert_eq!(NameMeaning::of(name), Some(NameMeaning::Column(Start, Specific)), "{name}");
        }
        for name in ["Bühne", "BÜHNE", "Bu\u{308}hne", "buhne", "Buehne", "\u{feff}Bühne*"] {
            assert_eq!(NameMeaning::of(name), Some(NameMeaning::Column(Stage, Specific)), "{name}");
        }
    }

    #[test]
    fn what_stands_in_brackets_or_behind_a_slash_does_not_hide_a_name() {
        let cases = [
            ("Start (HH:MM)", Some((Start, Exact))),
            ("Room/Location (Optional)", Some((Stage, Generic))),
            ("Artist / Band", Some((Performer, Specific))),
            ("Date (MM/DD/YYYY)", Some((Date, Exact))),
            ("Date/Time", Some((Start, Generic))),
            ("Duration (min)", Some((Duration, Specific))),
            ("Duration [minutes]", Some((Duration, Specific))),
            ("Day of Week", Some((Date, Last))),
            ("End/Finish", Some((End, Specific))),
            ("Duration (hours)", None),
            ("Start Time (UTC)", None),
            ("Artist/Stage", None),
            ("", None),
            ("#", None),
        ];
        for (name, expected) in cases {
            let expected = expected.map(|(known, rank)| NameMeaning::Column(known, rank));
            assert_eq!(NameMeaning::of(name), expected, "{name}");
        }
    }

    #[test]
    fn a_name_has_words() {
        assert_eq!(words("Ort2 / stageName_de (Künstler)"), ["ort", "stage", "name", "de", "kunstler"]);
    }
}
