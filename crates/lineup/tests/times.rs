//! The forms in which files write times, and ranges of times.

use lineup::clock_time::{
    ClockTime, ClockTimeError, HalfDay, WrittenOffset, WrittenTime, read, read_range, share_half_day,
    split_range,
};
use lineup::date;
use proptest::prelude::*;

const NOT_A_TIME: Result<&str, ClockTimeError> = Err(ClockTimeError::NotATime);

/// A text, and the time; `+` is the day after.
const CASES: &[(&str, Result<&str, ClockTimeError>)] = &[
    // As in a question.
    ("20:00", Ok("20:00")),
    ("8:00", Ok("08:00")),
    (" 20:00\t", Ok("20:00")),
    ("\u{a0}20:00\u{a0}", Ok("20:00")),
    ("20:00:00", Ok("20:00")),
    ("20:00:00.000", Ok("20:00")),
    ("8:00pm", Ok("20:00")),
    ("8:00:00 PM", Ok("20:00")),
    ("8:00\u{202f}PM", Ok("20:00")),
    ("8pm", Ok("20:00")),
    ("8 PM", Ok("20:00")),
    ("8 p.m.", Ok("20:00")),
    ("8:30 a.m.", Ok("08:30")),
    ("8:30 p. m.", Ok("20:30")),
    ("8:30 a.\u{a0}m.", Ok("08:30")),
    ("8:30p", Ok("20:30")),
    ("12am", Ok("00:00")),
    ("12pm", Ok("12:00")),
    ("12:30AM", Ok("00:30")),
    ("20:00 PM", Ok("20:00")),
    ("00:30 AM", Ok("00:30")),
    // With dots, letters, and nothing between the numbers.
    ("20.30", Ok("20:30")),
    ("8.30", Ok("08:30")),
    ("8.30pm", Ok("20:30")),
    ("7.00 pm", Ok("19:00")),
    ("20.30.00", Ok("20:30")),
    ("00.30", Ok("00:30")),
    ("0.30", Ok("00:30")),
    ("20h", Ok("20:00")),
    ("20H", Ok("20:00")),
    ("20h30", Ok("20:30")),
    ("20H30", Ok("20:30")),
    ("20 h 30", Ok("20:30")),
    ("20h30min", Ok("20:30")),
    ("9h05", Ok("09:05")),
    ("20h00", Ok("20:00")),
    ("20u30", Ok("20:30")),
    ("20u", Ok("20:00")),
    ("20：30", Ok("20:30")),
    ("1126", Ok("11:26")),
    ("0930", Ok("09:30")),
    ("930", Ok("09:30")),
    ("100", Ok("01:00")),
    ("960", NOT_A_TIME),
    ("2000", Ok("20:00")),
    ("0000", Ok("00:00")),
    ("200000", Ok("20:00")),
    ("830pm", Ok("20:30")),
    ("0830 pm", Ok("20:30")),
    // With words.
    ("18:00 Uhr", Ok("18:00")),
    ("18:00Uhr", Ok("18:00")),
    ("20 Uhr", Ok("20:00")),
    ("kl. 20.30", Ok("20:30")),
    ("kl.20:30", Ok("20:30")),
    ("Kl 20", Ok("20:00")),
    ("klockan 20", Ok("20:00")),
    ("fra kl. 20", Ok("20:00")),
    ("20.30 Uhr", Ok("20:30")),
    ("19:30h", Ok("19:30")),
    ("19:30 h", Ok("19:30")),
    ("19:30 h.", Ok("19:30")),
    ("20:00 hs", Ok("20:00")),
    ("2000 hrs", Ok("20:00")),
    ("2000h", Ok("20:00")),
    ("20 hrs", Ok("20:00")),
    ("20:00 hours", Ok("20:00")),
    ("20 Std.", Ok("20:00")),
    ("20 heures", Ok("20:00")),
    ("20.30 uur", Ok("20:30")),
    ("ore 20.30", Ok("20:30")),
    ("ab 20 Uhr", Ok("20:00")),
    ("um 20:00 Uhr", Ok("20:00")),
    ("at 8pm", Ok("20:00")),
    ("@ 8pm", Ok("20:00")),
    ("a las 20:00", Ok("20:00")),
    ("à 20h30", Ok("20:30")),
    ("às 20h", Ok("20:00")),
    ("noon", Ok("12:00")),
    ("12 noon", Ok("12:00")),
    ("Midday", Ok("12:00")),
    ("Mittag", Ok("12:00")),
    ("midi", Ok("12:00")),
    ("mediodía", Ok("12:00")),
    ("mezzogiorno", Ok("12:00")),
    ("middag", Ok("12:00")),
    ("meio-dia", Ok("12:00")),
    ("Meio Dia", Ok("12:00")),
    ("MIDNIGHT", Ok("00:00")),
    ("12 midnight", Ok("00:00")),
    ("Mitternacht", Ok("00:00")),
    ("minuit", Ok("00:00")),
    ("medianoche", Ok("00:00")),
    ("mezzanotte", Ok("00:00")),
    ("middernacht", Ok("00:00")),
    ("meia-noite", Ok("00:00")),
    // The night after.
    ("24:00", Ok("+00:00")),
    ("24:00:00", Ok("+00:00")),
    ("25:30", Ok("+01:30")),
    ("26h", Ok("+02:00")),
    ("2530", Ok("+01:30")),
    ("29:59", Ok("+05:59")),
    ("30:00", NOT_A_TIME),
    // As workbooks store it.
    ("0.8333", Ok("20:00")),
    ("0.833333333333333", Ok("20:00")),
    ("0.83333333333333337", Ok("20:00")),
    (".8333", Ok("20:00")),
    ("0,8333", Ok("20:00")),
    ("0.5", Ok("12:00")),
    ("0.75", Ok("18:00")),
    (".25", Ok("06:00")),
    ("0.0", Ok("00:00")),
    ("0.999999", Ok("+00:00")),
    ("0.25", Err(ClockTimeError::ClockOrFraction)),
    ("1.5", NOT_A_TIME),
    // With an offset.
    ("20:00+02:00", Ok("20:00")),
    ("20:00:00+02:00", Ok("20:00")),
    ("20:00+0200", Ok("20:00")),
    ("20:00 +0200", Ok("20:00")),
    ("20:00:00+02", Ok("20:00")),
    ("20:00:00-05:00", Ok("20:00")),
    ("20:00:00.000-05:30", Ok("20:00")),
    ("18:00Z", Ok("18:00")),
    ("18:00:00.000Z", Ok("18:00")),
    ("180000Z", Ok("18:00")),
    ("18:00 UTC", Ok("18:00")),
    ("20:00:00 GMT+0200 (Central European Summer Time)", Ok("20:00")),
    ("8:30 PM EDT", Ok("20:30")),
    ("20:00 CEST", Ok("20:00")),
    // No times.
    ("20:00:01", Err(ClockTimeError::NotAWholeMinute)),
    ("20:00:00.5", Err(ClockTimeError::NotAWholeMinute)),
    ("200030", Err(ClockTimeError::NotAWholeMinute)),
    ("20:60", NOT_A_TIME),
    ("2060", NOT_A_TIME),
    ("20h60", NOT_A_TIME),
    ("20:00:60", NOT_A_TIME),
    ("20:00:00:00", NOT_A_TIME),
    ("14:30 am", NOT_A_TIME),
    ("0:30pm", NOT_A_TIME),
    ("25:00 pm", NOT_A_TIME),
    ("8", NOT_A_TIME),
    ("20", NOT_A_TIME),
    ("8:0", NOT_A_TIME),
    ("20.5", NOT_A_TIME),
    ("20.", NOT_A_TIME),
    ("008:00", NOT_A_TIME),
    ("8:", NOT_A_TIME),
    (":30", NOT_A_TIME),
    ("pm", NOT_A_TIME),
    ("h", NOT_A_TIME),
    ("-8:00", NOT_A_TIME),
    ("+8:00", NOT_A_TIME),
    ("2025-07", NOT_A_TIME),
    ("07-12", NOT_A_TIME),
    ("12345", NOT_A_TIME),
    ("20:00 and later", NOT_A_TIME),
    ("20:00+99:00", NOT_A_TIME),
    ("20:00 - 21:30", NOT_A_TIME),
    ("12.07.2025", NOT_A_TIME),
    ("٢٠:٠٠", NOT_A_TIME),
    ("TBA", NOT_A_TIME),
    ("", NOT_A_TIME),
];

