//! What tables show instead of long values: the beginning of an id, a local time without seconds.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

/// The least characters of an id that are shown.
const LEAST: usize = 8;

/// The beginnings of ids, as long as all of them need to differ, and at least eight characters.
pub(crate) struct ShortIds {
    characters: usize,
}

impl ShortIds {
    /// For ids of which each one may be asked for.
    pub(crate) fn of(ids: impl IntoIterator<Item = Uuid>) -> Self {
        let ids: BTreeSet<String> = ids.into_iter().map(|id| id.to_string()).collect();
        // Of sorted texts, neighbours have the most in common.
        let neighbours = ids.iter().zip(ids.iter().skip(1));
        let in_common = |(one, other): (&String, &String)| {
            one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count()
        };
        Self { characters: neighbours.map(in_common).max().map_or(LEAST, |most| LEAST.max(most + 1)) }
    }

    /// The beginning of an id.
    pub(crate) fn short(&self, id: Uuid) -> String {
        id.to_string().chars().take(self.characters).collect()
    }
}

/// An RFC 3339 time as `2026-07-12 20:30` in this time zone; as it is if it is none.
pub(crate) fn local_time(time: &str, zone: &TimeZone) -> String {
    match time.parse::<Timestamp>() {
        Ok(moment) => moment.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => time.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> Uuid {
        format!("{text:0<32}").parse().unwrap()
    }

    #[test]
    fn ids_are_as_long_as_they_need_to_differ() {
        let ids = ShortIds::of([id("5f3c"), id("a")]);
        assert_eq!(ids.short(id("5f3c")), "5f3c0000");
        let alike = [id("5f3c00001"), id("5f3c00002"), id("b")];
        let ids = ShortIds::of(alike);
        assert_eq!(alike.map(|id| ids.short(id)), ["5f3c0000-1", "5f3c0000-2", "b0000000-0"]);
        assert_eq!(ShortIds::of([]).short(id("1")), "10000000");
    }

    #[test]
    fn a_time_is_that_of_the_zone() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(local_time("2026-07-12T23:10:11.123Z", &zone), "2026-07-13 01:10");
        assert_eq!(local_time("?", &zone), "?");
    }
}
