"""Compares `lineup export` with what Python's csv module reads from the imported file.

usage: compare_export.py SOURCE EXPORT

Rows are told apart by their key: performer, date, start, stage. Where the file
has a key more than once, the item may be any of its rows. Values are compared
without surrounding space, and names in the one spelling that keys have; times of
this file are HH:MM already.
"""

import csv
import sys
import unicodedata

csv.field_size_limit(1 << 24)
KEY = ("Performer", "Date", "Start", "Stage")
NAMES = ("Performer", "Stage")


def spelled(column, value):
    if column in NAMES:
        return unicodedata.normalize("NFC", " ".join(value.split()))
    return value.strip()


def read(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        return [{column: spelled(column, value) for column, value in row.items()} for row in rows]


def main(source, export):
    columns = list(read(source)[0])
    candidates = {}
    for row in read(source):
        candidates.setdefault(tuple(row[name] for name in KEY), []).append(row)
    items = [{name: row[name] for name in columns} for row in read(export)]
    keys = [tuple(item[name] for name in KEY) for item in items]
    assert len(set(keys)) == len(keys), "the export has a key twice"
    assert set(keys) == set(candidates), set(keys) ^ set(candidates)
    for key, item in zip(keys, items):
        assert item in candidates[key], f"{item}\nis none of\n{candidates[key]}"
    repeated = sum(len(rows) - 1 for rows in candidates.values())
    print(f"{len(items)} items, {repeated} rows whose key repeats, {len(columns)} columns")


main(*sys.argv[1:])
