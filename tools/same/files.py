"""Lineups that are hard to read. They are generated for each run and are always the same.

Each is small, except those that need several chunks of the smallest size. A file's name says what
is hard about it. The files of `samples/` are added to them.
"""

import csv
import gzip
import io

from .builds import ROOT

HEADER = "Performer,Stage,Start,End,Date"
ROW = "Megan Thee Stallion,Main Stage,20:00,21:30,2025-07-12"
OTHER = "Hozier,River Stage,18:15,19:30,2025-07-12"
# The smallest chunk size, so that small files have several chunks.
CHUNK_BYTES = 16384


def all_files():
    """The bytes of each file by its name."""
    made = [_samples(), _line_ends(), _quotes(), _headers(), _bytes(), _values(), _keys(), _large()]
    return {name: data for files in made for name, data in files.items()}


def _lines(*lines, end="\n"):
    return "".join(line + end for line in lines).encode()


def _rows(*rows, header=HEADER):
    return _lines(header, *rows)


def _samples():
    return {f"sample-{path.stem}": path.read_bytes() for path in sorted((ROOT / "samples").glob("*.csv"))}


def _line_ends():
    bad = "X,Main Stage,late,21:30,2025-07-12"
    return {
        "ends-crlf": _lines(HEADER, ROW, bad, OTHER, end="\r\n"),
        "ends-cr": _lines(HEADER, ROW, bad, OTHER, bad, end="\r"),
        "ends-mixed": f"{HEADER}\r\n{ROW}\n{bad}\r{OTHER}\n\r{bad}".encode(),
        "ends-none": f"{HEADER}\n{ROW}".encode(),
        "blank-lines": f"\n\n  \n{HEADER}\n\n{ROW}\n\n\n{bad}\n\n".encode(),
        "blank-rows": _rows(ROW, ",,,,", " , , , , ", OTHER, ",", '""'),
        "header-cr-rows-lf": f"{HEADER}\r{ROW}\n{bad}\n".encode(),
        "only-cr-in-quotes": f'{HEADER},Note\n{ROW},"a\rb"\n{bad},"c\r\nd"\n'.encode(),
    }


def _quotes():
    return {
        "quotes": _rows(
            '"The ""Blue"" Notes","Stage, the ""first""",20:00,21:00,2025-07-12,"two\nlines"',
            ' "Spaced" ,Main Stage,20:00,21:00,2025-07-12,',
            'In "the" middle,Main Stage,20:00,21:00,2025-07-12,5" wide',
            '"Closed"too early,Main Stage,20:00,21:00,2025-07-12,x',
            '"",Main Stage,20:00,21:00,2025-07-12,""',
            header=HEADER + ",Note",
        ),
        "quote-never-closed": _rows(ROW, '"Open,Main Stage,20:00,21:00,2025-07-12', OTHER),
        "quote-never-closed-in-header": b'Performer,"Stage,Start,End,Date\n' + _lines(ROW),
        "quoted-header": _rows(ROW, header='"Performer","Stage","Start","End","Date"'),
        "quote-at-the-end": f'{HEADER}\n{ROW},"'.encode(),
        "line-breaks-in-header": _rows(ROW + ",x", header=HEADER + ',"No\nte"'),
    }