fn shown(time: WrittenTime) -> String {
    let (clock, next_day) = time.clock();
    format!("{}{clock}", if next_day { "+" } else { "" })
}

#[test]
fn every_form_reads_as_documented() {
    for (text, expected) in CASES {
        let read = read(text).map(shown);
        assert_eq!(read.as_deref(), expected.as_ref().map(|text| *text), "{text:?}");
    }
}

#[test]
fn what_questions_accept_files_may_have() {
    for (text, _) in CASES {
        if let Ok(time) = ClockTime::parse(text) {
            assert_eq!(read(text).map(WrittenTime::clock), Ok((time, false)), "{text:?}");
        }
    }
}

#[test]
fn half_days_and_offsets_are_kept() {
    let cases = [
        ("20:00", None, None),
        ("8pm", Some(HalfDay::Pm), None),
        ("12am", Some(HalfDay::Am), None),
        ("noon", Some(HalfDay::Pm), None),
        ("midnight", None, None),
        ("18:00Z", None, Some(WrittenOffset::Utc)),
        ("6pm UTC", Some(HalfDay::Pm), Some(WrittenOffset::Utc)),
        ("20:00+02:00", None, Some(WrittenOffset::Minutes(120))),
        ("20:00+05:30", None, Some(WrittenOffset::Minutes(330))),
        ("20:00:00-0430", None, Some(WrittenOffset::Minutes(-270))),
        ("20:00:00−04", None, Some(WrittenOffset::Minutes(-240))),
        ("20:00 GMT+0200", None, Some(WrittenOffset::Minutes(120))),
        ("8pm EDT", Some(HalfDay::Pm), Some(WrittenOffset::Minutes(-240))),
    ];
    for (text, half, offset) in cases {
        let time = read(text).unwrap();
        assert_eq!((time.half, time.offset), (half, offset), "{text:?}");
    }
}

