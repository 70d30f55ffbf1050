//! What is written for a lineup: pages whose names are only text, and files that stay in their folder.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use jiff::civil::Date;
use lineup::clock_time::ClockTime;
use lineup::row::Performance;
use lineup_timetable::page::CONTENT_SECURITY_POLICY;
use lineup_timetable::{SiteFile, SiteOptions, site, stylesheet};
use proptest::prelude::*;

fn set(performer: &str, stage: &str, start: &str, end: &str) -> Performance {
    Performance {
        performer: performer.to_owned(),
        stage: stage.to_owned(),
        date: Date::constant(2025, 7, 12),
        start: start.parse().unwrap(),
        end: end.parse().unwrap(),
        popularity: Some(71),
        ..Performance::blank()
    }
}

fn text(files: &[SiteFile], path: &str) -> String {
    let file = files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("no {path}"));
    String::from_utf8(file.bytes.clone()).unwrap()
}

fn pages(files: &[SiteFile]) -> impl Iterator<Item = (&str, &str)> {
    let pages = files.iter().filter(|file| file.path.ends_with(".html"));
    pages.map(|file| (file.path.as_str(), str::from_utf8(&file.bytes).unwrap()))
}

/// The values of an attribute, in order.
fn values<'p>(page: &'p str, attribute: &str) -> Vec<&'p str> {
    let start = format!(" {attribute}=\"");
    page.split(start.as_str()).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn a_name_of_markup_is_only_text() {
    let evil = "<img src=x onerror=alert(1)>";
    let quoted = "\"' onclick=alert(1) x='</title><script>alert(1)</script>";
    let sets = [set(evil, quoted, "20:00", "21:00"), set(quoted, evil, "20:00", "21:00")];
    let files = site(&sets, &SiteOptions::new(quoted));
    for (path, page) in pages(&files) {
        assert!(!page.contains("<img") && !page.contains("<script>"), "{path}");
        assert_eq!(page.matches("<script").count(), 1, "{path}");
        assert!(page.contains("&lt;script&gt;"), "{path} has the name");
    }
    assert!(text(&files, "2025-07-12.html").contains("<b>&lt;img src=x onerror=alert(1)&gt;</b>"));
}

#[test]
fn a_page_has_no_inline_style_or_script_and_forbids_both() {
    let files = site(&[set("A", "Tent", "20:00", "21:00")], &SiteOptions::new("Festival"));
    for (path, page) in pages(&files) {
        assert!(
            !page.contains(" style=") && !page.contains("<style") && !page.contains("javascript:"),
            "{path}"
        );
        let is_handler = |rest: &str| rest.trim_start_matches(char::is_alphanumeric).starts_with('=');
        assert!(!page.split(" on").skip(1).any(is_handler), "{path}: no attribute is a handler");
        let policy = page.split("Content-Security-Policy\" content=\"").nth(1).unwrap();
        assert!(policy.replace("&#39;", "'").starts_with(CONTENT_SECURITY_POLICY), "{path}");
    }
    assert!(!CONTENT_SECURITY_POLICY.contains("unsafe"));
}

#[test]
fn a_set_is_one_item_of_the_list_in_time_order_under_its_hour() {
    let sets = [
        set("Late", "B", "23:30", "01:00"),
        set("Early", "B", "20:15", "21:00"),
        set("Also", "A", "20:15", "20:20"),
    ];
    let page = text(&site(&sets, &SiteOptions::new("Festival")), "2025-07-12.html");
    let order =
        ["20:00<", "<b>Also</b>", "<b>Early</b>", "21:00<", "22:00<", "23:00<", "<b>Late</b>", "00:00<"];
    let places: Vec<_> =
        order.iter().map(|text| page.find(text).unwrap_or_else(|| panic!("no {text}"))).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(page.contains("<span class=\"when\">23:30–01:00</span>"));
    assert!(page.contains("class=\"set c2 h3 m30 x1 y30 p8\""), "{:?}", values(&page, "class"));
}

#[test]
fn more_than_100_stages_are_paged_and_each_page_links_to_the_others() {
    let sets: Vec<_> = (0..150).map(|at| set("A", &format!("Stage {at}"), "20:00", "21:00")).collect();
    let files = site(&sets, &SiteOptions::new("Festival"));
    for path in ["2025-07-12.html", "2025-07-12-2.html"] {
        let page = text(&files, path);
        let links = values(&page, "href");
        assert!(links.contains(&"2025-07-12.html") && links.contains(&"2025-07-12-2.html"), "{links:?}");
    }
    let sets_of = |path| text(&files, path).matches("<b>").count();
    assert_eq!((sets_of("2025-07-12.html"), sets_of("2025-07-12-2.html")), (100, 50));
}