def _headers():
    columns = HEADER.split(",")
    many = [f"Column {n}" for n in range(300)]
    return {
        "empty": b"",
        "line-break-alone": b"\n",
        "header-alone": _rows(),
        "header-alone-without-line-end": HEADER.encode(),
        "header-missing-column": _rows("Hozier,18:15,19:30,2025-07-12", header="Performer,Start,End,Date"),
        "header-missing-two": _rows("Hozier,18:15", header="Performer,Start"),
        "header-unknown": _rows("a,b,c", header="Artist,Venue,When"),
        "header-repeated": _rows(ROW + ",x", header=HEADER + ",Stage"),
        "header-repeated-extra": _rows(ROW + ",x,y", header=HEADER + ",Note,Note"),
        "header-repeated-in-other-case": _rows(ROW + ",x", header=HEADER + ",PERFORMER"),
        "header-other-case-and-order": _rows(
            " 2025-07-12 ,21:30,20:00,Main Stage, Megan ,7",
            "x,21:30,late,Main Stage,Megan,7",
            header=" date ,END,start,StAgE,PERFORMER,popularityscore",
        ),
        "header-empty-name": _rows(ROW + ",x,y", header=HEADER + ",,Note"),
        "header-trailing-comma": _rows(ROW + ",", header=HEADER + ","),
        "header-both-popularities": _rows(ROW + ",5,6", header=HEADER + ",Popularity,PopularityScore"),
        "header-names-of-attributes": _rows(
            ROW + ",a,b,c,d", OTHER + ",e,f,,h", header=HEADER + ",Performance,StageDay,StartPerformer,PopularityShard"
        ),
        "header-names-of-attributes-in-other-case": _rows(
            ROW + ",a,b,c,d", header=HEADER + ",performance,STAGEDAY,startPerformer,Popularity Shard"
        ),
        "header-name-too-long": _rows(ROW + ",x", header=HEADER + "," + "N" * 70_000),
        "header-300-columns": _rows(
            ",".join([ROW, *many]), ",".join([OTHER, *("" for _ in many)]), header=",".join(columns + many)
        ),
        "header-20000-columns": _rows(ROW + "," * 20_000, header=HEADER + "".join(f",C{n}" for n in range(20_000))),
        "header-in-second-line": _rows(HEADER, ROW, header="Festival 2025"),
        "delimiter-semicolon": _rows(ROW.replace(",", ";"), "a;b", header=HEADER.replace(",", ";")),
        "delimiter-tab": _rows(ROW.replace(",", "\t"), header=HEADER.replace(",", "\t")),
        "delimiter-bar": _rows(ROW.replace(",", "|"), header=HEADER.replace(",", "|")),
        "delimiter-colon": _rows(ROW.replace(",", ":"), header=HEADER.replace(",", ":")),
        "delimiter-mixed": _rows(ROW.replace(",", ";"), ROW, header=HEADER.replace(",", ";") + ";a,b"),
        "control-characters": _rows(ROW + ",a\x1b[31mb", "a\x07,b,c,d,e,f", header=HEADER + ",No\x1bte"),
    }


def _bytes():
    utf16 = f"{HEADER}\n{ROW}\n".encode("utf-16")
    return {
        "byte-order-mark": b"\xef\xbb\xbf" + _rows(ROW),
        "byte-order-mark-quoted": b"\xef\xbb\xbf" + _rows(ROW, header='"Performer",Stage,Start,End,Date'),
        "utf-8": _rows("Björk 🎤,Größe,20:00,21:00,2025-07-12", "東京事変,Főszínpad,20:00,21:00,2025-07-12"),
        "utf-8-composed-otherwise": _rows(
            "Bjo\u0308rk,Main Stage,20:00,21:00,2025-07-12", "Björk,Main Stage,20:00,21:00,2025-07-12"
        ),
        "utf-8-invalid": _rows(ROW) + b"Bj\xf6rk,Main Stage,20:00,21:00,2025-07-12\n" + _lines(OTHER),
        "utf-8-invalid-header": HEADER.encode() + b",Gr\xf6\xdfe\n" + _lines(ROW + ",x"),
        "utf-8-invalid-extra": HEADER.encode() + b",Note\n" + ROW.encode() + b",\xff\xfe\n",
        "utf-16": utf16,
        "nul": _rows("Nul\0l,Main Stage,20:00,21:00,2025-07-12", OTHER) + b"\0\0\0",
        "gzip": gzip.compress(_rows(ROW), mtime=0),
        "workbook": b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml" + bytes(range(256)) * 4,
        "json": b'[{"Performer": "Hozier", "Stage": "River Stage"}]\n',
        "html": b"<!DOCTYPE html>\n<html><body>Not found</body></html>\n",
    }


