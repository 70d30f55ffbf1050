//! How an import went, as three pictures over one axis of time.

use std::fmt::Write;

use maud::{Markup, html};

use crate::pace::{Pace, STEPS};
use crate::words::{counted, milliseconds, number};

/// Units of a picture across.
const WIDTH: f64 = 720.0;
/// Units of rows and of throttles upwards.
const HEIGHT: f64 = 72.0;
/// The most units that the chunks are high together, and one of them.
const CHUNKS_HEIGHT: f64 = 240.0;
const CHUNK_HEIGHT: f64 = 10.0;

/// Rows a second, throttled requests, and the time of each chunk.
pub(super) fn pace_picture(pace: &Pace, total: u32) -> Markup {
    let most = pace.rows.iter().copied().fold(0.0, f64::max);
    let throttled = pace.throttled();
    let about = if pace.weight > 1.0 { "About " } else { "" };
    let rows =
        format!("{about}{} rows a second, at most {}", number(pace.mean_rows() as u64), number(most as u64));
    let throttles = match throttled {
        0 => "No request was throttled".to_owned(),
        _ => {
            format!("{} throttled, at most {} at a time", counted(throttled, "request"), most_throttled(pace))
        }
    };
    html! {
        div.pace {
            figure {
                figcaption { (rows) }
                @if pace.chunks.len() > 1 { (area("rows", &pace.rows, &rows)) }
            }
            figure {
                figcaption { (throttles) }
                @if throttled > 0 { (area("throttles", &pace.throttles, &throttles)) }
            }
            figure {
                @let said = times(pace, total);
                figcaption { (said) }
                (bars(pace, &said))
                div.axis aria-hidden="true" { span { "0 s" } span { (milliseconds(pace.milliseconds)) } }
            }
        }
    }
}

fn most_throttled(pace: &Pace) -> String {
    number(pace.throttles.iter().copied().fold(0.0, f64::max).ceil() as u64)
}

/// The quickest, the middle and the slowest chunk in words.
fn times(pace: &Pace, total: u32) -> String {
    let mut times: Vec<u64> = pace.chunks.iter().map(|(time, ..)| time.milliseconds).collect();
    times.sort_unstable();
    let part = if (times.len() as u64) < u64::from(total) {
        format!("{} of {}", number(times.len() as u64), counted(total.into(), "chunk"))
    } else {
        counted(times.len() as u64, "chunk")
    };
    match times[..] {
        [] => part,
        [only] => format!("{part}, {}", milliseconds(only)),
        [first, .., last] => format!(
            "{part}: the quickest took {}, half of them at most {}, the slowest {}",
            milliseconds(first),
            milliseconds(times[(times.len() - 1) / 2]),
            milliseconds(last)
        ),
    }
}

/// Steps as an area under a line.
fn area(class: &str, steps: &[f64], said: &str) -> Markup {
    let most = steps.iter().copied().fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let width = WIDTH / STEPS as f64;
    let mut path = format!("M0 {HEIGHT}");
    for (at, step) in steps.iter().enumerate() {
        // Writing into a String does not fail.
        let _ = write!(path, "V{:.1}H{:.0}", HEIGHT - step / most * (HEIGHT - 2.0), (at + 1) as f64 * width);
    }
    let _ = write!(path, "V{HEIGHT}z");
    html! {
        svg class=(class) viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" role="img" aria-label=(said) {
            path d=(path) {}
        }
    }
}

/// A bar for each chunk, from its beginning to its end.
fn bars(pace: &Pace, said: &str) -> Markup {
    let count = pace.chunks.len().max(1) as f64;
    let step = (CHUNKS_HEIGHT / count).min(CHUNK_HEIGHT);
    let height = if step > 3.0 { step - 1.0 } else { step };
    let across = |at: u64| at as f64 / pace.milliseconds as f64 * WIDTH;
    let (mut plain, mut throttled) = (String::new(), String::new());
    for (at, (time, from, to)) in pace.chunks.iter().enumerate() {
        let path = if time.throttles > 0 { &mut throttled } else { &mut plain };
        let (x, width) = (across(*from), (across(*to) - across(*from)).max(1.0));
        // Writing into a String does not fail.
        let _ = write!(path, "M{x:.1} {:.1}h{width:.1}v{height:.1}h-{width:.1}z", at as f64 * step);
    }
    html! {
        svg.times viewBox=(format!("0 0 {WIDTH} {:.0}", (step * count).ceil())) preserveAspectRatio="none" role="img" aria-label=(said) {
            path d=(plain) {}
            @if !throttled.is_empty() { path.mixed d=(throttled) {} }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::ChunkTime;
    use jiff::Timestamp;

    #[test]
    fn a_thousand_chunks_are_a_small_picture_that_is_said_in_words() {
        let at = |milliseconds| Timestamp::from_millisecond(1_752_310_800_000 + milliseconds).unwrap();
        let time = |chunk: u32| ChunkTime {
            chunk,
            ended: at(i64::from(chunk) * 100 + 900),
            milliseconds: 900,
            rows: 1_000,
            throttles: u64::from(chunk.is_multiple_of(10)),
        };
        let times: Vec<_> = (1..=1_000).map(time).collect();
        let pace = Pace::of(&times, times.len(), at(0), None).unwrap();
        let picture = pace_picture(&pace, 4_000).into_string();
        assert!(picture.contains("1,000 of 4,000 chunks: the quickest took 0.90 s"), "{picture}");
        assert!(
            picture.contains("100 requests throttled") && picture.contains("rows a second, at most"),
            "{picture}"
        );
        assert!(picture.len() < 40_000 && !picture.contains("style"), "{}", picture.len());
    }
}
