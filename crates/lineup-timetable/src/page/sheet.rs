//! A sheet as a list that a stylesheet places.

use std::fmt::Write;

use maud::{Markup, html};

use crate::assets::{MAX_LANES, PRINTED_COLUMNS};
use crate::layout::{DaySheet, SetBlock};

/// The timetable of a sheet, as an element that can stand in any page with our stylesheet. Names are links if there is
/// something that the address of a performer's page begins with.
pub fn sheet(sheet: &DaySheet, performers: Option<&str>) -> Markup {
    let fits = sheet.columns.len() <= PRINTED_COLUMNS;
    let classes =
        format!("sheet n{} k{}{}", sheet.columns.len(), sheet.axis.hours, if fits { " fits" } else { "" });
    html! {
        div class=(classes) data-day=(sheet.date) data-first=(sheet.axis.first) data-hours=(sheet.axis.hours) {
            ul.stages aria-label="Stages" {
                @for (at, column) in sheet.columns.iter().enumerate() {
                    li class=(format!("c{} o{}", at + 1, column.lanes.min(MAX_LANES))) { span { (column.stage) } }
                }
            }
            ol.sets aria-label="Sets by time" { (in_hours(sheet, performers)) }
        }
    }
}

/// Each hour, and the sets that start in it.
fn in_hours(sheet: &DaySheet, performers: Option<&str>) -> Markup {
    let mut blocks = sheet.blocks.iter().peekable();
    html! {
        @for hour in sheet.axis.each_hour() {
            @let starting: Vec<_> =
                std::iter::from_fn(|| blocks.next_if(|block| block.set.start / 60 <= hour)).collect();
            li class=(hour_classes(sheet, hour, starting.is_empty())) { (format!("{:02}:00", hour % 24)) }
            @for block in starting { (set(sheet, block, performers)) }
        }
    }
}

fn hour_classes(sheet: &DaySheet, hour: u32, is_empty: bool) -> String {
    format!("hour h{}{}", hour - sheet.axis.first, if is_empty { " none" } else { "" })
}

fn set(sheet: &DaySheet, block: &SetBlock, performers: Option<&str>) -> Markup {
    let set = block.set;
    let performance = set.performance;
    html! {
        li
            class=(classes(block))
            id=(set.key)
            // The classes say start and end, but of a set that is cut.
            data-t=[block.is_cut.then(|| format!("{} {}", set.start, set.end))]
            data-p=[performance.popularity]
        {
            b { (name(&performance.performer, performers)) } " "
            span.when { (performance.start) "–" (performance.end) } " "
            @if let Some(popularity) = performance.popularity {
                span.rated { span.word { "popularity " } (popularity) } " "
            }
            i { (sheet.columns.get(block.column).map_or("", |column| column.stage)) }
        }
    }
}

fn name(performer: &str, performers: Option<&str>) -> Markup {
    html! {
        @match performers {
            Some(address) => a href=(format!("{address}{}", encoded(performer))) { (performer) },
            None => (performer),
        }
    }
}

/// A value of an address's query: every byte but the unreserved ones of RFC 3986 is escaped.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte))
            }
            _ => {
                // Writing into a String does not fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// Numbers that are nought have no class.
fn classes(block: &SetBlock) -> String {
    let place = block.place;
    let shade = block.set.performance.popularity.map_or(0, |popularity| u32::from(popularity).div_ceil(10));
    let lane = place.lane.min(MAX_LANES - 1) as u32;
    let lanes = if place.of > 1 { place.of.min(MAX_LANES) as u32 } else { 0 };
    let numbers = [
        ('c', block.column as u32 + 1),
        ('h', block.top / 60),
        ('m', block.top % 60),
        ('x', block.height / 60),
        ('y', block.height % 60),
        ('l', lane),
        ('o', lanes),
        ('p', shade.min(10)),
    ];
    let mut classes = "set".to_owned();
    for (class, number) in numbers.into_iter().filter(|(_, number)| *number > 0) {
        // Writing into a String does not fail.
        let _ = write!(classes, " {class}{number}");
    }
    if block.height < 25 {
        classes.push_str(" short");
    }
    if block.is_cut {
        classes.push_str(" cut");
    }
    classes
}
