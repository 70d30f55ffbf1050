//! The forms of a time of day.

use super::error::ClockTimeError;
use super::offset::offset;
use super::rest::Rest;
use super::written::{HalfDay, WrittenOffset, WrittenTime, half_day};
use crate::folded::Folded;

/// Reads a time in any of these forms, with any space and any case:
///
/// - `20:00`, `8:00`, `20:00:00`, `8:00pm`, `8 p.m.`, `8p`; `20:00 PM`, as programs write it;
/// - `20.30`, `8.30pm`, `20h`, `20h30`, `20u30`, `2000`, `200000`, `930` (numbers that lost their zero), `830pm`;
/// - with `Uhr`, `h`, `hrs`, `hours`, `Std`, `uur` and the like behind it, and `um`, `ab`, `at`, `ore`, `kl.` before it;
/// - `noon` and `midnight`, in ten languages; midnight is `00:00`;
/// - `24:00` to `29:59`, the night after;
/// - a fraction of a day as a workbook stores it, to the nearest minute: `0.8333` or `.8333` is 20:00;
/// - with an offset behind it: `20:00+02:00`, `18:00Z`, `20:00 GMT+0200`, `8pm EDT`.
///
/// An hour alone needs am, pm or a word like `h`: `8` is no time.
///
/// # Errors
/// The text has none of these forms, or it has seconds.
///
/// ```
/// use lineup::clock_time::{ClockTime, ClockTimeError, HalfDay, read};
///
/// let time = read("8.30 p.m.")?;
/// assert_eq!((time.hour, time.minute, time.half), (20, 30, Some(HalfDay::Pm)));
/// assert_eq!(read("20h30")?.clock().0, ClockTime::parse("20:30")?);
/// assert_eq!(read("8"), Err(ClockTimeError::NotATime));
/// # Ok::<_, ClockTimeError>(())
/// ```
pub fn read(text: &str) -> Result<WrittenTime, ClockTimeError> {
    read_form(text.trim()).and_then(|form| form.time(false))
}

/// As [`read`], but an hour alone is a time, as in `8 – 9:30 PM`; and whether it was one.
pub(super) fn read_or_hour(text: &str) -> Result<(WrittenTime, bool), ClockTimeError> {
    let form = read_form(text.trim())?;
    Ok((form.time(true)?, form.is_hour_alone()))
}

/// What a text says, before it is known whether that is a time.
#[derive(Clone, Copy)]
struct Form {
    hour: u8,
    minute: Option<u8>,
    /// How many digits the first number has: from 3 on it is hour and minute.
    digits: usize,
    /// A word such as `h` or `Uhr` says that this is a time.
    unit: bool,
    half: Option<HalfDay>,
    offset: Option<WrittenOffset>,
}

impl Form {
    const fn clock(hour: u8, minute: Option<u8>) -> Self {
        Self { hour, minute, digits: 2, unit: false, half: None, offset: None }
    }

    fn is_hour_alone(self) -> bool {
        self.minute.is_none() && !self.unit && self.half.is_none()
    }

    fn time(self, hour_alone: bool) -> Result<WrittenTime, ClockTimeError> {
        let refused = self.is_hour_alone() && !hour_alone;
        let minute = self.minute.unwrap_or(0);
        match half_day(self.hour, self.half) {
            Some(hour) if !refused && minute < 60 => {
                Ok(WrittenTime { hour, minute, half: self.half, offset: self.offset })
            }
            _ => Err(ClockTimeError::NotATime),
        }
    }
}

fn read_form(text: &str) -> Result<Form, ClockTimeError> {
    if let Some(form) = plain(text) {
        return Ok(form);
    }
    if let Some(fraction) = fraction_of_day(text) {
        return fraction;
    }
    let (text, is_clock) = without_preposition(text);
    if let Some(form) = named(text) {
        return Ok(form);
    }
    let mut rest = Rest(text);
    let mut form = clock(&mut rest)?;
    form.unit |= is_clock;
    suffixes(&mut rest, &mut form);
    if rest.0.is_empty() { Ok(form) } else { Err(ClockTimeError::NotATime) }
}

