//! One spelling of each name, and every form of a popularity.

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

#[test]
fn a_name_is_spelled_one_way() {
    let cases = [
        ("Main Stage", "Main Stage"),
        ("", ""),
        (" \t\u{a0}\u{feff}\r\n", ""),
        ("  Main   Stage ", "Main Stage"),
        ("Main\u{a0}Stage", "Main Stage"),
        ("Main\u{202f}\u{2007}\u{3000}\u{2003}Stage\u{3000}", "Main Stage"),
        ("Main\r\nStage\tA\u{2028}B", "Main Stage A B"),
        ("\u{feff}Ma\u{200b}in\u{2060} Sta\u{ad}ge\u{200e}", "Main Stage"),
        ("Main \u{200b} Stage", "Main Stage"),
        ("Beyonce\u{301}", "Beyoncé"),
        ("Beyoncé", "Beyoncé"),
        ("e\u{200b}\u{301}", "é"),
        ("\u{212b}ngstro\u{308}m", "Ångström"),
        ("AC⚡DC \u{1f468}\u{200d}\u{1f3a4}", "AC⚡DC \u{1f468}\u{200d}\u{1f3a4}"),
        ("می\u{200c}خواهم", "می\u{200c}خواهم"),
        ("Bea\u{200d} A\u{200c}sh\u{200d}", "Bea Ash"),
        ("\u{200d}\u{1f3a4}\u{200d}", "\u{1f3a4}"),
        ("\u{1f468}\u{200d}\u{200d}\u{1f3a4}", "\u{1f468}\u{200d}\u{1f3a4}"),
        ("dam\u{fffd}aged", "dam\u{fffd}aged"),
        ("P!nk & “Bea” ∆ 7\"", "P!nk & “Bea” ∆ 7\""),
    ];
    for (text, expected) in cases {
        assert_eq!(key(text).as_deref(), Ok(expected), "{text:?}");
    }
}

#[test]
fn a_control_character_is_an_error_that_names_it() {
    let cases =
        [("Nova\0Rye", '\0'), ("\u{1a}", '\u{1a}'), ("a\u{7f}", '\u{7f}'), ("é\u{85} b\u{1}", '\u{85}')];
    for (text, character) in cases {
        assert_eq!(key(text), Err(ControlCharacter(character)));
    }
    assert_eq!(ControlCharacter('\u{1a}').to_string(), "has a control character (U+001A): remove it");
}

#[test]
fn a_name_that_is_spelled_right_is_not_copied() {
    for text in ["Main Stage", " Main Stage ", "Beyoncé", "Σίσυφος", "東京", ""] {
        assert!(matches!(key(text), Ok(Cow::Borrowed(_))), "{text:?}");
    }
}

