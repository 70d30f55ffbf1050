//! The form that takes a file, and what every form has.

use maud::{Markup, html};

use crate::access::Access;
use crate::state::FORM_TOKEN;

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
