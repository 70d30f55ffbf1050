"""Reads the calendars of `lineup timetable --html` with a parser that is not ours: every set is an event of its own, at its time.

Uses target/debug/lineup.
"""

import csv
import datetime
import os
import pathlib
import subprocess
import tempfile
import unittest

import icalendar

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
SAMPLE = ROOT / "samples" / "weekend.csv"


def run(data, *arguments):
    command = [str(TARGET / "debug" / "lineup"), "--data", str(data), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def events(path):
    calendar = icalendar.Calendar.from_ical(path.read_bytes())
    assert calendar["VERSION"] == "2.0" and calendar["PRODID"], path
    return list(calendar.walk("VEVENT"))


def told(event):
    return str(event["SUMMARY"]), str(event["LOCATION"]), event.decoded("DTSTART"), event.decoded("DTEND")


def sets(rows):
    """The sets of an export: performer, stage, start and end, which is on the next day at or before the start."""
    for row in rows:
        at = [datetime.datetime.fromisoformat(f"{row['Date']}T{row[time]}") for time in ("Start", "End")]
        end = at[1] if at[1] > at[0] else at[1] + datetime.timedelta(days=1)
        yield row["Performer"], row["Stage"], at[0], end


class Calendars(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        data, cls.site = pathlib.Path(cls.folder.name) / "data", pathlib.Path(cls.folder.name) / "site"
        run(data, "import", SAMPLE)
        run(data, "timetable", "--html", cls.site)
        cls.sets = sorted(sets(csv.DictReader(run(data, "export", "--format", "csv").splitlines())))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_the_calendar_of_all_has_each_set_at_its_time(self):
        whole = max(self.site.rglob("*.ics"), key=lambda path: path.stat().st_size)
        found = events(whole)
        self.assertEqual(sorted(map(told, found)), self.sets)
        self.assertEqual(len({str(event["UID"]) for event in found}), len(self.sets))

    def test_the_calendars_of_stages_and_performers_have_the_same_events(self):
        files = [events(path) for path in self.site.rglob("*.ics")]
        # Each set is in three: that of all, of its stage, of its performer.
        self.assertEqual(sum(map(len, files)), 3 * len(self.sets))
        by_uid = {}
        for event in (event for file in files for event in file):
            by_uid.setdefault(str(event["UID"]), set()).add(told(event))
        self.assertTrue(all(len(same) == 1 for same in by_uid.values()))


if __name__ == "__main__":
    unittest.main()
