//! What a planner says with a file that he imports on a page: the options of `lineup import`.

use lineup::options::{FILE_OPTIONS, FileOption};
use lineup_versions::ReplaceMode;

use crate::form::FormFields;

/// What the names of the fields of options begin with, so that none is taken for another field.
const FIELD: &str = "option-";
/// The field with the name of the lineup.
pub(crate) const NAME_FIELD: &str = "as";
/// The field that says what becomes of the version before.
pub(crate) const REPLACE_FIELD: &str = "replace";

/// The options of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportChoices {
    /// Options about the file: names of [`FILE_OPTIONS`] with values. One that repeats stands several times; a switch
    /// has the value `true`.
    pub said: Vec<(&'static str, String)>,
    /// The lineup of which the file is a version; the name of the file if it is not said.
    pub name: Option<String>,
    /// What becomes of what only the version before has.
    pub replace: Option<ReplaceMode>,
}

impl ImportChoices {
    /// Those of a form. A mode that there is none of is not said.
    pub(crate) fn of(fields: &FormFields) -> Self {
        let said = FILE_OPTIONS.iter().flat_map(|option| {
            let name = field(option);
            // An option that repeats has a value a line.
            let lines = fields.all(&name).flat_map(str::lines).map(str::trim).filter(|line| !line.is_empty());
            lines.map(|line| (option.name, line.to_owned())).collect::<Vec<_>>()
        });
        Self {
            said: said.collect(),
            name: fields.get(NAME_FIELD).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()),
            replace: fields.get(REPLACE_FIELD).and_then(|mode| mode.parse().ok()),
        }
    }

    /// The values of an option, a line each.
    pub(crate) fn value(&self, option: &FileOption) -> String {
        let values = self.said.iter().filter(|(name, _)| *name == option.name);
        values.map(|(_, value)| value.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// Names and values of the hidden fields from which [`ImportChoices::of`] reads them again.
    pub(crate) fn fields(&self) -> Vec<(String, String)> {
        let said = FILE_OPTIONS.iter().map(|option| (field(option), self.value(option)));
        let name = self.name.iter().map(|name| (NAME_FIELD.to_owned(), name.clone()));
        let replace = self.replace.iter().map(|mode| (REPLACE_FIELD.to_owned(), mode.to_string()));
        said.chain(name).chain(replace).filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The options as they follow the name of a file on the command line, each with a space before it.
    pub(crate) fn arguments(&self) -> String {
        let is_switch =
            |name: &str| FILE_OPTIONS.iter().any(|option| option.name == name && option.value.is_none());
        let said = self.said.iter().map(|(name, value)| match is_switch(name) {
            true => format!(" --{name}"),
            false => format!(" --{name} {}", word(value)),
        });
        let name = self.name.iter().map(|name| format!(" --as {}", word(name)));
        let replace = self.replace.iter().map(|mode| format!(" --replace {mode}"));
        said.chain(name).chain(replace).collect()
    }
}

/// The name of the field of an option.
pub(crate) fn field(option: &FileOption) -> String {
    format!("{FIELD}{}", option.name)
}

/// A text as one word of a POSIX shell: as it is where no letter means anything there, or else between single quotes
/// (POSIX.1-2024, Shell Command Language, section 2.2.2).
pub(crate) fn word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=+,%@".contains(letter);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Uri;

    fn of(query: &str) -> ImportChoices {
        ImportChoices::of(&FormFields::of(&format!("/?{query}").parse::<Uri>().unwrap()))
    }

    #[test]
    fn a_form_says_what_the_command_line_says() {
        let choices = of(
            "option-dates=dmy&option-day=Saturday%3D2025-07-12%0D%0ADay+1%3D2025-07-13&option-pm=true&as=fest+1.csv&replace=never&option-year=",
        );
        let line = " --dates dmy --day Saturday=2025-07-12 --day 'Day 1=2025-07-13' --pm --as 'fest 1.csv' --replace never";
        assert_eq!(choices.arguments(), line);
        let query: Vec<String> = choices
            .fields()
            .into_iter()
            .map(|(name, value)| {
                form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish()
            })
            .collect();
        assert_eq!(of(&query.join("&")), choices, "its hidden fields say the same");
    }

    #[test]
    fn an_empty_form_says_nothing() {
        assert_eq!(of("option-dates=&as=+&replace=sometimes"), ImportChoices::default());
    }

    #[test]
    fn a_word_of_a_shell_is_one_word() {
        assert_eq!(
            ["a.csv", "a b", "it's", "$(rm)", ""].map(word),
            ["a.csv", "'a b'", r"'it'\''s'", "'$(rm)'", "''"]
        );
    }
}
