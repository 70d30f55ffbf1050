//! Offsets from UTC behind a time.

use super::rest::Rest;
use super::written::WrittenOffset;

/// `Z`, `+02:00`, `UTC`, `GMT+0200 (Central European Summer Time)`, `EDT`.
pub(super) fn offset(rest: &mut Rest<'_>) -> Option<WrittenOffset> {
    let before = rest.0;
    let named = match rest.word() {
        "" => None,
        "Z" | "z" | "UTC" | "GMT" => Some(WrittenOffset::Utc),
        name => match zone_offset(name) {
            Some(minutes) => return Some(WrittenOffset::Minutes(minutes)),
            None => {
                rest.0 = before;
                return None;
            }
        },
    };
    let behind_name = rest.0;
    let Some(minutes) = signed(rest) else {
        rest.0 = behind_name;
        return named;
    };
    if rest.0.trim_start().starts_with('(') && rest.0.ends_with(')') {
        rest.0 = "";
    }
    Some(WrittenOffset::Minutes(minutes))
}

/// `+02:00`, `+0200`, `+02`. No zone is more than 14 hours from UTC, or off the quarters of an hour.
fn signed(rest: &mut Rest<'_>) -> Option<i16> {
    let east = if rest.take_char('+') { 1 } else { -1 };
    if east < 0 && rest.take_any(['-', '−']).is_none() {
        return None;
    }
    let (hours, minutes) = match rest.digits() {
        hours if hours.len() == 2 => (hours, if rest.take_char(':') { rest.digits() } else { "00" }),
        both if both.len() == 4 => both.split_at(2),
        _ => return None,
    };
    let (hours, minutes) = (hours.parse::<i16>().ok()?, minutes.parse::<i16>().ok()?);
    if hours <= 14 && matches!(minutes, 0 | 15 | 30 | 45) {
        Some(east * (hours * 60 + minutes))
    } else {
        None
    }
}

/// Minutes east of UTC of the zones that lineups of Europe, North America and Oceania name.
fn zone_offset(name: &str) -> Option<i16> {
    let hours = match name {
        "WET" => 0,
        "BST" | "WEST" | "CET" | "MEZ" => 1,
        "CEST" | "MESZ" | "EET" => 2,
        "EEST" => 3,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        "AEST" => 10,
        "AEDT" => 11,
        "NZST" => 12,
        "NZDT" => 13,
        _ => return None,
    };
    Some(hours * 60)
}
