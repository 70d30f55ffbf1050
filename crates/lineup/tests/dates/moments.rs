//! Texts that have a date and a time.

use lineup::date::split_moment;

use crate::{ONE_DAY, WRONG_WEEKDAYS};

#[test]
fn a_moment_is_split_into_its_date_and_its_time() {
    let cases: &[(&str, &str, &str)] = &[
        ("2025-07-12 20:00", "2025-07-12", "20:00"),
        ("2025-07-12 20:00:00", "2025-07-12", "20:00:00"),
        ("2025-07-12T20:00", "2025-07-12", "20:00"),
        ("2025-07-12T23:30:00+02:00", "2025-07-12", "23:30:00+02:00"),
        ("2025-07-12T18:00:00.000Z", "2025-07-12", "18:00:00.000Z"),
        ("2025-07-12T20:00:30Z", "2025-07-12", "20:00:30Z"),
        ("2025-02-30T20:00", "2025-02-30", "20:00"),
        ("20250712T200000Z", "20250712", "200000Z"),
        ("20250712 2000", "20250712", "2000"),
        ("2025/07/12 8:00 PM", "2025/07/12", "8:00 PM"),
        ("2025-07-12 - 20:00", "2025-07-12", "20:00"),
        ("12.07.2025 20:00", "12.07.2025", "20:00"),
        ("12.07.2025, 20.30 Uhr", "12.07.2025", "20.30 Uhr"),
        ("12.07.2025 um 20 Uhr", "12.07.2025", "um 20 Uhr"),
        ("12.07.2025 2000", "12.07.2025", "2000"),
        ("7/12/2025 8:00 PM", "7/12/2025", "8:00 PM"),
        ("7/12/2025, 8:00:00 PM", "7/12/2025", "8:00:00 PM"),
        ("12/07 8pm", "12/07", "8pm"),
        ("Sat 12 Jul 8pm", "Sat 12 Jul", "8pm"),
        ("Sat 12 Jul 2025 8 pm", "Sat 12 Jul 2025", "8 pm"),
        ("Sat, Jul 12, 2025 8:00 PM", "Sat, Jul 12, 2025", "8:00 PM"),
        ("Saturday, July 12, 2025 at 8:00 PM", "Saturday, July 12, 2025", "at 8:00 PM"),
        ("July 12 @ 8pm", "July 12", "8pm"),
        ("April 15, 2026 · 1:00 PM", "April 15, 2026", "1:00 PM"),
        ("samedi 12 juillet à 20h30", "samedi 12 juillet", "à 20h30"),
        ("12 de julio a las 20:00", "12 de julio", "a las 20:00"),
        ("Sat, 12 Jul 2025 20:00:00 +0200", "Sat, 12 Jul 2025", "20:00:00 +0200"),
        (
            "Sat Jul 12 2025 20:00:00 GMT+0200 (Central European Summer Time)",
            "Sat Jul 12 2025",
            "20:00:00 GMT+0200 (Central European Summer Time)",
        ),
        ("Saturday 20:00", "Saturday", "20:00"),
        ("Sat 20.30", "Sat", "20.30"),
        ("Sat 8pm", "Sat", "8pm"),
        ("Saturday midnight", "Saturday", "midnight"),
        ("8pm, Sat 12 Jul", "Sat 12 Jul", "8pm"),
        ("20:00 12.07.2025", "12.07.2025", "20:00"),
        ("20:00, 12/07/2025", "12/07/2025", "20:00"),
        ("45850.8333", "45850", ".8333"),
        ("45850.833333333336", "45850", ".833333333333336"),
        ("45850,8333", "45850", ",8333"),
    ];
    for (text, date, time) in cases {
        let split = split_moment(text);
        let expected =
            if *text == "45850.833333333336" { Some((*date, ".833333333336")) } else { Some((*date, *time)) };
        assert_eq!(split, expected, "{text:?}");
    }
}

#[test]
fn dates_and_times_alone_are_no_moments() {
    let times = [
        "20:00",
        "8pm",
        "8 pm",
        "20 Uhr",
        "noon",
        "0.8333",
        "20:00 - 21:30",
        "late",
        "",
        "T",
        "Sat",
        "45850",
    ];
    for text in
        ONE_DAY.iter().filter(|text| !text.contains("00:00") && !text.contains("T0") && !text.ends_with(".0"))
    {
        assert_eq!(split_moment(text), None, "{text:?}");
    }
    for text in
        times.iter().chain(WRONG_WEEKDAYS).chain(&["Sat 12 Jul", "Sat 12.07", "07/12/2025", "31.04.2025"])
    {
        assert_eq!(split_moment(text), None, "{text:?}");
    }
}
