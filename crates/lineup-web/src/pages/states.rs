//! The states that an execution visited, as a list that opens.

use maud::{Markup, html};

use crate::visits::StateVisit;
use crate::words::{moment, time_between};

/// The most characters of a state's input or output that are shown.
const MOST_CHARACTERS: usize = 20_000;

/// Each state with what it was given and what it answered.
pub(super) fn states(visits: &[StateVisit]) -> Markup {
    html! {
        ol.visits {
            @for (at, visit) in visits.iter().enumerate() {
                li {
                    details id=(format!("visit-{}", at + 1)) {
                        summary {
                            span class=(format!("dot {}", visit.end.class())) {}
                            b { (visit.state) } " "
                            span.quiet {
                                (visit.end.as_str())
                                @if let Some(left) = visit.left { ", " (time_between(visit.entered, left)) }
                                @if visit.attempts > 1 { ", " (visit.attempts) " attempts" }
                            }
                        }
                        div {
                            p.none { "Entered " time datetime=(visit.entered) { (moment(visit.entered)) } }
                            @for (error, cause) in &visit.errors { p.error { b { (error) } " " (cause) } }
                            h3 { "Input" } pre { (json(&visit.input)) }
                            @if let Some(output) = &visit.output { h3 { "Output" } pre { (json(output)) } }
                        }
                    }
                }
            }
        }
    }
}

/// JSON with line breaks, or the text as it is.
fn json(text: &str) -> String {
    let value = serde_json::from_str::<serde_json::Value>(text);
    let pretty =
        value.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or_else(|_| text.to_owned());
    match pretty.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}\n… and more", &pretty[..end]),
        None => pretty,
    }
}
