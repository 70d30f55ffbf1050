//! The forms in which files write dates, and dates with times beside them.

mod languages;
mod moments;
mod properties;

use lineup::date::{
    Date, DateError, DateOrder, DateRules, PossibleOrders, Weekday, WrittenDate, read, weekday,
};

const SATURDAY: Date = Date::constant(2025, 7, 12);

/// Every text is 12 July 2025.
const ONE_DAY: &[&str] = &[
    "2025-07-12",
    " 2025-07-12\u{a0}",
    "2025/07/12",
    "2025/7/12",
    "2025-7-12",
    "2025.07.12",
    "20250712",
    "12.07.2025",
    "12.7.2025",
    "12.7.25",
    "12. 7. 2025",
    "Sa 12.07.2025",
    "Sa., 12.07.2025",
    "Samstag, den 12.07.2025",
    "12.07.2025 (Sa)",
    "12 July 2025",
    "12 july 2025",
    "12 JUL 2025",
    "12. Juli 2025",
    "July 12, 2025",
    "July 12 2025",
    "Jul. 12, 2025",
    "July 12th, 2025",
    "12th July 2025",
    "the 12th of July, 2025",
    "Saturday, July 12, 2025",
    "Saturday July 12th 2025",
    "Sat 12 Jul 2025",
    "Sat, 12 Jul 2025",
    "Sat Jul 12 2025",
    "Samstag, 12. Juli 2025",
    "samedi 12 juillet 2025",
    "sam. 12 juil. 2025",
    "sábado, 12 de julio de 2025",
    "12 de julho de 2025",
    "Sábado, 12 de Julho de 2025",
    "sabato 12 luglio 2025",
    "zaterdag 12 juli 2025",
    "lørdag d. 12. juli 2025",
    "Lördagen den 12 juli 2025",
    "za 12 jul. 2025",
    "12-Jul-2025",
    "12-Jul-25",
    "12/Jul/2025",
    "12Jul2025",
    "12 Jul '25",
    "Jul 12, '25",
    "2025 July 12",
    "2025-Jul-12",
    "45850",
    "45850.0",
    "2025-07-12 00:00:00",
    "2025-07-12 00:00",
    "2025-07-12T00:00:00Z",
    "2025-07-12T00:00:00.000Z",
    "2025-07-12T00:00:00+02:00",
    "20250712T000000",
    "12.07.2025 00:00",
    "Sat Jul 12 2025 00:00:00 GMT+0200 (Central European Summer Time)",
];

const NO_DATES: &[(&str, DateError)] = &[
    ("", DateError::NotADate),
    ("TBA", DateError::NotADate),
    ("Day 1", DateError::NotADate),
    ("12", DateError::NotADate),
    ("2025", DateError::NotADate),
    ("July", DateError::NotADate),
    ("July 2025", DateError::NotADate),
    ("2025-07", DateError::NotADate),
    ("07/2025", DateError::NotADate),
    ("Sat 12", DateError::NotADate),
    ("12-14 July", DateError::NotADate),
    ("July 12-14", DateError::NotADate),
    ("12/13 July 2025", DateError::NotADate),
    ("12.-14. Juli 2025", DateError::NotADate),
    ("12.-14.07.2025", DateError::NotADate),
    ("12 July - 14 July", DateError::NotADate),
    ("Jul 12 25", DateError::NotADate),
    ("Sat/Sun", DateError::NotADate),
    ("Fri - Sun", DateError::NotADate),
    ("12/07-2025", DateError::NotADate),
    ("12.07/2025", DateError::NotADate),
    ("12/07/", DateError::NotADate),
    ("12/07/025", DateError::NotADate),
    ("012/07/2025", DateError::NotADate),
    ("2025-07-12 20:00", DateError::NotADate),
    ("2025-07-12T20:00:00", DateError::NotADate),
    ("Saturday midnight", DateError::NotADate),
    ("20:00", DateError::NotADate),
    ("45850.5", DateError::NotADate),
    ("36525", DateError::NotADate),
    ("73051", DateError::NotADate),
    ("12345678", DateError::NotADate),
    ("-025-07-12", DateError::NotADate),
    ("+025-07-12", DateError::NotADate),
    ("２０２５-07-12", DateError::NotADate),
    ("2025年7月12日", DateError::NotADate),
    ("12 июля 2025", DateError::NotADate),
    ("12.07.2025 Main Stage", DateError::NotADate),
    ("2025-02-29", DateError::NoSuchDay),
    ("20250732", DateError::NoSuchDay),
    ("31.04.2025", DateError::NoSuchDay),
    ("07.25.2025", DateError::NoSuchDay),
    ("31 April", DateError::NoSuchDay),
    ("30 Feb 2024", DateError::NoSuchDay),
    ("13/13/2025", DateError::NoSuchDay),
    ("0/7/2025", DateError::NoSuchDay),
    ("25/30", DateError::NoSuchDay),
];

