//! A button with the command that does the same.

use maud::{Markup, html};

use super::file_form::token;
use crate::state::WebState;

/// What a button does.
pub(super) struct PageAction<'a> {
    /// Where its form goes.
    pub(super) address: &'a str,
    /// What it says.
    pub(super) name: &'a str,
    /// The command, whole.
    pub(super) command: String,
    /// Hidden fields.
    pub(super) fields: &'a [(&'a str, String)],
}

/// The button beside the command; the command alone where the pages only read.
pub(super) fn action(state: &WebState, action: &PageAction<'_>) -> Markup {
    let PageAction { address, name, command, fields } = action;
    html! {
        @if state.options.may_change {
            form.action method="post" action=(address) {
                (token(&state.access))
                @for (name, value) in *fields { input type="hidden" name=(name) value=(value); }
                button { (name) }
                span { "or " code { (command) } }
            }
        } @else {
            p.action { (name) ": " code { (command) } }
        }
    }
}