/// `20:00`, `8:00`, `8:00pm` and `8 PM`, which most files have, the quick way.
fn plain(text: &str) -> Option<Form> {
    let (clock, half) = match text.as_bytes() {
        [clock @ .., b'a' | b'A', b'm' | b'M'] => (clock.trim_ascii_end(), Some(HalfDay::Am)),
        [clock @ .., b'p' | b'P', b'm' | b'M'] => (clock.trim_ascii_end(), Some(HalfDay::Pm)),
        clock => (clock, None),
    };
    let (hour, minute) = match *clock {
        [tens, ones, b':', minute_tens, minute_ones] => ([tens, ones], Some([minute_tens, minute_ones])),
        [ones, b':', minute_tens, minute_ones] => ([b'0', ones], Some([minute_tens, minute_ones])),
        [tens, ones] if half.is_some() => ([tens, ones], None),
        [ones] if half.is_some() => ([b'0', ones], None),
        _ => return None,
    };
    let minute = match minute {
        Some(digits) => Some(two_digits(digits)?),
        None => None,
    };
    Some(Form { half, ..Form::clock(two_digits(hour)?, minute) })
}

const fn two_digits([tens, ones]: [u8; 2]) -> Option<u8> {
    if tens.is_ascii_digit() && ones.is_ascii_digit() {
        Some((tens - b'0') * 10 + (ones - b'0'))
    } else {
        None
    }
}

/// `0.8333` and `.8333`. Two digits behind `0.` are minutes, as in `0.30`, but for what can be neither or both.
fn fraction_of_day(text: &str) -> Option<Result<Form, ClockTimeError>> {
    let point = |c: char| c == '.' || c == ',';
    let digits = text.strip_prefix(point).or_else(|| text.strip_prefix('0')?.strip_prefix(point))?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match digits {
        "25" if text.starts_with('0') => return Some(Err(ClockTimeError::ClockOrFraction)),
        _ if text.starts_with('0') && digits.len() == 2 && digits < "60" => return None,
        _ => {}
    }
    // Nine digits are a ten-thousandth of a second.
    let significant = digits.get(..9).unwrap_or(digits);
    let (number, whole) = significant
        .bytes()
        .fold((0u64, 1u64), |(number, whole), digit| (number * 10 + u64::from(digit - b'0'), whole * 10));
    // At most 24 * 60: each cast keeps the number.
    let minutes = ((number * 24 * 60 * 2 + whole) / (whole * 2)) as u16;
    Some(Ok(Form::clock((minutes / 60) as u8, Some((minutes % 60) as u8))))
}

/// The time without words before it: `ab 20 Uhr`, `ore 20.30`, `a las 20:00`; and whether one of them says that a number is
/// a time: `kl. 20`.
fn without_preposition(text: &str) -> (&str, bool) {
    let (mut text, mut is_clock) = (text, false);
    while let Some((word, rest)) = leading_word(text) {
        match Folded::new(word).as_ref().map_or("", Folded::as_str) {
            "kl" | "klokken" | "klockan" => (text, is_clock) = (rest, true),
            "at" | "from" | "um" | "ab" | "von" | "om" | "vanaf" | "van" | "a" | "as" | "las" | "la"
            | "alle" | "dalle" | "ore" | "das" | "da" | "de" | "des" | "desde" | "fra" | "fran" => {
                text = rest;
            }
            _ => break,
        }
    }
    match text.strip_prefix("kl.") {
        Some(rest) => (rest, true),
        None => (text.strip_prefix('@').map_or(text, str::trim_start), is_clock),
    }
}

/// The first word and what follows it, if space and more stand behind it.
fn leading_word(text: &str) -> Option<(&str, &str)> {
    if !text.starts_with(char::is_alphabetic) {
        return None;
    }
    text.split_once(char::is_whitespace).map(|(word, rest)| (word, rest.trim_start()))
}

/// Noon and midnight. Noon is a PM that no rule may move; midnight is on no clock of twelve hours.
fn named(text: &str) -> Option<Form> {
    if !text.starts_with(char::is_alphabetic) || text.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let hour = match Folded::new(text)?.as_str() {
        "noon" | "midday" | "mittag" | "mittags" | "midi" | "mediodia" | "mezzogiorno" | "middag"
        | "meiodia" => 12,
        "midnight" | "mitternacht" | "minuit" | "medianoche" | "mezzanotte" | "middernacht" | "meianoite"
        | "midnat" | "midnatt" => 0,
        _ => return None,
    };
    let half = if hour == 12 { Some(HalfDay::Pm) } else { None };
    Some(Form { half, ..Form::clock(hour, Some(0)) })
}