const WRONG_WEEKDAYS: &[&str] = &[
    "Sunday, July 12, 2025",
    "So 12.07.2025",
    "Sun 12 Jul 2025",
    "dimanche 12 juillet 2025",
    "Sun 2025-07-12",
];

fn rules(order: Option<DateOrder>) -> DateRules {
    DateRules { order, year: Some(2025), ..DateRules::default() }
}

#[test]
fn every_form_of_one_day_is_that_day() {
    for text in ONE_DAY {
        assert_eq!(read(text), Ok(WrittenDate::Day(SATURDAY)), "{text:?}");
        assert_eq!(read(text).unwrap().order(), None, "{text:?}");
    }
}

#[test]
fn what_is_no_date_is_refused_with_its_reason() {
    for (text, error) in NO_DATES {
        assert_eq!(read(text), Err(*error), "{text:?}");
    }
}

#[test]
fn a_weekday_that_contradicts_its_date_is_an_error() {
    for text in WRONG_WEEKDAYS {
        let error = read(text).unwrap_err();
        let expected =
            DateError::WrongWeekday { found: Weekday::Sunday, expected: Weekday::Saturday, date: SATURDAY };
        assert_eq!(error, expected, "{text:?}");
        assert_eq!(error.to_string(), "2025-07-12 is a Saturday, not a Sunday");
    }
    let without_year = read("Sun 12 Jul").unwrap();
    assert!(matches!(without_year.date(&rules(None)), Err(DateError::WrongWeekday { .. })));
    let open = read("Mon 12/07").unwrap().date(&rules(None));
    assert!(matches!(open, Err(DateError::WrongWeekday { .. })));
}

#[test]
fn a_date_of_two_numbers_says_which_orders_are_possible() {
    use DateOrder::{DayFirst, MonthFirst};
    let none: Result<&str, ()> = Err(());
    // The text, its orders, and the date with no order, day first, month first.
    let cases = [
        ("07/12/2025", Some(PossibleOrders::Either), none, Ok("2025-12-07"), Ok("2025-07-12")),
        ("07-12-2025", Some(PossibleOrders::Either), none, Ok("2025-12-07"), Ok("2025-07-12")),
        ("7/12/25", Some(PossibleOrders::Either), none, Ok("2025-12-07"), Ok("2025-07-12")),
        ("07 12 2025", Some(PossibleOrders::Either), none, Ok("2025-12-07"), Ok("2025-07-12")),
        ("07/12", Some(PossibleOrders::Either), none, Ok("2025-12-07"), Ok("2025-07-12")),
        ("7-12", Some(PossibleOrders::Either), none, Ok("2025-12-07"), Ok("2025-07-12")),
        ("25/07/2025", Some(PossibleOrders::DayFirst), Ok("2025-07-25"), Ok("2025-07-25"), none),
        ("07/25/2025", Some(PossibleOrders::MonthFirst), Ok("2025-07-25"), none, Ok("2025-07-25")),
        ("25/07", Some(PossibleOrders::DayFirst), Ok("2025-07-25"), Ok("2025-07-25"), none),
        ("Sat 07/12/2025", Some(PossibleOrders::MonthFirst), Ok("2025-07-12"), none, Ok("2025-07-12")),
        ("Sat 07/12", Some(PossibleOrders::Either), Ok("2025-07-12"), none, Ok("2025-07-12")),
        ("Sa 12/07/2025", Some(PossibleOrders::DayFirst), Ok("2025-07-12"), Ok("2025-07-12"), none),
        ("05/05/2025", None, Ok("2025-05-05"), Ok("2025-05-05"), Ok("2025-05-05")),
        ("05/05", None, Ok("2025-05-05"), Ok("2025-05-05"), Ok("2025-05-05")),
        ("07/12/2025 00:00", Some(PossibleOrders::Either), none, Ok("2025-12-07"), Ok("2025-07-12")),
        ("7/12/2025 12:00:00 AM", Some(PossibleOrders::Either), none, Ok("2025-12-07"), Ok("2025-07-12")),
    ];
    for (text, orders, any, day_first, month_first) in cases {
        let written = read(text).unwrap();
        assert_eq!(written.order(), orders, "{text:?}");
        let date = |order| written.date(&rules(order)).map(|date| date.to_string()).map_err(|_| ());
        assert_eq!(date(None).as_deref(), any.as_ref().map(|date| *date), "{text:?}");
        assert_eq!(date(Some(DayFirst)).as_deref(), day_first.as_ref().map(|date| *date), "{text:?}");
        assert_eq!(date(Some(MonthFirst)).as_deref(), month_first.as_ref().map(|date| *date), "{text:?}");
    }
}

