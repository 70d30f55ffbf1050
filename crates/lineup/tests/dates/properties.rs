//! What holds for every date, in each of its forms.

use lineup::clock_time;
use lineup::date::{
    Date, DateError, DateOrder, DateRules, PossibleOrders, WrittenDate, read, split_moment, weekday,
    weekday_name,
};
use proptest::prelude::*;

use crate::languages::LANGUAGES;

/// The texts of a date that name its month, and no two days.
fn named_forms(date: Date) -> Vec<String> {
    let (year, day) = (date.year(), date.day());
    let mut forms = Vec::new();
    for (weekdays, months) in LANGUAGES {
        let month = months[date.month() as usize - 1];
        let weekday = weekdays[date.weekday().to_monday_zero_offset() as usize];
        forms.extend([
            format!("{day} {month} {year}"),
            format!("{day}. {month} {year}"),
            format!("{month} {day}, {year}"),
            format!("{weekday} {day} {month} {year}"),
            format!("{weekday}, {month} {day}, {year}"),
            format!("{weekday}, {day} de {month} de {year}").to_uppercase(),
            format!("{day}-{month}-{year}"),
        ]);
    }
    forms
}

/// The texts of a date that have one meaning, beside those with names.
fn numeric_forms(date: Date) -> Vec<String> {
    let (year, month, day) = (date.year(), date.month(), date.day());
    vec![
        format!("{date}"),
        format!("{year}/{month:02}/{day:02}"),
        format!("{year}/{month}/{day}"),
        format!("{year}{month:02}{day:02}"),
        format!("{day:02}.{month:02}.{year}"),
        format!("{day}.{month}.{:02}", year % 100),
        format!("{date} 00:00:00"),
        format!("{date}T00:00:00Z"),
        Date::constant(1899, 12, 30)
            .until(date)
            .map_or_else(|error| error.to_string(), |span| span.get_days().to_string()),
    ]
}

fn dates() -> impl Strategy<Value = Date> {
    (2000i16..=2098, 1i8..=12, 1i8..=31)
        .prop_filter_map("a day of the calendar", |(year, month, day)| Date::new(year, month, day).ok())
}

proptest! {
    #[test]
    fn every_form_reads_back(date in dates()) {
        for form in named_forms(date).into_iter().chain(numeric_forms(date)) {
            prop_assert_eq!(read(&form), Ok(WrittenDate::Day(date)), "{:?}", form);
        }
    }

    #[test]
    fn the_order_that_is_said_reads_two_numbers_back(date in dates(), mark in prop::sample::select(vec!["/", "-"])) {
        let (year, month, day) = (date.year(), date.month(), date.day());
        let rules = |order| DateRules { order: Some(order), year: Some(year), ..DateRules::default() };
        let pairs = [
            (DateOrder::DayFirst, format!("{day:02}{mark}{month:02}"), PossibleOrders::MonthFirst),
            (DateOrder::MonthFirst, format!("{month}{mark}{day}"), PossibleOrders::DayFirst),
        ];
        for (order, pair, contrary) in pairs {
            let weekday = weekday_name(date.weekday());
            let texts = [
                pair.clone(),
                format!("{pair}{mark}{year}"),
                format!("{pair}{mark}{:02}", year % 100),
                format!("{weekday}, {pair}{mark}{year}"),
            ];
            for text in texts {
                let written = read(&text).unwrap();
                prop_assert_eq!(written.date(&rules(order)), Ok(date), "{:?}", text);
                prop_assert_ne!(written.order(), Some(contrary), "{:?}", text);
                if let Some(proven) = written.order().and_then(PossibleOrders::proven) {
                    prop_assert_eq!(proven, order);
                    prop_assert_eq!(written.date(&DateRules { order: None, ..rules(order) }), Ok(date), "{:?}", text);
                }
            }
        }
    }

    #[test]
    fn a_wrong_weekday_is_found_in_every_language(date in dates(), off in 1i8..7, language in 0..LANGUAGES.len()) {
        let (weekdays, months) = LANGUAGES[language];
        let wrong = weekdays[date.weekday().wrapping_add(off).to_monday_zero_offset() as usize];
        let month = months[date.month() as usize - 1];
        let text = format!("{wrong}, {} {month} {}", date.day(), date.year());
        let is_wrong = matches!(read(&text), Err(DateError::WrongWeekday { .. }));
        prop_assert!(is_wrong, "{:?}", text);
    }

    #[test]
    fn a_moment_of_every_form_splits_and_reads_back(date in dates(), hour in 0u8..24, minute in 0u8..60) {
        let expected = (hour, minute);
        for form in named_forms(date).into_iter().chain(numeric_forms(date).into_iter().take(6)) {
            for text in [format!("{form} {hour:02}:{minute:02}"), format!("{form}, {hour}h{minute:02}")] {
                let (day, time) = split_moment(&text).unwrap();
                prop_assert_eq!(read(day), Ok(WrittenDate::Day(date)), "{:?}", text);
                let time = clock_time::read(time).unwrap();
                prop_assert_eq!((time.hour, time.minute), expected, "{:?}", text);
            }
        }
    }

    #[test]
    fn no_text_panics(text in "[0-9/., -]{0,14}|[0-9 ./-]{0,6}[A-Za-zäéç.]{0,9}[0-9 :TZ.,/-]{0,12}|\\PC{0,16}") {
        if let Ok(written) = read(&text) {
            let _ = (written.order(), written.date(&DateRules::default()));
        }
        if let Some((date, time)) = split_moment(&text) {
            prop_assert!(text.contains(date) && text.contains(time) && !date.is_empty() && !time.is_empty());
        }
        let _ = weekday(&text);
    }
}
