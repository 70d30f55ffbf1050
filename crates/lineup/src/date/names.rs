//! Names of months and weekdays: English, German, French, Spanish, Italian, Dutch, Portuguese, Danish, Norwegian,
//! Swedish; full and short.

use jiff::civil::Weekday;

use crate::folded::Folded;

/// The weekday that a text names, in one of the ten languages, in full or short, without case, accents and
/// punctuation. Where two languages share a short name (`Do`, `Di`), it is the German and Dutch one.
///
/// ```
/// use lineup::date::{Weekday, weekday};
///
/// for text in ["Saturday", "Sat", "Sa.", "sam.", "Sábado", "zaterdag"] {
///     assert_eq!(weekday(text), Some(Weekday::Saturday));
/// }
/// assert_eq!(weekday("July"), None);
/// ```
pub fn weekday(text: &str) -> Option<Weekday> {
    let is_name = |c: char| c.is_alphabetic() || matches!(c, '.' | '-' | ' ' | '\u{300}'..='\u{36f}');
    if !text.chars().all(is_name) {
        return None;
    }
    Some(match Folded::new(text)?.as_str() {
        "monday" | "mon" | "mo" | "montag" | "lundi" | "lun" | "lu" | "lunes" | "lunedi" | "maandag"
        | "ma" | "segunda" | "segundafeira" | "seg" | "mandag" | "mandagen" | "man" => Weekday::Monday,
        "tuesday" | "tues" | "tue" | "tu" | "dienstag" | "die" | "di" | "mardi" | "mar" | "martes"
        | "martedi" | "dinsdag" | "din" | "terca" | "tercafeira" | "ter" | "tirsdag" | "tirs" | "tir"
        | "tysdag" | "tisdag" | "tisdagen" | "tis" => Weekday::Tuesday,
        "wednesday" | "weds" | "wed" | "we" | "mittwoch" | "mit" | "mi" | "mercredi" | "mer" | "me"
        | "miercoles" | "mie" | "mercoledi" | "woensdag" | "woe" | "wo" | "quarta" | "quartafeira"
        | "qua" | "onsdag" | "onsdagen" | "ons" => Weekday::Wednesday,
        "thursday" | "thurs" | "thur" | "thu" | "th" | "donnerstag" | "don" | "do" | "jeudi" | "jeu"
        | "je" | "jueves" | "jue" | "ju" | "giovedi" | "gio" | "gi" | "donderdag" | "quinta"
        | "quintafeira" | "qui" | "torsdag" | "torsdagen" | "tors" | "tor" => Weekday::Thursday,
        "friday" | "fri" | "fr" | "freitag" | "fre" | "vendredi" | "ven" | "ve" | "viernes" | "vie"
        | "vi" | "venerdi" | "vrijdag" | "vri" | "vr" | "vrij" | "sexta" | "sextafeira" | "sex"
        | "fredag" | "fredagen" => Weekday::Friday,
        "saturday" | "sat" | "sa" | "samstag" | "sonnabend" | "samedi" | "sam" | "sabado" | "sab"
        | "sabato" | "zaterdag" | "zat" | "za" | "lordag" | "lordagen" | "lor" | "laurdag" => {
            Weekday::Saturday
        }
        "sunday" | "sun" | "su" | "sonntag" | "son" | "so" | "dimanche" | "dim" | "domingo" | "dom"
        | "domenica" | "zondag" | "zon" | "zo" | "sondag" | "sondagen" | "sundag" => Weekday::Sunday,
        _ => return None,
    })
}

/// The English name: `Saturday`.
pub const fn weekday_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

/// The number of the month that a word names, as [`weekday`] does.
pub(super) fn month(word: &str) -> Option<i8> {
    Some(match Folded::new(word)?.as_str() {
        "january" | "jan" | "januar" | "janner" | "jaenner" | "janvier" | "janv" | "enero" | "ene"
        | "gennaio" | "gen" | "genn" | "januari" | "janeiro" => 1,
        "february" | "feb" | "febr" | "februar" | "feber" | "fevrier" | "fev" | "fevr" | "febrero"
        | "febbraio" | "febb" | "februari" | "fevereiro" => 2,
        "march" | "mar" | "marz" | "maerz" | "mrz" | "mars" | "marzo" | "maart" | "mrt" | "marco"
        | "marts" => 3,
        "april" | "apr" | "avril" | "avr" | "abril" | "abr" | "aprile" => 4,
        "may" | "mai" | "mayo" | "maggio" | "mag" | "magg" | "mei" | "maio" | "maj" => 5,
        "june" | "jun" | "juni" | "juin" | "junio" | "giugno" | "giu" | "junho" => 6,
        "july" | "jul" | "juli" | "juillet" | "juil" | "juill" | "julio" | "luglio" | "lug" | "julho" => 7,
        "august" | "aug" | "aout" | "aou" | "agosto" | "ago" | "agos" | "augustus" | "augusti" => 8,
        "september" | "sept" | "sep" | "septembre" | "septiembre" | "setiembre" | "settembre" | "set"
        | "sett" | "setembro" => 9,
        "october" | "oct" | "oktober" | "okt" | "octobre" | "octubre" | "ottobre" | "ott" | "outubro"
        | "out" => 10,
        "november" | "nov" | "novembre" | "noviembre" | "novembro" => 11,
        "december" | "dec" | "dezember" | "dez" | "decembre" | "diciembre" | "dic" | "dicembre"
        | "dezembro" | "desember" | "des" => 12,
        _ => return None,
    })
}

/// The English name of a month: `July`.
pub(super) const fn month_name(month: i8) -> &'static str {
    match month {
        1 => "January",
        2 => "February",
        3 => "March",
        4 => "April",
        5 => "May",
        6 => "June",
        7 => "July",
        8 => "August",
        9 => "September",
        10 => "October",
        11 => "November",
        _ => "December",
    }
}