#[test]
fn names_that_differ_in_case_accents_punctuation_or_spaces_fold_to_one() {
    let alike = [
        ("Main Stage", "MAIN-STAGE"),
        ("Café Tànger", "cafe  tanger"),
        ("Bühne 1", "BU\u{308}HNE #1"),
        ("Ørsted", "orsted"),
        ("Straße", "STRASSE"),
        ("St. John’s", "St Johns"),
        ("Ｍａｉｎ", "main"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("Ma\u{200d}in", "Main"),
        ("İstanbul", "istanbul"),
    ];
    for (one, other) in alike {
        assert_eq!(fold(one), fold(other), "{one} {other}");
    }
    for (one, other) in
        [("Stage 1", "Stage 2"), ("A", "A+"), ("!!!", "???"), ("🔥", "💧"), ("कि", "का"), ("が", "か")]
    {
        assert_ne!(fold(one), fold(other), "{one} {other}");
    }
}

#[test]
fn a_popularity_is_a_whole_number_from_1_to_100_in_any_form() {
    let read = [
        ("1", 1),
        ("100", 100),
        ("087", 87),
        ("87.0", 87),
        ("87,00", 87),
        (" 87 %", 87),
        ("87\u{a0}%", 87),
        ("87/100", 87),
        ("87 / 100", 87),
        ("87.0/100", 87),
        ("100%", 100),
    ];
    for (text, number) in read {
        assert_eq!(popularity(text), Some(number), "{text}");
    }
    for text in [
        "",
        "0",
        "101",
        "80.5",
        "+80",
        "-1",
        "99999999999",
        "87.",
        ".0",
        "8.7/10",
        "87/",
        "/100",
        "high",
        "%",
        "87%%",
        "0.87",
        "87.0.0",
        "1,000",
        "87.000",
        "87e0",
        "٨٧",
    ] {
        assert_eq!(popularity(text), None, "{text}");
    }
}

/// Text of characters that change, compose, reorder or join.
fn text() -> impl Strategy<Value = String> {
    let letters = "aeEK \u{a0}\u{3000}\t\n\u{200b}\u{200c}\u{200d}\u{feff}\u{ad}\u{200e}\u{301}\u{323}\u{302}\u{20d0}\
        \u{5b0}\u{5bc}\u{212b}\u{1ea1}é🎤👨क\u{93f}가\u{1100}\u{1161}\u{11a8}ﬁ!-ß\u{85}\u{1}";
    prop_oneof![
        vec(select(letters.chars().collect::<Vec<_>>()), 0..12).prop_map(|text| text.into_iter().collect()),
        vec(any::<char>(), 0..12).prop_map(|text| text.into_iter().collect()),
        "[ -~]{0,12}",
    ]
}

proptest! {
    #[test]
    fn the_spelling_of_a_key_is_its_own(text in text()) {
        if let Ok(once) = key(&text) {
            prop_assert_eq!(key(&once), Ok(Cow::Borrowed(&*once)));
            prop_assert!(once.chars().count() <= text.nfc().count());
            prop_assert!(unicode_normalization::is_nfc(&once));
            prop_assert!(!once.starts_with(' ') && !once.ends_with(' ') && !once.contains("  "));
            prop_assert!(once.chars().all(|c| c == ' ' || !(c.is_whitespace() || c.is_control() || is_invisible(c))));
        } else {
            prop_assert!(text.chars().any(char::is_control));
        }
    }

    /// The passes that save time change nothing.
    #[test]
    fn text_that_is_borrowed_needs_no_other_spelling(text in text()) {
        if let Ok(Cow::Borrowed(same)) = key(&text) {
            prop_assert_eq!(respelled(&text), Ok(same.to_owned()));
        }
    }

    #[test]
    fn plain_text_is_found_eight_bytes_at_a_time(text in vec(select(b"ab  ~!\x1f\x7f\x80\0".as_slice()), 0..40), plain in "[ -~]{0,40}") {
        for text in [&text[..], plain.as_bytes()] {
            let expected = text.iter().all(|byte| (b' '..=b'~').contains(byte)) && !text.windows(2).any(|pair| pair == b"  ");
            prop_assert_eq!(is_plain(text), expected);
        }
    }

    #[test]
    fn a_fold_is_its_own_and_that_of_the_key(text in text()) {
        let folded = fold(&text);
        prop_assert_eq!(&fold(&folded), &folded);
        if let Ok(key) = key(&text) {
            prop_assert_eq!(fold(&key), folded);
        }
    }

    #[test]
    fn every_form_of_a_popularity_reads_back(number in 0..=255_u8, form in 0..5_usize, zeros in 1..3_usize) {
        let zeros = "0".repeat(zeros);
        let text = match form {
            0 => format!("{number}"),
            1 => format!("{number}.{zeros}"),
            2 => format!("{number},{zeros} %"),
            3 => format!(" {number}/100 "),
            _ => format!("{number}\u{202f}%"),
        };
        prop_assert_eq!(popularity(&text), (1..=100).contains(&number).then_some(number));
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = (key(&text), fold(&text), popularity(&text));
    }
}
