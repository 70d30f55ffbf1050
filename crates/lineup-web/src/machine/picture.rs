//! The placed flow as SVG. Classes colour it: a stylesheet may be forbidden to a picture, but not its attributes.

use std::collections::BTreeMap;
use std::fmt::Write;

use maud::{Markup, html};

use super::flow::{Flow, FlowArrow};
use super::placement::{Placement, place};
use crate::visits::{StateVisit, VisitEnd};

const ROW: f64 = 50.0;
const WIDTH: f64 = 118.0;
const HEIGHT: f64 = 28.0;
const MARGIN: f64 = 8.0;

/// The picture. A state that was visited leads to its last visit: `#visit-3` is the third one.
pub(crate) fn picture(flow: &Flow, visits: &[StateVisit]) -> Markup {
    let placement = place(flow);
    if placement.rows == 0 {
        return html! { p.none { "The definition of this execution cannot be read, so there is no picture of it." } };
    }
    let left = placement.middles.0 - WIDTH / 2.0 - MARGIN;
    let width = placement.middles.1 - placement.middles.0 + WIDTH + 2.0 * MARGIN;
    let height = placement.rows as f64 * ROW - ROW + HEIGHT + 2.0 * MARGIN;
    let last: BTreeMap<&str, (usize, VisitEnd)> =
        visits.iter().enumerate().map(|(at, visit)| (visit.state.as_str(), (at + 1, visit.end))).collect();
    let mut arrows: Vec<_> = flow.arrows.iter().zip(&placement.arrows).collect();
    // What was taken lies on top.
    arrows.sort_by_key(|(arrow, _)| arrow.is_taken);
    html! {
        svg.machine viewBox=(format!("{left:.0} 0 {width:.0} {height:.0}")) width=(format!("{width:.0}"))
            height=(format!("{height:.0}")) role="group" aria-label="State machine" {
            @for (arrow, points) in arrows { (line(arrow, points)) }
            @for (at, state) in flow.states.iter().enumerate() {
                @let visit = last.get(state.name.as_str());
                @let class = format!("{} {}", state.kind.to_lowercase(), visit.map_or("", |(_, end)| end.class()));
                @let drawn = state_box(&placement, at, &state.name);
                @match visit {
                    Some((number, end)) => a href=(format!("#visit-{number}")) class=(format!("state {class}")) {
                        title { (state.name) ", " (state.kind) ": " (end.as_str()) ". " (state.comment) }
                        (drawn)
                    },
                    None => g class=(format!("state {class}")) {
                        title { (state.name) ", " (state.kind) ": not reached. " (state.comment) }
                        (drawn)
                    },
                }
            }
        }
    }
}

/// The box: with a double border for a Map, with more of a curve for a Choice, round for an end.
fn state_box(placement: &Placement, at: usize, name: &str) -> Markup {
    let (x, row) = placement.states[at];
    let y = MARGIN + row as f64 * ROW;
    html! {
        rect x=(tenths(x - WIDTH / 2.0)) y=(tenths(y)) width=(WIDTH) height=(HEIGHT) rx="6" {}
        rect.inner x=(tenths(x - WIDTH / 2.0 + 3.0)) y=(tenths(y + 3.0)) width=(WIDTH - 6.0) height=(HEIGHT - 6.0) rx="4" {}
        text x=(tenths(x)) y=(tenths(y + HEIGHT / 2.0)) { (name) }
    }
}

fn line(arrow: &FlowArrow, points: &[(f64, usize)]) -> Markup {
    let taken = if arrow.is_taken { "taken" } else { "" };
    let class = format!("arrow {taken} {}", if arrow.is_catch { "catch" } else { "" });
    let Some((path, head)) = curve(points) else { return html! {} };
    html! {
        path class=(class) d=(path) {}
        path class=(format!("head {class}")) d=(head) {}
    }
}

/// A curve from the edge of the first box to that of the last, and the head of the arrow there.
fn curve(points: &[(f64, usize)]) -> Option<(String, String)> {
    let (first, last) = (points.first()?, points.last()?);
    let up = last.1 < first.1;
    let middle = |row: usize| MARGIN + row as f64 * ROW + HEIGHT / 2.0;
    let edge = if up { -HEIGHT / 2.0 } else { HEIGHT / 2.0 };
    let mut path = format!("M{} {}", tenths(first.0), tenths(middle(first.1) + edge));
    let mut from = (first.0, middle(first.1) + edge);
    for (at, point) in points.iter().enumerate().skip(1) {
        let to = (point.0, middle(point.1) - edge);
        let half = f64::midpoint(from.1, to.1);
        // Writing into a String does not fail.
        let _ =
            write!(path, "C{} {1} {2} {1} {2} {3}", tenths(from.0), tenths(half), tenths(to.0), tenths(to.1));
        from = to;
        if at + 1 < points.len() {
            // Straight through the row, beside its states.
            from.1 = middle(point.1) + edge;
            let _ = write!(path, "V{}", tenths(from.1));
        }
    }
    let back = if up { 6.0 } else { -6.0 };
    let head = format!("M{} {}l-3.5 {back}h7z", tenths(from.0), tenths(from.1));
    Some((path, head))
}

fn tenths(number: f64) -> String {
    format!("{number:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use std::collections::BTreeSet;

    #[test]
    fn a_visited_state_leads_to_its_visit_and_names_are_text() {
        let definition = r#"{"StartAt": "<b>", "States": {
            "<b>": {"Type": "Task", "Comment": "\"quoted\"", "Next": "End"}, "End": {"Type": "Succeed"}}}"#;
        let visit = StateVisit {
            state: "<b>".to_owned(),
            entered: Timestamp::UNIX_EPOCH,
            left: None,
            input: "{}".to_owned(),
            output: None,
            attempts: 1,
            errors: Vec::new(),
            end: VisitEnd::Running,
        };
        let svg = picture(&Flow::read(definition, &BTreeSet::new()), &[visit]).into_string();
        assert!(svg.contains("href=\"#visit-1\"") && svg.contains("class=\"state task running\""), "{svg}");
        assert!(svg.contains("End, Succeed: not reached") && !svg.contains("<b>"), "{svg}");
        assert!(!svg.contains("style"), "the policy forbids it");
    }

    #[test]
    fn a_definition_that_cannot_be_read_is_said() {
        let said = picture(&Flow::default(), &[]).into_string();
        assert!(said.contains("cannot be read"), "{said}");
    }
}
