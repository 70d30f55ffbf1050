//! The form that takes a file, the options of an import, and what every form has.

use lineup::options::{FILE_OPTIONS, FileOption};
use lineup_versions::ReplaceMode;
use maud::{Markup, html};

use crate::access::Access;
use crate::choices::{ImportChoices, NAME_FIELD, REPLACE_FIELD, field};
use crate::form::FORM_TOKEN;

/// The form. A script takes a file that is dropped anywhere on its page, and sends it.
pub(crate) fn form(access: &Access) -> Markup {
    html! {
        form.drop id="drop" method="post" action="/check" enctype="multipart/form-data" {
            (token(access))
            label for="file" { "Lineup to import" }
            input id="file" type="file" name="file" required;
            button { "Check it" }
            p.none { "CSV, Excel, OpenDocument or JSON. It is checked first; nothing is written before you say so." }
        }
    }
}

/// The hidden field that every form has.
pub(crate) fn token(access: &Access) -> Markup {
    html! { input type="hidden" name=(FORM_TOKEN) value=(access.form_token()); }
}

/// Options that were said, for a form that does not show them.
pub(crate) fn hidden(choices: &ImportChoices) -> Markup {
    html! {
        @for (name, value) in choices.fields() {
            // A field of one line would lose the others.
            @if value.contains('\n') { textarea name=(name) hidden { (value) } }
            @else { input type="hidden" name=(name) value=(value); }
        }
    }
}

/// A field for each option of the table, and those of the import itself.
pub(crate) fn option_fields(choices: &ImportChoices, file: &str) -> Markup {
    let name = choices.name.as_deref().unwrap_or_default();
    html! {
        div.fields {
            div {
                label for="as" { "Name of the lineup" }
                input id="as" type="text" name=(NAME_FIELD) value=(name) placeholder=(file) aria-describedby="as-help";
                p.none id="as-help" { "What is imported under a name takes the place of what was imported under it before" }
            }
            div {
                label for="replace" { "What only the version before has" }
                select id="replace" name=(REPLACE_FIELD) aria-describedby="replace-help" {
                    @for mode in ReplaceMode::ALL { (choice(mode.as_str(), (mode != ReplaceMode::default()).then_some(mode.as_str()), choices.replace.unwrap_or_default() == mode)) }
                }
                p.none id="replace-help" { "guarded: is removed, unless the file seems to be a part; always: is removed; never: stays" }
            }
            @for option in &FILE_OPTIONS { (option_field(option, &choices.value(option))) }
        }
    }
}

/// The field of an option: a box for a switch, a list where the values are told, lines where it repeats.
fn option_field(option: &FileOption, value: &str) -> Markup {
    let name = field(option);
    let help = format!("{name}-help");
    html! {
        div {
            label for=(name) { (option.name) }
            @match option.value {
                None => input id=(name) type="checkbox" name=(name) value="true" checked[value == "true"] aria-describedby=(help);,
                Some(values) if values.contains('|') => select id=(name) name=(name) aria-describedby=(help) {
                    (choice("as the file shows", None, value.is_empty()))
                    @for one in values.split('|') { (choice(one, Some(one), one == value)) }
                },
                Some(example) if option.repeats => textarea id=(name) name=(name) rows="2" placeholder=(example) aria-describedby=(help) { (value) },
                Some(example) => input id=(name) type="text" name=(name) value=(value) placeholder=(example) aria-describedby=(help);,
            }
            p.none id=(help) { (option.help) @if option.repeats { "; one a line" } }
        }
    }
}

fn choice(name: &str, value: Option<&str>, is_chosen: bool) -> Markup {
    html! { option value=(value.unwrap_or_default()) selected[is_chosen] { (name) } }
}