#[test]
fn errors_say_what_to_say() {
    let order = Some(DateOrder::DayFirst);
    let cases = [
        ("07/12/2025", rules(None), "may be 7 December or 12 July: say --dates dmy or --dates mdy"),
        ("07/25/2025", rules(order), "not a date with the day first, as --dates dmy has it"),
        ("Sat 12 Jul", DateRules::default(), "has no year (say --year 2025)"),
        ("12/07", DateRules::default(), "has no year (say --year 2025)"),
        ("Samstag", rules(None), "Saturday alone is not a date (say --day Saturday=2025-07-12)"),
    ];
    for (text, rules, expected) in cases {
        assert_eq!(read(text).unwrap().date(&rules).unwrap_err().to_string(), expected, "{text:?}");
    }
}

#[test]
fn dates_without_a_year_take_it_from_the_rules() {
    let texts = [
        "Sat 12 Jul",
        "12 Jul",
        "July 12",
        "Jul-12",
        "12-Jul",
        "12th July",
        "Saturday 12th of July",
        "12.07.",
        "12.7",
        "Sa 12.07.",
        "Sa. 12. Juli",
        "samedi 12 juillet",
        "12 de julio",
        "sábado 12/07",
    ];
    for text in texts {
        let written = read(text).unwrap();
        assert!(written.needs_year(), "{text:?}");
        assert_eq!(written.date(&DateRules::default()), Err(DateError::NoYear), "{text:?}");
        assert_eq!(written.date(&rules(None)), Ok(SATURDAY), "{text:?}");
    }
    let leap = DateRules { year: Some(2024), ..DateRules::default() };
    assert_eq!(read("29 Feb").unwrap().date(&leap), Ok(Date::constant(2024, 2, 29)));
    assert_eq!(read("29 Feb").unwrap().date(&rules(None)), Err(DateError::NoSuchDay));
    assert_eq!(read("1er mars").unwrap().date(&rules(None)), Ok(Date::constant(2025, 3, 1)));
    assert_eq!(read("12 Jul 2024").unwrap().date(&rules(None)), Ok(Date::constant(2024, 7, 12)));
}

#[test]
fn weekdays_alone_are_dates_by_the_rules() {
    let days = vec![(Weekday::Saturday, SATURDAY), (Weekday::Sunday, Date::constant(2025, 7, 13))];
    let rules = DateRules { days, ..DateRules::default() };
    for (text, day) in
        [("Saturday", 12), ("SAT", 12), ("Sa.", 12), ("domingo", 13), ("sonntag", 13), (" Sun ", 13)]
    {
        let written = read(text).unwrap();
        assert_eq!(written.weekday_alone(), weekday(text), "{text:?}");
        assert_eq!(written.date(&rules), Ok(Date::constant(2025, 7, day)), "{text:?}");
    }
    let friday = Err(DateError::NoDay { weekday: Weekday::Friday });
    assert_eq!(read("Friday").unwrap().date(&rules), friday);
    assert_eq!(read("segunda-feira").unwrap().weekday_alone(), Some(Weekday::Monday));
    assert_eq!(read("2025-07-12").unwrap().weekday_alone(), None);
}

#[test]
fn mar_is_a_month_or_a_tuesday_by_what_stands_beside_it() {
    let tuesday =
        |text| read(text).unwrap().date(&rules(Some(DateOrder::DayFirst))).map(|date| date.to_string());
    assert_eq!(tuesday("mar. 15 juil. 2025").as_deref(), Ok("2025-07-15"));
    assert_eq!(tuesday("mar 15/07/2025").as_deref(), Ok("2025-07-15"));
    assert_eq!(tuesday("mar. 15.07.").as_deref(), Ok("2025-07-15"));
    assert_eq!(tuesday("15 mar 2025").as_deref(), Ok("2025-03-15"));
    assert_eq!(tuesday("mar 4 mar 2025").as_deref(), Ok("2025-03-04"));
    assert_eq!(read("mar").unwrap().weekday_alone(), Some(Weekday::Tuesday));
}