#[test]
fn times_without_am_and_pm_can_be_afternoon() {
    let cases = [
        ("8:30", "20:30"),
        ("1:15", "13:15"),
        ("11:59", "23:59"),
        ("12:45", "12:45"),
        ("13:00", "13:00"),
        ("0:30", "00:30"),
        ("8:30 am", "08:30"),
        ("noon", "12:00"),
        ("midnight", "00:00"),
        ("25:00", "+01:00"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(read(text).unwrap().afternoon()), expected, "{text:?}");
    }
}

#[test]
fn ranges_of_times_are_read() {
    let cases: &[(&str, &str, &str)] = &[
        ("20:00-21:30", "20:00", "21:30"),
        ("20:00 - 21:30", "20:00", "21:30"),
        ("20:00 – 21:30", "20:00", "21:30"),
        ("20:00—21:30", "20:00", "21:30"),
        ("20:00‑21:30", "20:00", "21:30"),
        ("20:00~21:30", "20:00", "21:30"),
        ("20:00 -> 21:30", "20:00", "21:30"),
        ("20:00 → 21:30", "20:00", "21:30"),
        ("20:00 -- 21:30", "20:00", "21:30"),
        ("20:00/21:30", "20:00", "21:30"),
        ("20:00:00-21:30:00", "20:00", "21:30"),
        ("23:10 – 00:30", "23:10", "00:30"),
        ("22:00-05:00", "22:00", "05:00"),
        ("23:00-26:00", "23:00", "+02:00"),
        ("8:00 PM - 9:30 PM", "20:00", "21:30"),
        ("8:00 PM – 9:30", "20:00", "21:30"),
        ("8 – 9:30 PM", "20:00", "21:30"),
        ("8-9pm", "20:00", "21:00"),
        ("11 – 1 PM", "11:00", "13:00"),
        ("11 - 1 AM", "23:00", "01:00"),
        ("11:00 PM - 1:00", "23:00", "01:00"),
        ("10 - 12 AM", "22:00", "00:00"),
        ("9 - 12 PM", "09:00", "12:00"),
        ("8:45-midnight", "08:45", "00:00"),
        ("10:30pm-midnight", "22:30", "00:00"),
        ("8 a.m. - 9 a.m.", "08:00", "09:00"),
        ("8 a. m. - 1 p. m.", "08:00", "13:00"),
        ("20-22", "20:00", "22:00"),
        ("20 - 22 Uhr", "20:00", "22:00"),
        ("20-21.30 Uhr", "20:00", "21:30"),
        ("20.00 bis 21.30 Uhr", "20:00", "21:30"),
        ("von 20.00 bis 21.30 Uhr", "20:00", "21:30"),
        ("20h to 21h30", "20:00", "21:30"),
        ("20h-21h30", "20:00", "21:30"),
        ("20h30 à 21h30", "20:30", "21:30"),
        ("de 20h à 21h30", "20:00", "21:30"),
        ("20:00 a 21:30", "20:00", "21:30"),
        ("de las 20:00 a las 21:30", "20:00", "21:30"),
        ("dalle 20.00 alle 21.30", "20:00", "21:30"),
        ("20.00 tot 21.30 uur", "20:00", "21:30"),
        ("20u - 21u30", "20:00", "21:30"),
        ("das 20h às 21h30", "20:00", "21:30"),
        ("20h até 21h30", "20:00", "21:30"),
        ("8pm until 9pm", "20:00", "21:00"),
        ("from 8 to 9:30pm", "20:00", "21:30"),
        ("8pm till late", "", ""),
        ("1126-1230", "11:26", "12:30"),
        ("noon-1pm", "12:00", "13:00"),
        ("noon - 12:30 AM", "12:00", "00:30"),
        ("9:10am - noon", "09:10", "12:00"),
        ("8 - noon", "08:00", "12:00"),
        ("4:15–5:00pm", "16:15", "17:00"),
        ("930-1030", "09:30", "10:30"),
    ];
    for (text, start, end) in cases {
        let times = read_range(text).map(|range| range.map(|(start, end)| (shown(start), shown(end))));
        let expected = if start.is_empty() { None } else { Some(Ok((start.to_string(), end.to_string()))) };
        assert_eq!(times, expected, "{text:?}");
    }
}