def _values():
    def row(performer, start="20:00", end="21:00", date="2025-07-12", popularity=""):
        return f"{performer},Main Stage,{start},{end},{date},{popularity}"

    times = [
        "8pm",
        "8:00pm",
        "8 PM",
        "20:00:00",
        "20:00:30",
        "24:00",
        "00:00",
        "0:00",
        "12am",
        "12 pm",
        "13pm",
        "20.00",
        "2000",
        "25:00",
        "20:60",
        "8:5",
        " 20:00 ",
        "noon",
        "",
        "20:00Z",
        "08:00 p.m.",
        "20h00",
        "-1:00",
    ]
    dates = [
        "2025-07-12",
        "2025-7-12",
        "2025-02-29",
        "2024-02-29",
        "12.07.2025",
        "07/12/2025",
        "20250712",
        "",
        "0000-01-01",
        "9999-12-31",
        "10000-01-01",
        "2025-07-12T00:00",
        " 2025-07-12 ",
        "Saturday",
        "2025-13-01",
    ]
    popularities = ["1", "100", "0", "101", "-1", "+5", "5.0", "5.5", "05", " 7 ", "1e2", "high", "99.999", "٣"]
    ends = ["20:00", "19:59", "00:00", "24:00", "20:01", "0:01"]
    header = HEADER + ",Popularity"
    return {
        "times": _rows(
            *(row(f"Start {n}", start=t) for n, t in enumerate(times)),
            *(row(f"End {n}", end=t) for n, t in enumerate(times)),
            header=header,
        ),
        "dates": _rows(*(row(f"Date {n}", date=d) for n, d in enumerate(dates)), header=header),
        "popularities": _rows(*(row(f"Band {n}", popularity=p) for n, p in enumerate(popularities)), header=header),
        "ends-at-or-before-the-start": _rows(
            *(row(f"Band {n}", end=e) for n, e in enumerate(ends)),
            row("Late", "23:30", "00:15"),
            row("Last", date="9999-12-31", end="20:00"),
            header=header,
        ),
        "fields-too-few-and-many": _rows(ROW, "a,b,c", ROW + ",x", ROW + ",,,,,", "a", OTHER),
        "empty-fields": _rows(
            ",Main Stage,20:00,21:00,2025-07-12",
            "A,,20:00,21:00,2025-07-12",
            "A,B,,21:00,2025-07-12",
            "A,B,20:00,,2025-07-12",
            "A,B,20:00,21:00,",
            "A,B,20:00,21:00,2025-07-12,",
            header=HEADER,
        ),
        "spaces": _rows("  Megan \t,\u00a0Main  Stage\u3000, 20:00 ,\t21:30, 2025-07-12 "),
        "text-like-numbers-and-keys": _rows(
            "0042,#1,20:00,21:00,2025-07-12,-0",
            "null,true,20:00,21:00,2025-07-12,NaN",
            "days,stage#Main,20:00,21:00,2025-07-12,1e5",
            header=HEADER + ",Extra",
        ),
    }


def _keys():
    def row(performer, stage="Main Stage", extra=""):
        return f"{performer},{stage},20:00,21:00,2025-07-12,{extra}"

    return {
        "keys-repeated": _rows(ROW, OTHER, ROW.replace("21:30", "22:00"), ROW.replace("20:00", "8pm"), header=HEADER),
        "keys-long": _rows(
            row("P" * 2048),
            row("P" * 2049),
            row("é" * 1024),
            row("é" * 1025),
            row("A", "S" * 900),
            row("B", "S" * 1000),
            row("C", "S" * 1100),
            row("D", "S" * 2100),
            header=HEADER + ",Note",
        ),
        "items-large": _rows(
            row("A", extra="x" * 399_000),
            row("B", extra="x" * 409_000),
            row("C", extra="é" * 204_700),
            row("D"),
            header=HEADER + ",Note",
        ),
        "record-over-a-megabyte": _rows(row("A", extra="x" * 1_100_000), row("B"), header=HEADER + ",Note"),
        "field-over-a-megabyte-quoted": _rows(
            row("A", extra='"' + "x\n" * 600_000 + '"'), row("B"), header=HEADER + ",Note"
        ),
        "many-stages-and-days": _rows(
            *(f"Band {n},Stage {n},20:00,21:00,2025-{1 + n % 12:02}-{1 + n % 28:02}" for n in range(90))
        ),
    }


def _large():
    def written(end, columns, rows):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator=end)
        writer.writerow(columns)
        writer.writerows(rows)
        return text.getvalue().encode()

    columns = [*HEADER.split(","), "Popularity", "Note"]

    def row(n):
        return [
            f"Band {n}, the {n % 7}th",
            f"Stage {n % 11}",
            f"{n % 24:02}:{n % 60:02}",
            f"{(n + 1) % 24:02}:{n % 60:02}",
            f"2025-07-{11 + n % 3}",
            "" if n % 5 == 0 else 1 + n % 100,
            f'says "{n}",\nthen goes' if n % 3 == 0 else "",
        ]

    def plain(n, date="2025-07-12"):
        return [
            f"Band {n % 400}",
            f"Stage {n % 5}",
            f"{n % 24:02}:00",
            f"{(n + 1) % 24:02}:00",
            date,
            1 + n % 100,
            f"Note {n}",
        ]

    return {
        "large": written("\n", columns, map(row, range(900))),
        "large-crlf": written("\r\n", columns, map(row, range(900))),
        "large-cr": written("\r", columns, map(plain, range(900))),
        "large-with-rejects": written(
            "\n", columns, (plain(n, "soon" if n % 3 else "2025-07-12") for n in range(1200))
        ),
        "large-with-repeated-keys": written("\n", columns, (plain(n % 30) for n in range(900))),
        "large-record-over-chunks": written(
            "\n", columns, [plain(1), [*plain(2)[:-1], "x\n" * 30_000], *map(plain, range(3, 400))]
        ),
        "large-quote-never-closed": written("\n", columns, map(plain, range(600)))
        + b'"Open,Main Stage\n'
        + b"x,y\n" * 3000,
    }