/// The numbers of a time, and the `h` within or behind them.
fn clock(rest: &mut Rest<'_>) -> Result<Form, ClockTimeError> {
    let digits = rest.digits();
    let number = |at: std::ops::Range<usize>| digits.get(at).and_then(|digits| digits.parse::<u8>().ok());
    let glued = |hour: usize| match (number(0..hour), number(hour..hour + 2)) {
        (Some(hour), minute @ Some(_)) => Ok(Form { digits: digits.len(), ..Form::clock(hour, minute) }),
        _ => Err(ClockTimeError::NotATime),
    };
    match digits.len() {
        1 | 2 => {
            let mut form = Form::clock(number(0..digits.len()).ok_or(ClockTimeError::NotATime)?, None);
            minute(rest, &mut form)?;
            Ok(form)
        }
        3 => glued(1),
        4 => glued(2),
        6 if digits.ends_with("00") => glued(2),
        6 => Err(ClockTimeError::NotAWholeMinute),
        _ => Err(ClockTimeError::NotATime),
    }
}

/// `:30`, `.30`, `h30`, `h`, and seconds if they are 00.
fn minute(rest: &mut Rest<'_>, form: &mut Form) -> Result<(), ClockTimeError> {
    let separator = [':', '：', '.'].into_iter().find(|separator| rest.take_char(*separator));
    let Some(separator) = separator else {
        hour_letter(rest, form);
        return Ok(());
    };
    form.minute = Some(rest.pair().ok_or(ClockTimeError::NotATime)?);
    if !rest.take_char(separator) {
        return Ok(());
    }
    let second = rest.pair().filter(|second| *second < 60).ok_or(ClockTimeError::NotATime)?;
    let decimals = if rest.take_char('.') || rest.take_char(',') { rest.digits() } else { "" };
    let whole = second == 0 && decimals.bytes().all(|digit| digit == b'0');
    if whole { Ok(()) } else { Err(ClockTimeError::NotAWholeMinute) }
}

/// The `h` of `20h30`, `20 h 30` and `20h`, and the `u` of `20u30`.
fn hour_letter(rest: &mut Rest<'_>, form: &mut Form) {
    let before = rest.0;
    rest.space();
    if !matches!(rest.word(), "h" | "H" | "u" | "U") {
        rest.0 = before;
        return;
    }
    form.unit = true;
    let after = rest.0;
    rest.space();
    form.minute = rest.pair();
    if form.minute.is_none() {
        rest.0 = after;
    } else if let before = rest.0
        && !matches!(rest.word(), "m" | "min" | "mn")
    {
        rest.0 = before;
    }
}

/// What stands behind the numbers: am or pm, then `Uhr` and the like, then an offset.
fn suffixes(rest: &mut Rest<'_>, form: &mut Form) {
    rest.space();
    form.half = half(rest);
    rest.space();
    if rest.0.is_empty() {
        return;
    }
    unit(rest, form);
    rest.space();
    // `2025-07` is a month, and `07-12` a day: neither is a time west of UTC.
    let is_offset = form.digits < 3 || !rest.0.starts_with(['-', '−']);
    if is_offset && !form.is_hour_alone() {
        form.offset = offset(rest);
    }
}

/// `am`, `a.m.`, `a. m.`, `a`, and the same with `p`.
fn half(rest: &mut Rest<'_>) -> Option<HalfDay> {
    let before = rest.0;
    let half = match rest.take_any(['a', 'A', 'p', 'P'])? {
        'a' | 'A' => HalfDay::Am,
        _ => HalfDay::Pm,
    };
    if rest.take_char('.') {
        rest.space();
    }
    if rest.take_any(['m', 'M']).is_some() {
        rest.take_char('.');
    }
    if rest.0.starts_with(char::is_alphabetic) {
        rest.0 = before;
        return None;
    }
    Some(half)
}

/// `Uhr`, `h`, `hrs`, `hours`, `uur`, …; and `noon` or `midnight` behind a 12.
fn unit(rest: &mut Rest<'_>, form: &mut Form) {
    let before = rest.0;
    match Folded::new(rest.word()).as_ref().map_or("", Folded::as_str) {
        "noon" | "midnight" if form.hour != 12 || form.half.is_some() => rest.0 = before,
        "noon" => form.half = Some(HalfDay::Pm),
        "midnight" => (form.hour, form.unit) = (0, true),
        "h" | "hs" | "hr" | "hrs" | "hour" | "hours" | "uhr" | "std" | "u" | "uur" | "heure" | "heures"
        | "hora" | "horas" | "ore" => {
            rest.take_char('.');
            form.unit = true;
        }
        _ => rest.0 = before,
    }
}