#[test]
fn ranges_of_moments_come_back_as_their_texts() {
    let cases: &[(&str, &str, &str)] = &[
        ("2025-07-12 20:00 - 2025-07-12 21:30", "2025-07-12 20:00", "2025-07-12 21:30"),
        ("2025-07-12 20:00-2025-07-12 21:30", "2025-07-12 20:00", "2025-07-12 21:30"),
        ("2025-07-12T20:00/2025-07-12T21:30", "2025-07-12T20:00", "2025-07-12T21:30"),
        (
            "2025-07-12T20:00:00-04:00 - 2025-07-12T21:30:00-04:00",
            "2025-07-12T20:00:00-04:00",
            "2025-07-12T21:30:00-04:00",
        ),
        (
            "2025-07-12T20:00:00-04:00/2025-07-12T21:30:00-04:00",
            "2025-07-12T20:00:00-04:00",
            "2025-07-12T21:30:00-04:00",
        ),
        ("2025-07-12 20:00-21:30", "2025-07-12 20:00", "21:30"),
        ("2025-07-12 22:00-05:00", "2025-07-12 22:00", "05:00"),
        ("12-07-2025 20:00 - 12-07-2025 21:30", "12-07-2025 20:00", "12-07-2025 21:30"),
        ("12.07.2025 20.00 - 12.07.2025 21.30", "12.07.2025 20.00", "12.07.2025 21.30"),
        ("12/07/2025 20:00 - 12/07/2025 21:30", "12/07/2025 20:00", "12/07/2025 21:30"),
        ("12/07/2025 8pm to 12/07/2025 9pm", "12/07/2025 8pm", "12/07/2025 9pm"),
        ("Sat 12 Jul 8pm – 9:30pm", "Sat 12 Jul 8pm", "9:30pm"),
        ("Fri 11pm - Sat 2am", "Fri 11pm", "Sat 2am"),
        ("July 12, 8:00 PM–9:30 PM", "July 12, 8:00 PM", "9:30 PM"),
        ("12 de julio a las 20:00 - 21:30", "12 de julio a las 20:00", "21:30"),
    ];
    for (text, start, end) in cases {
        assert_eq!(split_range(text), Some((*start, *end)), "{text:?}");
        assert!(date::split_moment(start).is_some(), "{start:?}");
        assert_eq!(read_range(text), Some(Err(ClockTimeError::NotATime)), "{text:?}");
    }
}

#[test]
fn dates_and_times_alone_are_no_ranges() {
    let none = [
        "2025-07-12",
        "2025-07",
        "07-12-2025",
        "12-07-25",
        "12/07/2025",
        "12.07.2025",
        "12-Jul-2025",
        "20250712",
        "2025-07-12 20:00",
        "2025-07-12T20:00:00-04:00",
        "2025-07-12 20:00:00-04",
        "2025-07-12T20:00-0400",
        "20:00:00-04:00",
        "2025-07-12 - 20:00",
        "20:00",
        "8pm",
        "Saturday",
        "12 - 14 July 2025",
        "Sat-Sun",
        "-",
        "20:00 -",
        "- 21:30",
        "a",
        "to",
        "",
    ];
    for text in none {
        assert_eq!(split_range(text), None, "{text:?}");
    }
}