#[test]
fn every_link_leads_to_a_file_and_every_calendar_is_listed() {
    let sets = [set("A", "Tent", "20:00", "21:00"), set("Ä", "tent", "22:00", "23:00")];
    let files = site(&sets, &SiteOptions::new("Festival"));
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    for (path, page) in pages(&files) {
        let links = values(page, "href").into_iter().chain(values(page, "src"));
        let broken: Vec<_> = links.filter(|link| !link.starts_with('#') && !paths.contains(link)).collect();
        assert!(broken.is_empty(), "{path}: {broken:?}");
    }
    let list = text(&files, "calendars.html");
    let listed: BTreeSet<_> =
        values(&list, "href").into_iter().filter(|link| link.ends_with(".ics")).collect();
    let calendars = paths.iter().copied().filter(|path| path.ends_with(".ics"));
    assert_eq!(listed, calendars.collect());
    assert_eq!(listed.len(), 5, "all, two stages, two performers");
}

#[test]
fn a_lineup_without_a_set_is_an_index_without_days() {
    let files = site(&[], &SiteOptions::new("Festival"));
    let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["index.html", "timetable.css", "timetable.js"]);
}

fn any_set() -> impl Strategy<Value = Performance> {
    let time = || (0u8..24, 0u8..60).prop_map(|(hour, minute)| ClockTime::new(hour, minute).unwrap());
    let name = || "\\PC{1,12}|[./\\\\~]{1,5}|con|[aA]";
    (name(), name(), time(), time(), 10i8..13, prop::option::of(1u8..101)).prop_map(
        |(performer, stage, start, end, day, popularity)| Performance {
            performer,
            stage,
            date: Date::constant(2025, 7, day),
            start,
            end,
            popularity,
            extras: Vec::new(),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_the_names_files_stay_in_their_folder_and_never_collide(
        sets in prop::collection::vec(any_set(), 0..30)
    ) {
        let files = site(&sets, &SiteOptions::new("Festival"));
        let lower: BTreeSet<String> = files.iter().map(|file| file.path.to_ascii_lowercase()).collect();
        prop_assert_eq!(lower.len(), files.len(), "also where a file system ignores case");
        for SiteFile { path, .. } in &files {
            let is_safe = |part: &str| {
                let known = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '.';
                part.chars().all(known) && part.contains(|letter: char| letter != '.')
            };
            prop_assert!(path.split('/').all(is_safe), "{path}");
        }
    }

    #[test]
    fn every_set_is_on_one_page_under_a_key_of_its_own_placed_by_classes_that_exist(
        sets in prop::collection::vec(any_set(), 0..30)
    ) {
        let css = stylesheet();
        let files = site(&sets, &SiteOptions::new("Festival"));
        let mut keys = Vec::new();
        for (path, page) in pages(&files).filter(|(path, _)| path.starts_with("2025-")) {
            keys.extend(values(page, "id").into_iter().filter(|id| *id != "content").map(str::to_owned));
            for class in values(page, "class").into_iter().flat_map(str::split_whitespace) {
                let is_number = class.len() > 1 && class[1..].bytes().all(|byte| byte.is_ascii_digit());
                let is_known = css.contains(&format!(".{class}{{")) || class.ends_with('0');
                prop_assert!(!is_number || is_known, "{path}: {class}");
            }
        }
        prop_assert_eq!(keys.len(), sets.len());
        prop_assert_eq!(keys.into_iter().collect::<BTreeSet<_>>().len(), sets.len());
    }

    #[test]
    fn the_order_of_the_rows_changes_nothing(sets in prop::collection::vec(any_set(), 0..12)) {
        // Rows that the table cannot tell apart have no order.
        let mut sets = sets;
        sets.sort_by_key(|set| (set.performer.clone(), set.date, set.start, set.stage.clone()));
        sets.dedup_by_key(|set| (set.performer.clone(), set.date, set.start, set.stage.clone()));
        let options = SiteOptions::new("Festival");
        let reversed: Vec<_> = sets.iter().rev().cloned().collect();
        prop_assert_eq!(site(&sets, &options), site(&reversed, &options));
    }
}
