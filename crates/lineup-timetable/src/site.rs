//! Every file of a static copy.

use std::collections::BTreeMap;

use lineup::clock_time::ClockTime;
use lineup::row::Performance;
use lineup::spelling::fold;
use maud::html;

use crate::assets::{SCRIPT, stylesheet};
use crate::base32;
use crate::day::{FestivalDay, FestivalSet, festival_days};
use crate::file_names::FileNames;
use crate::icalendar::{EventStamp, calendar};
use crate::layout::{DaySheet, StageOrder, lay_out};
use crate::page::{CalendarLink, DayLink, PageContext, calendars_page, day_page, index_page};

/// The most performers that get a calendar each. Above, there are those of the stages and the one of all sets.
pub const MAX_PERFORMER_FILES: usize = 10_000;

const STYLESHEET_FILE: &str = "timetable.css";
const SCRIPT_FILE: &str = "timetable.js";
const INDEX_FILE: &str = "index.html";
const CALENDARS_FILE: &str = "calendars.html";
const ALL_FILE: &str = "all.ics";

/// What a static copy says and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteOptions {
    /// What the festival is called, on every page.
    pub title: String,
    /// What the lineup is known by. It goes into the UID of every event: another one makes other events of the
    /// same sets.
    pub lineup: String,
    /// When a festival day starts. Sets that start before it are the night of the day before.
    pub day_starts: ClockTime,
    /// The order of the stages.
    pub order: StageOrder,
    /// What the events say of their version.
    pub stamp: EventStamp,
}

impl SiteOptions {
    /// Festival days from 06:00, stages by their first start, events of no known version. The title also is the lineup.
    pub fn new(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            lineup: title.to_owned(),
            day_starts: ClockTime::new(6, 0).unwrap_or(ClockTime::MIDNIGHT),
            order: StageOrder::default(),
            stamp: EventStamp::at(jiff::civil::DateTime::constant(2020, 1, 1, 0, 0, 0, 0)),
        }
    }
}

/// A file of a static copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteFile {
    /// Where it lies: names of `a` to `z`, digits, `-` and `.`, joined with `/`. None is `..`, so that it cannot
    /// leave its folder.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl SiteFile {
    fn new(path: impl Into<String>, text: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), bytes: text.into() }
    }
}

/// The files of a static copy: an index, a page for each sheet of each day, calendars of all sets, of each stage and of
/// each performer, one stylesheet and one script. The same performances and options give the same bytes.
pub fn site(performances: &[Performance], options: &SiteOptions) -> Vec<SiteFile> {
    let days = festival_days(&options.lineup, performances, options.day_starts);
    let sheets: Vec<Vec<DaySheet>> =
        days.iter().map(|day| lay_out(day, minute(options.day_starts), options.order)).collect();
    let links: Vec<DayLink> = days.iter().zip(&sheets).map(|(day, sheets)| day_link(day, sheets)).collect();
    let lineup = base32::hash(&[&options.lineup]);
    let context = PageContext {
        title: &options.title,
        lineup: &lineup,
        stamp: options.stamp,
        stylesheet: STYLESHEET_FILE,
        script: SCRIPT_FILE,
        index: INDEX_FILE,
        calendars: (!days.is_empty()).then_some(CALENDARS_FILE),
        links: &[],
        performers: None,
    };
    let mut files = vec![
        SiteFile::new(INDEX_FILE, index_page(&links, &html! {}, &context)),
        SiteFile::new(STYLESHEET_FILE, stylesheet()),
        SiteFile::new(SCRIPT_FILE, SCRIPT),
    ];
    for (link, sheets) in links.iter().zip(&sheets) {
        let pages = link.pages.iter().zip(sheets);
        files.extend(
            pages.map(|(path, sheet)| SiteFile::new(path, day_page(sheet, &links, &html! {}, &context))),
        );
    }
    files.extend(calendars(&days, options, &context));
    files
}

fn minute(time: ClockTime) -> u32 {
    u32::from(time.hour()) * 60 + u32::from(time.minute())
}

/// `2025-07-12.html`, `2025-07-12-2.html`.
fn day_link(day: &FestivalDay, sheets: &[DaySheet]) -> DayLink {
    let page = |sheet: &DaySheet| match sheet.number {
        1 => format!("{}.html", day.date),
        number => format!("{}-{number}.html", day.date),
    };
    let stages = sheets.iter().map(|sheet| sheet.columns.len()).sum();
    DayLink::new(day, stages, sheets.iter().map(page).collect())
}

/// The calendars, and the page that lists them. Where there is no set there is none: RFC 5545 knows no empty calendar.
fn calendars(days: &[FestivalDay], options: &SiteOptions, context: &PageContext) -> Vec<SiteFile> {
    let sets = || days.iter().flat_map(|day| &day.sets);
    if sets().next().is_none() {
        return Vec::new();
    }
    let stages = grouped(sets(), |set| &set.performance.stage);
    let mut performers = grouped(sets(), |set| &set.performance.performer);
    if performers.len() > MAX_PERFORMER_FILES {
        performers.clear();
    }
    let mut files = vec![SiteFile::new(ALL_FILE, calendar(&options.title, sets(), options.stamp))];
    let stages = each("stages", stages, options, &mut files);
    let performers = each("performers", performers, options, &mut files);
    files.push(SiteFile::new(CALENDARS_FILE, calendars_page(ALL_FILE, &stages, &performers, context)));
    files
}

/// A name and its sets.
type Group<'d> = (&'d str, Vec<&'d FestivalSet<'d>>);

/// Groups sets by a name, in the order of names.
fn grouped<'d>(
    sets: impl Iterator<Item = &'d FestivalSet<'d>>,
    name: impl Fn(&'d FestivalSet<'d>) -> &'d str,
) -> Vec<Group<'d>> {
    let mut groups: BTreeMap<&str, Vec<&FestivalSet>> = BTreeMap::new();
    sets.for_each(|set| groups.entry(name(set)).or_default().push(set));
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_cached_key(|(name, _)| (fold(name), *name));
    groups
}

/// Adds a calendar for each group, in a folder.
fn each(
    folder: &str,
    groups: Vec<Group>,
    options: &SiteOptions,
    files: &mut Vec<SiteFile>,
) -> Vec<CalendarLink> {
    let mut names = FileNames::default();
    let mut link = |(name, sets): Group| {
        let href = format!("{folder}/{}.ics", names.next(name));
        let title = format!("{name} – {}", options.title);
        files.push(SiteFile::new(&*href, calendar(&title, sets, options.stamp)));
        CalendarLink { name: name.to_owned(), href }
    };
    groups.into_iter().map(&mut link).collect()
}