#[test]
fn seconds_in_a_range_are_refused_as_elsewhere() {
    assert_eq!(read_range("20:00:30-21:00"), Some(Err(ClockTimeError::NotAWholeMinute)));
}

/// The texts of a time of day.
fn forms(hour: u8, minute: u8) -> Vec<String> {
    let (half, twelve) = (if hour < 12 { "am" } else { "pm" }, (hour + 11) % 12 + 1);
    let fraction = (f64::from(hour) * 60.0 + f64::from(minute)) / 1440.0;
    let mut forms = vec![
        format!("{hour}:{minute:02}"),
        format!("{hour:02}:{minute:02}:00"),
        format!("{hour:02}.{minute:02}"),
        format!("{hour}h{minute:02}"),
        format!("{hour} h {minute:02}"),
        format!("{hour}u{minute:02}"),
        format!("{hour:02}{minute:02}"),
        format!("{hour:02}{minute:02}00"),
        format!("{hour}:{minute:02} Uhr"),
        format!("{hour}.{minute:02} Uhr"),
        format!("ore {hour}.{minute:02}"),
        format!("{hour:02}:{minute:02}+02:00"),
        format!("{hour:02}:{minute:02}:00Z"),
        format!("{twelve}:{minute:02}{half}"),
        format!("{twelve}:{minute:02} {}", half.to_uppercase()),
        format!("{twelve}.{minute:02} {}.m.", &half[..1]),
        format!("{twelve:02}{minute:02}{half}"),
        format!("{fraction:.10}"),
        format!("{fraction:.5}"),
        format!(".{}", &format!("{fraction:.8}")[2..]),
    ];
    if minute == 0 {
        forms.extend([format!("{twelve}{half}"), format!("{twelve} {half}"), format!("{hour}h")]);
    }
    forms
}

proptest! {
    #[test]
    fn every_form_reads_back(hour in 0u8..24, minute in prop_oneof![Just(0u8), 0u8..60]) {
        let expected = ClockTime::new(hour, minute).unwrap();
        for form in forms(hour, minute) {
            let read = read(&form).map(WrittenTime::clock);
            prop_assert_eq!(read, Ok((expected, false)), "{:?}", form);
        }
    }

    #[test]
    fn ranges_of_every_form_read_back(
        (a, b, c, d) in (0u8..24, 0u8..60, 0u8..24, 0u8..60),
        dash in prop::sample::select(vec!["-", " - ", "–", " – ", "—", "~", " to ", " bis ", " à ", " a ", " até "]),
        which in 0usize..20,
    ) {
        let (start, end) = (&forms(a, b)[which], &forms(c, d)[which]);
        let text = format!("{start}{dash}{end}");
        let range = read_range(&text).map(|range| range.map(|(start, end)| (start.clock().0, end.clock().0)));
        let expected = (ClockTime::new(a, b).unwrap(), ClockTime::new(c, d).unwrap());
        prop_assert_eq!(range, Some(Ok(expected)), "{:?}", text);
    }

    #[test]
    fn a_shared_half_day_makes_the_range_twelve_hours_or_less(
        (start, end) in (1u8..=12, 1u8..=12), minute in 0u8..60, pm in any::<bool>()
    ) {
        let half = if pm { "pm" } else { "am" };
        let (start, end) = (read(&format!("{start}:00")).unwrap(), read(&format!("{end}:{minute:02}{half}")).unwrap());
        let minutes = |time: WrittenTime| i32::from(time.hour) * 60 + i32::from(time.minute);
        let (shared, same) = share_half_day(start, end);
        prop_assert_eq!(same, end);
        prop_assert!(shared.half.is_some());
        let length = (minutes(end) - minutes(shared)).rem_euclid(1440);
        prop_assert!((1..=720).contains(&length), "{:?} {:?}", shared, end);
    }

    #[test]
    fn no_text_panics(text in "[0-9:.hapm/ TZto–+-]{0,24}|\\PC{0,16}") {
        if let Ok(time) = read(&text) {
            prop_assert!(time.hour < 30 && time.minute < 60, "{:?}", text);
        }
        if let Some((start, end)) = split_range(&text) {
            prop_assert!(text.contains(start) && text.contains(end));
        }
        let _ = read_range(&text);
    }
}
